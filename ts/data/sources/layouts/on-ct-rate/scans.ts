import { join } from "node:path";
import type { Looks } from "../../../dataset/index.ts";
import { exists } from "../../folder.ts";
import { type RateVolume, rateVolume } from "../ct-rate/names.ts";

/** A volume of CT-RATE that another data set asks about, and where it lies. */
export interface RateScan {
  readonly volume: RateVolume;
  readonly path: string;
}

/** Folder names of a split, those of v2 first; v1's files are no HU. */
const folders = {
  train: ["train_fixed", "train_preprocessed"],
  validation: ["valid_fixed", "valid_preprocessed"],
  test: [],
} as const;

/**
 * Where CT-RATE's volumes lie below a folder: the folder of its `dataset`, or that one itself.
 *
 * @returns the folder that holds `train_fixed` and `valid_fixed`.
 */
export async function rateFolder(scans: string, looks?: Looks): Promise<string> {
  const inside = join(scans, "dataset");
  return (await exists(inside, looks)) ? inside : scans;
}

/**
 * A volume by the name that another data set gives it; 3D-RAD says `test` where CT-RATE says `valid`.
 *
 * @param folder - of `rateFolder`.
 */
export function rateScan(folder: string, name: string): RateScan | undefined {
  const volume = rateVolume(name.trim().replace(/^test_/, "valid_"));
  if (volume === undefined) return undefined;
  const [fixed] = folders[volume.split];
  return { volume, path: join(folder, fixed ?? "", volume.path) };
}
