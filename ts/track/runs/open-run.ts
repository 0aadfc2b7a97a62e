import { join, resolve } from "node:path";
import { findRunId } from "./find-run.ts";
import type { RunPaths } from "./layout.ts";
import { runPaths } from "./layout.ts";
import { latestFinishedRun } from "./listing.ts";
import type { RunState } from "./state.ts";
import { readState } from "./state.ts";

/** A run on disk, to be read; many may have it open. */
export interface RunFolder {
  readonly runId: string;
  readonly dir: string;
  readonly paths: RunPaths;
  /** As it stood when the run was opened. */
  readonly state: RunState;
}

/**
 * Opens a run to read it.
 *
 * @param reference - a run id, the beginning of one, the four letters at its end, or "latest": the newest
 * finished run that has a checkpoint.
 * @throws TomoeError `RUN_NOT_FOUND` with "did you mean"; `RECORD_INVALID` when its state is missing, damaged
 * or of another version.
 */
export async function openRun(runsDir: string, reference: string): Promise<RunFolder> {
  const folder = resolve(runsDir);
  const runId = reference === "latest" ? latestFinishedRun(folder) : findRunId(folder, reference);
  const dir = join(folder, runId);
  const paths = runPaths(dir);
  return { runId, dir, paths, state: await readState(paths.state) };
}
