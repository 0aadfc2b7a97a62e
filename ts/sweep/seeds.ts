import { createHash } from "node:crypto";

function digestOf(...parts: readonly (string | number)[]): Buffer {
  return createHash("sha256")
    .update(JSON.stringify(["tomoe.sweep", ...parts]), "utf8")
    .digest();
}

/** The seed of a trial, 32 bits, by the sweep's seed and the trial's number alone: a restart proposes the same. */
export function trialSeed(sweepSeed: number, trial: number): number {
  return digestOf(sweepSeed, trial).readUInt32BE(0);
}

/** The seed of one run of a trial: the trial's own for its first run, one derived from it for each further one. */
export function runSeed(seed: number, member: number): number {
  return member === 0 ? seed : digestOf(seed, "run", member).readUInt32BE(0);
}

/**
 * A number of 0 or more and below 1, in 53 bits, by the trial's seed and the name it is drawn for: an option more in
 * the space leaves what the others draw as it is.
 */
export function drawn(seed: number, name: string): number {
  return Number(digestOf(seed, "draw", name).readBigUInt64BE(0) >> 11n) / 2 ** 53;
}
