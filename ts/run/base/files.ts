import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { type BaseFilesPlace, baseFiles } from "../../config/index.ts";
import { TomoeError } from "../../errors.ts";
import type { ExperimentConfig } from "../../schema/experiment.ts";
import type { WorkerRoot } from "../../worker/index.ts";
import { weightsFolder } from "../weights/get.ts";

/**
 * The folder of published files: that of a name in the cache, or as it was written, from the current folder.
 *
 * @throws TomoeError `USAGE_INVALID` for a name that is not in the list, `CHECKPOINT_MISSING` for one that was not
 * fetched, with the command that does.
 */
export function filesFolder(place: BaseFilesPlace): string {
  return place.from === "folder" ? resolve(place.path) : weightsFolder(place.name, process.env);
}

/**
 * What workers have to be allowed to read for a run's base: the folder of its published files, where it has one.
 * Whether they are still the ones it was made with is the worker's to say.
 *
 * @throws TomoeError as `filesFolder`; `CHECKPOINT_MISSING` for a folder that is gone, with the way out.
 */
export function baseRoots(config: ExperimentConfig): readonly WorkerRoot[] {
  const place = baseFiles(config);
  if (place === undefined) return [];
  const path = filesFolder(place);
  if (!existsSync(path))
    throw new TomoeError("CHECKPOINT_MISSING", `the folder ${path} of the run's base is not there`, {
      hint: "Put the published files back where they were; a path that is not absolute begins in the current folder.",
      details: { path },
    });
  return [{ name: "base", path, writable: false }];
}
