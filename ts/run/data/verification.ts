import type { Checked, LeakScan, SourceCase, SourceItem, SourceProblem } from "../../data/sources/index.ts";
import { type Problem, type ProblemFiles, rowProblemLine } from "./problem-files.ts";
import type { ReadCase, ScanReader } from "./scans/read-scans.ts";
import type { Tally } from "./tally.ts";

/** What a walk works with. */
interface VerificationParts {
  readonly reader: ScanReader;
  readonly problems: ProblemFiles;
  readonly tally: Tally;
  readonly scan: LeakScan;
  /** Hears of scans that are done. */
  readonly tell: (done: number) => void;
}

/** Takes rows as they come, cases first, and tells everything in their order. */
export class Verification {
  readonly #parts: VerificationParts;
  /** Cases whose scan is not read. */
  readonly #lost = new Set<string>();
  /** Cases whose rows are refused. */
  readonly #refused = new Set<string>();
  /** Scans by the parts of them that were looked at: of those that share theirs all. */
  readonly #samples = new Map<string, readonly ReadCase[]>();
  #done = 0;

  constructor(parts: VerificationParts) {
    this.#parts = parts;
  }

  /**
   * Takes what a walk hands out; scans are read beside it.
   *
   * @throws TomoeError of the disk, and whatever ends a reader; `CANCELLED`.
   */
  async take(found: Checked): Promise<void> {
    if (found.kind === "case") {
      await this.#parts.reader.begin(found.row);
      await this.#tellRead(false);
    } else if (found.kind === "dropped") this.#parts.tally.drop(found.dropped);
    else if (found.kind === "problem") await this.#problem(found.problem);
    else await this.#item(found);
  }

  /**
   * Tells what is still being read, and compares scans that may be equal byte by byte.
   *
   * @returns volumes that equal one before them.
   */
  async finish(): Promise<number> {
    await this.#tellRead(true);
    const { reader, scan } = this.#parts;
    let equal = 0;
    for (const alike of this.#samples.values()) {
      if (alike.length < 2) continue;
      const first = new Map<string, SourceCase>();
      for (const one of alike) {
        const content = partKey(await reader.content(one), one.row);
        const before = first.get(content);
        scan.volume(content, one.row.split);
        if (before === undefined) first.set(content, one.row);
        else {
          equal++;
          await this.#equal(one.row, before);
        }
      }
    }
    return equal;
  }

  /** A scan that equals another one: of another split it leaks. */
  async #equal(row: SourceCase, before: SourceCase): Promise<void> {
    const same = `the scan of case "${row.id}" is that of case "${before.id}", byte for byte`;
    if (row.split === null || before.split === null || row.split === before.split)
      return await this.#note(row, "DUPLICATE_VOLUME", same);
    await this.#parts.problems.add({
      ...scanProblem(
        row,
        "DATA_LEAK",
        `${same}: ${row.split} and ${before.split}`,
        notes.DUPLICATE_VOLUME ?? "",
      ),
      kind: "leak",
      skips: null,
    });
  }

  async #problem(problem: SourceProblem): Promise<void> {
    const { problems, tally } = this.#parts;
    const { item, case: of, code } = problem;
    await problems.add(rowProblemLine(problem));
    tally.digest([code, of ?? null, item ?? null]);
    if (code === "DATA_LEAK") return;
    if (item !== undefined) tally.refusedItem();
    else if (of === undefined) tally.rows.refused++;
    else if (!this.#refused.has(of)) {
      this.#refused.add(of);
      tally.refusedCase();
    }
  }

  async #item(found: Extract<Checked, { readonly kind: "item" | "lost" }>): Promise<void> {
    // Items come after the last case: all scans are told before them.
    await this.#tellRead(true);
    const { row } = found;
    this.#parts.tally.item(row, found.kind === "lost" || this.#lost.has(row.case));
    if (found.kind === "item" && found.isRepeated)
      await this.#note(
        row,
        "DUPLICATE_REPORT",
        `the report of item "${row.id}" stands word for word before it`,
      );
  }

  async #tellRead(all: boolean): Promise<void> {
    for await (const read of this.#parts.reader.finished(all)) {
      await this.#scan(read);
      this.#parts.tell(++this.#done);
    }
  }

  async #scan(read: ReadCase): Promise<void> {
    const { row, verdict } = read;
    const { problems, tally } = this.#parts;
    tally.scan(read);
    if (verdict === null) {
      this.#lost.add(row.id);
      const hint = "Download it, or leave its rows out.";
      await problems.add(
        scanProblem(row, "PATH_NOT_FOUND", `the scan of case "${row.id}" is not there`, hint),
      );
    } else if (verdict.refusal !== null) {
      this.#lost.add(row.id);
      const { code, message, hint } = verdict.refusal;
      await problems.add(scanProblem(row, code, message, hint));
    } else {
      for (const { code, message } of verdict.warnings) await this.#note(row, code, message);
      const key = partKey(verdict.sample ?? "", row);
      this.#samples.set(key, [...(this.#samples.get(key) ?? []), read]);
    }
  }

  async #note(row: SourceCase | SourceItem, code: string, message: string): Promise<void> {
    const isItem = "target" in row;
    await this.#parts.problems.add({
      kind: "note",
      code,
      message,
      hint: notes[code] ?? "",
      case: isItem ? row.case : row.id,
      item: isItem ? row.id : null,
      table: row.place.table,
      row: row.place.row,
      skips: null,
    });
  }
}

const notes: Readonly<Record<string, string>> = {
  DUPLICATE_VOLUME: "Leave one of them out, or keep both in one split.",
  DUPLICATE_REPORT: "Keep equal reports in one split: tomoe data split does.",
};

/** Parts of one folder are told apart by their series, slices of one stack by their number. */
function partKey(digest: string, { series, slice }: SourceCase): string {
  return `${digest}/${series ?? ""}/${slice ?? ""}`;
}

function scanProblem({ id, place }: SourceCase, code: string, message: string, hint: string): Problem {
  return {
    kind: "refused",
    code,
    message,
    hint,
    case: id,
    item: null,
    table: place.table,
    row: place.row,
    skips: "case",
  };
}
