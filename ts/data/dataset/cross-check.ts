import { TomoeError } from "../../errors.ts";
import { isMissingOption, tooFewOptions } from "../../schema/answers/options.ts";
import type { CaseRow, ItemRow } from "../../schema/sample.ts";
import { predicts } from "../../schema/task.ts";
import { GroupedRows } from "./spool/grouped.ts";
import { Seen } from "./spool/seen.ts";

/** Ids that an error lists. */
const idsTold = 10;

/** The items of a data set's folder, of any number: kept case by case, and what is wrong with them told when all are known. */
export class CheckedItems {
  readonly #caseAt: ReadonlyMap<string, number>;
  readonly #rows = new GroupedRows<ItemRow>();
  readonly #seen = new Seen();
  readonly #twice: string[] = [];
  #problem: TomoeError | undefined;
  #count = 0;

  constructor(cases: readonly CaseRow[]) {
    // Of a case that stands twice, which is refused, the first.
    this.#caseAt = new Map(cases.map((row, at) => [row.case, at] as const).toReversed());
  }

  /** Items that were added. */
  get count(): number {
    return this.#count;
  }

  /** Adds the next item of the file. @throws TomoeError of the disk, as `Spool.add`. */
  add(item: ItemRow): void {
    this.#count++;
    if (this.#seen.get(item.id) === undefined) this.#seen.set(item.id, 1);
    else if (this.#twice.length < idsTold) this.#twice.push(item.id);
    const at = this.#caseAt.get(item.case);
    this.#problem ??= itemProblem(item) ?? (at === undefined ? orphan(item) : undefined);
    if (at !== undefined && this.#problem === undefined) this.#rows.add(at, item);
  }

  /** Raises `DATA_MANIFEST` when an id is used twice. */
  refuseDuplicates(): void {
    refuseTwice(this.#twice, "item", "items.jsonl");
  }

  /**
   * Raises `DATA_MANIFEST` for the first item of no case, for a closed one whose choices do not hold its target once, that
   * has fewer than two that are not missing, or for choices where none belong.
   */
  refuseProblem(): void {
    if (this.#problem !== undefined) throw this.#problem;
  }

  /** The items of a case, in the order of their file, made anew each time. @throws TomoeError as `Spool.text`. */
  of(at: number): readonly ItemRow[] {
    return this.#rows.of(at);
  }
}

function orphan(item: ItemRow): TomoeError {
  return new TomoeError(
    "DATA_MANIFEST",
    `items.jsonl: item "${item.id}" names case "${item.case}", which cases.jsonl does not have`,
    { hint: "Add the case, or remove the item.", details: { item: item.id } },
  );
}

function itemProblem(item: ItemRow): TomoeError | undefined {
  const closed = predicts(item.task, "choice");
  if (closed !== (item.choices !== undefined)) {
    return new TomoeError(
      "DATA_MANIFEST",
      `items.jsonl: item "${item.id}" is ${item.task} ${closed ? "without" : "with"} choices`,
      { hint: "Give choices to closed-vqa items, and only to them.", details: { item: item.id } },
    );
  }
  const tooFew = item.choices === undefined ? undefined : tooFewOptions(item.choices);
  if (tooFew !== undefined) {
    return new TomoeError("DATA_MANIFEST", `items.jsonl: item "${item.id}" leaves no choice: ${tooFew}`, {
      hint: "Remove the item, or write out at least two of its options.",
      details: { item: item.id },
    });
  }
  if (
    closed &&
    item.choices !== undefined &&
    item.choices.filter((choice) => choice === item.target && !isMissingOption(choice)).length !== 1
  ) {
    return new TomoeError(
      "DATA_MANIFEST",
      `items.jsonl: the target of item "${item.id}" is not exactly one of its choices`,
      { hint: "Write the target as the text of one choice.", details: { item: item.id } },
    );
  }
  return undefined;
}

function duplicates(ids: readonly string[]): readonly string[] {
  const seen = new Set<string>();
  return ids.filter((id) => seen.size === seen.add(id).size);
}

/** Raises `DATA_MANIFEST` when an id is used twice. */
export function refuseDuplicates(ids: readonly string[], what: string, file: string): void {
  refuseTwice(duplicates(ids).slice(0, idsTold), what, file);
}

function refuseTwice(ids: readonly string[], what: string, file: string): void {
  const [first] = ids;
  if (first !== undefined)
    throw new TomoeError("DATA_MANIFEST", `${file}: the ${what} id "${first}" is used twice`, {
      hint: "Give each row of a dataset an id of its own.",
      details: { ids: [...ids] },
    });
}

/** Raises `DATA_LEAK` when a subject stands in more than one split. */
export function refuseLeaks(cases: readonly CaseRow[]): void {
  const splitOf = new Map<string, string>();
  for (const row of cases) {
    const other = splitOf.get(row.subject);
    if (other !== undefined && other !== row.split) {
      throw new TomoeError(
        "DATA_LEAK",
        `subject "${row.subject}" stands in split "${other}" and in split "${row.split}"`,
        { hint: "Put all cases of a subject into one split.", details: { subject: row.subject } },
      );
    }
    splitOf.set(row.subject, row.split);
  }
}
