import { short } from "../geometry.ts";
import type { ReadLog } from "../log.ts";

/** Between which HU a header says that the voxels lie. */
export interface StatedRange {
  readonly low: number;
  readonly high: number;
  /** The fields that say so. */
  readonly by: string;
}

/** Rounding of a slope is no contradiction. */
const roundingHu = 1;

/** Warns where voxels lie outside the range that their header states. */
export function noteStatedRange(
  stated: StatedRange | undefined,
  { min, max }: { readonly min: number; readonly max: number },
  log: ReadLog,
): void {
  if (stated === undefined || (min >= stated.low - roundingHu && max <= stated.high + roundingHu)) return;
  const { low, high } = stated;
  const said = !Number.isFinite(low)
    ? `at or below ${short(high)}`
    : Number.isFinite(high)
      ? `in ${short(low)}..${short(high)}`
      : `at or above ${short(low)}`;
  log.warn(
    "STATED_RANGE_DISAGREES",
    `the header says that the voxels lie ${said} (${stated.by}), and they lie in ${short(min)}..${short(max)}: header and voxels are not of one scan, or one of them was changed`,
  );
}
