import { join } from "node:path";
import type { SourceProblem } from "../../data/sources/index.ts";
import { StreamedFile } from "../../files/index.ts";

/** What is to be told of a row or a scan. */
export interface Problem {
  /** "refused" is not trained on, "leak" stands in two splits, "note" is read all the same. */
  readonly kind: "refused" | "leak" | "note";
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly case: string | null;
  readonly item: string | null;
  readonly table: string | null;
  readonly row: number | null;
  /** What a recipe leaves out that takes this file: the scan with its items, the row, or nothing. */
  readonly skips: "case" | "row" | null;
}

const columns = ["kind", "code", "case", "item", "table", "row", "message", "hint", "skips"] as const;

/** What a walk over rows tells, as it is written. */
export function rowProblemLine({ code, message, hint, place, ...of }: SourceProblem): Problem {
  const isLeak = code === "DATA_LEAK";
  return {
    kind: isLeak ? "leak" : "refused",
    code,
    message,
    hint,
    case: of.case ?? null,
    item: of.item ?? null,
    table: place?.table ?? null,
    row: place?.row ?? null,
    skips: isLeak ? null : "row",
  };
}

/** Problems as JSON Lines and as CSV, in the order they were met. */
export class ProblemFiles {
  readonly jsonl: string;
  readonly csv: string;
  /** How many of each code, refused ones first met first. */
  readonly codes = new Map<
    string,
    { readonly kind: Problem["kind"]; readonly code: string; count: number }
  >();
  readonly #files: readonly StreamedFile[];

  private constructor(jsonl: StreamedFile, csv: StreamedFile) {
    this.jsonl = jsonl.path;
    this.csv = csv.path;
    this.#files = [jsonl, csv];
  }

  /** @throws TomoeError as `StreamedFile.begin`. */
  static async begin(folder: string): Promise<ProblemFiles> {
    const jsonl = await StreamedFile.begin(join(folder, "problems.jsonl"));
    const csv = await StreamedFile.begin(join(folder, "problems.csv"));
    await csv.write(`${columns.join(",")}\r\n`);
    return new ProblemFiles(jsonl, csv);
  }

  async add(problem: Problem): Promise<void> {
    const { kind, code } = problem;
    const key = `${kind}/${code}`;
    const known = this.codes.get(key) ?? { kind, code, count: 0 };
    known.count++;
    this.codes.set(key, known);
    const [jsonl, csv] = this.#files;
    await jsonl?.write(`${JSON.stringify(problem)}\n`);
    await csv?.write(`${columns.map((column) => csvField(problem[column])).join(",")}\r\n`);
  }

  async commit(): Promise<void> {
    for (const file of this.#files) await file.commit();
  }

  async abandon(): Promise<void> {
    for (const file of this.#files) await file.abandon();
  }
}

/** A field as RFC 4180 writes it; one that a spreadsheet would take for a formula begins with an apostrophe. */
export function csvField(value: string | number | null): string {
  const text = value === null ? "" : String(value);
  const safe = typeof value === "string" && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
