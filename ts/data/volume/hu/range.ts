import type { HuHistogram } from "./histogram.ts";
import { n, notHu } from "./not-hu.ts";

/** What is known of the voxels beside their values. */
export interface HuEvidence {
  /** Type of the stored numbers, e.g. "uint8". */
  readonly storedDtype: string;
  /** True when a slope or an intercept was applied. */
  readonly scaled: boolean;
  /** True when a CT header states slope and intercept. */
  readonly calibrated?: boolean | undefined;
}

/**
 * No CT spans less than this between its lowest and highest voxel, since noise alone does: the real scans span
 * 2307 HU and more, the least of PhantomCT 1322.
 */
const leastRange = 30;

/**
 * Refuses voxels whose range alone says that they are no HU: constant, unscaled 8-bit, normalised, or from 0
 * to the top of a picture.
 *
 * @throws TomoeError `DATA_NOT_HU`
 */
export function refuseByRange(histogram: HuHistogram, evidence: HuEvidence): void {
  const { min, max } = histogram;
  if (min === max)
    throw notHu(
      histogram,
      "constant",
      `every voxel is ${n(min)}`,
      "The scan is empty, or an intercept was applied that pushed everything to one end.",
    );
  if ((evidence.storedDtype === "uint8" || evidence.storedDtype === "int8") && !evidence.scaled) {
    throw notHu(
      histogram,
      "8-bit",
      `the voxels are unscaled 8-bit numbers (${n(min)}..${n(max)}), which cannot hold air at -1000 HU`,
      "Use the original scan: a picture of it has lost its HU.",
    );
  }
  // A narrow range far from zero is one tissue or air, not a normalised picture.
  if (max - min < leastRange && min >= -leastRange && max <= leastRange) {
    const range =
      min >= 0 && max <= 1.001
        ? "min-max normalised to 0..1"
        : min >= -1.001 && max <= 1.001
          ? "normalised to -1..1"
          : "normalised to zero mean and unit deviation";
    throw notHu(
      histogram,
      "normalised",
      `the values span only ${n(min)}..${n(max)}: they look ${range}`,
      "Use the scan from before normalisation, in HU.",
    );
  }
  const top = [100, 255, 1000, 4095, 32767, 65535].find((end) => Math.abs(max - end) < 0.01);
  if (Math.abs(min) < 0.01 && top !== undefined) {
    const eightBit = top === 255;
    throw notHu(
      histogram,
      eightBit ? "8-bit" : "normalised",
      `the values run from exactly 0 to exactly ${top}: ${eightBit ? "an 8-bit picture" : "a rescaled picture"}, not HU`,
      "Use the scan from before it was turned into a picture, in HU.",
    );
  }
}
