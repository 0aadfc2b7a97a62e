import { type ResolvedExperiment, runStart } from "../../config/index.ts";
import { listCheckpoints, type RunFolder } from "../../track/read/index.ts";
import type { Origin } from "../job.ts";
import { baseRoots } from "./files.ts";
import { findSourceRun } from "./source-run.ts";

/**
 * Finds what a run's model begins from: the folder of its published base, and the run it starts from as long as it
 * has no checkpoint of its own.
 *
 * @param folder - of the run; absent for one that is not there yet.
 * @throws TomoeError as `baseRoots` and `findSourceRun`.
 */
export async function originOf({
  resolved,
  folder,
  runsDir,
  signal,
}: {
  readonly resolved: ResolvedExperiment;
  readonly folder?: RunFolder;
  readonly runsDir: string;
  readonly signal: AbortSignal;
}): Promise<Origin> {
  const roots = baseRoots(resolved.config);
  const start = runStart(resolved.config);
  const own = folder === undefined ? [] : await listCheckpoints(folder.paths.checkpoints);
  if (start === undefined || own.length > 0) return { roots, source: null };
  const source = await findSourceRun(start, { runsDir, signal });
  const { checkpoints } = source.folder.paths;
  return { roots: [...roots, { name: "source", path: checkpoints, writable: false }], source };
}
