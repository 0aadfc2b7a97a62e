import { createHash } from "node:crypto";
import { basename, resolve } from "node:path";
import { TomoeError } from "../../errors.ts";
import { kindOfPath } from "../../files/index.ts";
import { didYouMean } from "../../schema/nearest.ts";
import { knownSplits, splitNamed } from "./folder.ts";
import { separatedRows } from "./rows/csv.ts";
import type { SplitName } from "./source.ts";

/** A table of cases with the split of each. */
export interface SplitTable {
  /** As `splitDigest`. */
  readonly digest: string;
  readonly splitOf: ReadonlyMap<string, SplitName>;
}

/** Digest of a split: over the ids in their order as text and the split of each, however a table lists them. */
export function splitDigest(splitOf: ReadonlyMap<string, SplitName>): string {
  const hash = createHash("sha256").update("tomoe.split/1");
  const rows = [...splitOf].sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  for (const [id, split] of rows) hash.update(`\n${JSON.stringify([id, split])}`);
  return hash.digest("hex");
}

/**
 * Reads a table with the columns `case` and `split`, as `tomoe data split` writes it.
 *
 * @throws TomoeError `PATH_NOT_FOUND`; `DATA_MANIFEST` with what is wrong with its first rows: another word for a
 * split, a case twice.
 */
export async function readSplitTable(path: string, signal?: AbortSignal): Promise<SplitTable> {
  const whole = resolve(path);
  await kindOfPath(whole);
  const table = basename(whole);
  const splitOf = new Map<string, SplitName>();
  const problems: string[] = [];
  for await (const found of separatedRows({ path: whole, table, signal }, ",", ["case", "split"])) {
    if (found.kind === "problem") {
      problems.push(`row ${found.problem.place?.row ?? 0}: ${found.problem.message}`);
      continue;
    }
    const { values, place } = found.row;
    const id = String(values.case),
      word = String(values.split);
    const split = splitNamed(word);
    if (split === undefined)
      problems.push(`row ${place.row}: the split is "${word}"${didYouMean(word, knownSplits)}`);
    else if (splitOf.has(id)) problems.push(`row ${place.row}: case "${id}" stands twice`);
    else splitOf.set(id, split);
  }
  if (problems.length > 0)
    throw new TomoeError("DATA_MANIFEST", `${path}: ${problems.slice(0, 5).join("; ")}`, {
      hint: "It has a column case and a column split, as tomoe data split writes it.",
      details: { path, count: problems.length, problems: problems.slice(0, 200) },
    });
  return { digest: splitDigest(splitOf), splitOf };
}
