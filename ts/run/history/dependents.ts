import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { listRuns } from "../../track/read/index.ts";

/** What was made from a run and names it: another run that starts from it, or an evaluation of it. */
export interface Dependent {
  /** The run that it depends on. */
  readonly runId: string;
  readonly kind: "run" | "eval";
  /** Id of the run or evaluation. */
  readonly id: string;
}

/** A file's text; empty where it is not there or cannot be read: what it would say is told by who owns it. */
function textOf(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/**
 * What depends on some runs: runs of the folder whose configuration is pinned to one of them, and evaluations of them.
 *
 * @param evalsDir - folder of the evaluations.
 */
export function dependentsOf(
  runIds: readonly string[],
  { runsDir, evalsDir }: { readonly runsDir: string; readonly evalsDir: string },
): readonly Dependent[] {
  if (runIds.length === 0) return [];
  const namedIn = (text: string): readonly string[] =>
    runIds.filter((runId) => text.includes(JSON.stringify(runId)));
  const runs = listRuns(runsDir)
    .filter((run) => !runIds.includes(run.runId))
    .flatMap(({ runId: id, dir }) =>
      namedIn(textOf(join(dir, "resolved.json"))).map((runId) => ({ runId, kind: "run" as const, id })),
    );
  const evals = namesIn(evalsDir).flatMap((id) =>
    namedIn(textOf(join(evalsDir, id, "eval.json"))).map((runId) => ({ runId, kind: "eval" as const, id })),
  );
  return [...runs, ...evals];
}
