import { join, resolve } from "node:path";
import { isTomoeError } from "../../errors.ts";
import { findRunName, keepMetricIndex } from "../../track/index.ts";
import { describeRun, lockHolder, openRun, type RunDescription } from "../../track/read/index.ts";

/** True where no process has the run: what is derived from its record may be made anew. */
async function isFree(dir: string): Promise<boolean> {
  try {
    return (await lockHolder(dir)) === undefined;
  } catch (cause) {
    if (!isTomoeError(cause)) throw cause;
    return false;
  }
}

/**
 * As `describeRun`; the index of its metrics is made again where it is gone, unless a process works on the run.
 *
 * @throws TomoeError `RUN_NOT_FOUND` with "did you mean".
 */
export async function showRun(runsDir: string, reference: string): Promise<RunDescription> {
  const runId =
    reference === "latest" ? (await openRun(runsDir, reference)).runId : findRunName(runsDir, reference);
  const dir = join(resolve(runsDir), runId);
  if (await isFree(dir)) await keepMetricIndex(join(dir, "metrics"));
  return await describeRun(runsDir, runId);
}
