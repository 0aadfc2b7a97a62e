import type { ReadLog } from "../log.ts";
import type { HuHistogram } from "./histogram.ts";
import { quantile } from "./peaks/humps.ts";

/** The middle of the voxels: padding and metal leave gaps of their own. */
const middle = { from: 0.02, to: 0.98 };
/** HU from one number to the next, from which the noise of a scanner (5 to 30 HU) is stepped over. */
const leastStepHu = 6;
/** Fewer voxels leave numbers out by chance. */
const fewest = 4096;
/** A narrower range is one tissue. */
const leastRangeHu = 200;

/**
 * Warns where the voxels take few of the numbers in their range, at steps that no scanner writes: what remains of HU
 * that went through 8 bits or another coarse form.
 */
export function noteCoarse(histogram: HuHistogram, log: ReadLog): void {
  if (histogram.count < fewest) return;
  const [low, high] = [quantile(histogram, middle.from), quantile(histogram, middle.to)];
  if (high - low < leastRangeHu) return;
  const taken: number[] = [];
  for (let hu = low; hu <= high; hu++) if (histogram.voxels(hu, hu + 1) > 0) taken.push(hu);
  // The usual step, not the mean: a picture without noise takes no number between air and tissue.
  const steps = taken.slice(1).map((hu, at) => hu - (taken[at] ?? hu));
  const stepHu = steps.toSorted((a, b) => a - b)[steps.length >> 1] ?? 0;
  if (stepHu >= leastStepHu)
    log.warn(
      "HU_COARSE",
      `between ${low} and ${high} HU the voxels take ${taken.length} values, mostly ${stepHu} HU apart, which is more than the noise of a scanner: they went through 8 bits or another coarse form, and what was finer is lost`,
    );
}
