import { type Stats, statSync } from "node:fs";
import { exists } from "../folder.ts";
import { rowProblem } from "../rows/records.ts";
import type { SourceCase, SourceProblem } from "../source.ts";

/** Scans that are looked at between two turns of whoever else works in this process. */
const looksAtOnce = 1024;

/**
 * Scans that are not there, each as a problem of its case.
 *
 * @throws TomoeError of the disk: `PERMISSION`, `IO_FAILED`; `DATA_UNSUPPORTED` for a pipe, socket or device.
 */
export async function missingScans(
  rows: Iterable<Pick<SourceCase, "id" | "paths" | "place">>,
): Promise<readonly SourceProblem[]> {
  const problems: SourceProblem[] = [];
  let index = 0;
  for (const { id, paths, place } of rows) {
    if (!(await isThere(paths[0], index++))) {
      const hint = "Download it, or leave its rows out.";
      const problem = rowProblem(place, `the scan of case "${id}" is not there`, hint);
      problems.push({ ...problem, code: "PATH_NOT_FOUND", case: id });
    }
  }
  return problems;
}

/** False where a path that is asked for is not there; errors as `missingScans`. */
export async function allThere(paths: Iterable<string>): Promise<boolean> {
  let index = 0;
  for (const path of paths) if (!(await isThere(path, index++))) return false;
  return true;
}

async function isThere(path: string, index: number): Promise<boolean> {
  if (index % looksAtOnce === looksAtOnce - 1) await new Promise((turn) => setImmediate(turn));
  return isPlain(path) || (await exists(path));
}

/** True for a file or folder, by a single call that does not wait: of a hundred thousand, waiting is what takes the time. */
function isPlain(path: string): boolean {
  let facts: Stats | undefined;
  try {
    facts = statSync(path, { throwIfNoEntry: false });
  } catch {
    // Looked at once more, by who says what it is.
  }
  return facts?.isFile() === true || facts?.isDirectory() === true;
}
