import { TomoeError } from "../../errors.ts";
import type { ContentTally } from "./certified/content.ts";
import { checkedRows } from "./check.ts";
import { rowProblem } from "./rows/records.ts";
import type { SkipList, Skipped } from "./skips.ts";
import type { OpenedSource, SourceCase, SourceItem, SourceProblem } from "./source.ts";
import type { SplitTable } from "./split-table.ts";

/** Problems that an error carries whole; a message shows fewer. */
const problemsTold = 200,
  problemsShown = 5;

/** What rows are kept for. */
export interface RowsOptions {
  /** True where the splits are drawn anew: then those of the data set are not asked. */
  readonly ignoresSplits: boolean;
  /** True where rows that leak are kept: somebody said why. */
  readonly keepsLeaks?: boolean | undefined;
  /** What is left out, with the reasons. */
  readonly skips?: SkipList | undefined;
  /** Counts and digests what is kept, and what filters leave out. */
  readonly tally?: ContentTally | undefined;
}

/** A row that is kept: cases first, then items. */
export type Kept =
  | { readonly kind: "case"; readonly row: SourceCase }
  | { readonly kind: "item"; readonly row: SourceItem };

/** Walks the rows of a data set that are kept; what is wrong with the others is held until all of it is known. */
export class RowKeeper {
  /** What a file of problems left out so far. */
  readonly skipped: Skipped[] = [];
  readonly #problems: SourceProblem[] = [];
  readonly #source: OpenedSource;
  readonly #options: RowsOptions;

  constructor(source: OpenedSource, options: RowsOptions) {
    this.#source = source;
    this.#options = options;
  }

  /**
   * The rows in their order. It holds an id of each case that is left out, and no row.
   *
   * @throws TomoeError of the disk; `CANCELLED`.
   */
  async *rows(): AsyncGenerator<Kept, void, undefined> {
    const { ignoresSplits, keepsLeaks = false, skips, tally } = this.#options;
    const without = new Set<string>();
    for await (const found of checkedRows(this.#source, { ignoresSplits, keepsLeaks })) {
      if (found.kind === "problem") this.refuse(found.problem);
      else if (found.kind === "dropped") tally?.drop(found.dropped);
      else if (found.kind === "lost") tally?.leaveOut("items");
      else if (found.kind === "case") {
        const skip = skips?.ofCase(found.row.id);
        if (skip === undefined) {
          tally?.case(found.row);
          yield found;
        } else {
          without.add(found.row.id);
          this.#leaveOut(skip);
        }
      } else if (without.has(found.row.case)) tally?.leaveOut("items");
      else {
        tally?.item(found.row, ignoresSplits);
        yield { kind: "item", row: found.row };
      }
    }
  }

  /** Holds a problem, unless it is among those that are left out, or is a leak where leaks are kept. */
  refuse(problem: SourceProblem): void {
    const skip = this.#options.skips?.ofProblem(problem);
    if (skip !== undefined) this.#leaveOut(skip);
    else if (!(this.#options.keepsLeaks === true && problem.code === "DATA_LEAK"))
      this.#problems.push(problem);
  }

  /** @throws TomoeError `DATA_MANIFEST` with all problems that are held, `DATA_LEAK` where splits alone are wrong. */
  finish(): void {
    if (this.#problems.length > 0) throw allProblems(this.#source, this.#problems);
  }

  #leaveOut(skip: Skipped): void {
    this.skipped.push(skip);
    this.#options.tally?.leaveOut(skip.item !== null ? "items" : skip.case !== null ? "cases" : "rows");
  }
}

/** What is wrong with the split of a case: by a table of splits where there is one, else by its own row. */
export function splitProblems(
  { id, split, place }: SourceCase,
  table: SplitTable | undefined,
): readonly SourceProblem[] {
  const [isThere, message, hint] =
    table === undefined
      ? [split !== null, "is in no split", "Fill the split in, or draw splits by patient: tomoe data split."]
      : [
          table.splitOf.has(id),
          "has no row in the table of splits",
          "Draw the split again: tomoe data split.",
        ];
  return isThere ? [] : [{ ...rowProblem(place, `case "${id}" ${message}`, hint), case: id }];
}

/** All that is wrong with a data set, as one error: the first few in words, up to 200 in its details. */
function allProblems({ folder, layout }: OpenedSource, problems: readonly SourceProblem[]): TomoeError {
  const shown = problems.slice(0, problemsShown).map(({ place, message }) => {
    return `${place === null ? "" : `${place.table}:${place.row}: `}${message}`;
  });
  const more = problems.length - shown.length;
  const onlyLeaks = problems.every(({ code }) => code === "DATA_LEAK");
  return new TomoeError(
    onlyLeaks ? "DATA_LEAK" : "DATA_MANIFEST",
    `${problems.length} ${problems.length === 1 ? "problem" : "problems"} in ${folder}: ${shown.join("; ")}${more > 0 ? `; and ${more} more` : ""}`,
    {
      hint: `${problems[0]?.hint ?? "Mend the rows."} What tomoe data verify tells may be left out: problems: "problems.jsonl".`,
      details: {
        path: folder,
        layout,
        count: problems.length,
        problems: problems.slice(0, problemsTold).map(({ code, message, place, case: of, item }) => ({
          code,
          message,
          case: of ?? null,
          item: item ?? null,
          table: place?.table ?? null,
          row: place?.row ?? null,
        })),
      },
    },
  );
}
