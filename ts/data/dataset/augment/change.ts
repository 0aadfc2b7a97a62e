import { createHash } from "node:crypto";
import type { VolumeChange } from "../../../schema/batch.ts";

/** Name and version of the draws, in every key: changed whenever the same key would give other ones. */
export const augmentRule = "tomoe.augment/1";

/** How far a stage may change the volumes it trains on. */
export interface AugmentRange {
  /** Share of the volumes that are mirrored, 0..1. */
  readonly flip: number;
  /** Largest turn within the slices, either way, in degrees. */
  readonly rotateDegrees: number;
  /** Largest change of contrast, either way, as a part of 1. */
  readonly gain: number;
  /** Largest shift of all values, either way, in HU. */
  readonly shiftHu: number;
}

/** A volume as it is in the cache. */
export const unchanged: VolumeChange = { mirrored: false, turnedDegrees: 0, gain: 1, shiftHu: 0 };

/** True for a range that leaves every volume as it is. */
export function changesNothing({ flip, rotateDegrees, gain, shiftHu }: AugmentRange): boolean {
  return flip === 0 && rotateDegrees === 0 && gain === 0 && shiftHu === 0;
}

/**
 * How a volume is changed: a pure function of range and key, so that a resumed run, another number of ranks and a
 * replay change it alike. Each number has a draw of its own: another range of one leaves the others.
 *
 * @param key - names the sample: seed, corpus, stage, epoch, case.
 */
export function changeOf(range: AugmentRange, key: string): VolumeChange {
  const bytes = createHash("sha256").update(`${augmentRule}/${key}`).digest();
  const drawn = (at: number): number => bytes.readUInt32LE(4 * at) / 2 ** 32;
  const eitherWay = (at: number, most: number): number => (2 * drawn(at) - 1) * most;
  return {
    mirrored: drawn(0) < range.flip,
    // Zero is written as zero, not as a negative one.
    turnedDegrees: range.rotateDegrees === 0 ? 0 : eitherWay(1, range.rotateDegrees),
    gain: range.gain === 0 ? 1 : 1 + eitherWay(2, range.gain),
    shiftHu: range.shiftHu === 0 ? 0 : eitherWay(3, range.shiftHu),
  };
}
