import { join } from "node:path";
import type { SplitName } from "../../source.ts";

/** A volume of CT-RATE, by its name. */
export interface RateVolume {
  /** The name without its ending: `valid_1067_d_1`. */
  readonly id: string;
  /** `valid_1067`: patients are numbered anew in each split. */
  readonly patient: string;
  /** `valid_1067_d`: reconstructions of one scan share one report. */
  readonly scan: string;
  /** Path below the folder of its split. */
  readonly path: string;
  readonly split: SplitName;
}

const pattern = /^(train|valid)_(\d+)_([a-z]+)_(\d+)(?:\.nii(?:\.gz)?)?$/;

/** What a name says; undefined for one that is none of CT-RATE's. */
export function rateVolume(name: string): RateVolume | undefined {
  const [, prefix, patient, scan, reconstruction] = pattern.exec(name.trim()) ?? [];
  if (prefix === undefined) return undefined;
  const person = `${prefix}_${patient ?? ""}`,
    session = `${person}_${scan ?? ""}`,
    id = `${session}_${reconstruction ?? ""}`;
  return {
    id,
    patient: person,
    scan: session,
    path: join(person, session, `${id}.nii.gz`),
    split: prefix === "train" ? "train" : "validation",
  };
}

/** A split as its files are called: volumes and lists say `valid`, tables `validation`. */
export interface RateSplit {
  readonly short: "train" | "valid";
  readonly long: "train" | "validation";
}

export const rateSplits: readonly RateSplit[] = [
  { short: "train", long: "train" },
  { short: "valid", long: "validation" },
];
