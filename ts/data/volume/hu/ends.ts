import type { ReadLog } from "../log.ts";
import type { HuHistogram } from "./histogram.ts";

/** Enamel and metal begin here; what piles up below is tissue, or clipped by a window. */
const denseHu = 2000;
/** HU are 16-bit numbers in every scanner's files. */
const int16Hu = 2 ** 15;
/** Noise of air seldom reaches this. */
const belowAirHu = -1250;

/** Says how much lies below what air can be: padding outside the scanner's field of view, kept as it is. */
export function noteOutside(histogram: HuHistogram, log: ReadLog): void {
  const { min, count } = histogram;
  if (min >= belowAirHu) return;
  const outside = histogram.voxels(Number.NEGATIVE_INFINITY, belowAirHu);
  const share = outside / count;
  log.step("outside", { belowHu: belowAirHu, voxels: outside, share, min });
  if (share >= 0.001)
    log.warn(
      "OUTSIDE_FOV_VALUES",
      `${(100 * share).toFixed(1)} % of the voxels lie below ${belowAirHu} HU (lowest ${min}): padding outside the field of view, left as it is`,
    );
}

/** Says how much piles up at the highest value: saturation, or padding that nobody declared. */
export function noteTop(voxels: Int16Array | Float32Array, histogram: HuHistogram, log: ReadLog): void {
  const { max, count } = histogram;
  if (max < denseHu || log.warnings.some(({ code }) => code === "PADDING_VALUES")) return;
  // Of float32 a bin holds fractions too.
  let piled = voxels.BYTES_PER_ELEMENT === 2 ? histogram.voxels(max, max + 1) : 0;
  if (voxels.BYTES_PER_ELEMENT === 4) for (let i = 0; i < count; i++) if (voxels[i] === max) piled++;
  const share = piled / count;
  if (share >= 0.01)
    log.warn(
      "TOP_VALUE_PILE",
      `${(100 * share).toFixed(1)} % of the voxels are exactly ${max} HU, the highest value: saturation or padding, left as it is`,
    );
}

/** Says when voxels, too few to weigh in a histogram, lie where no scanner writes any. */
export function noteBeyond(
  voxels: Int16Array | Float32Array,
  { min, max, count }: HuHistogram,
  log: ReadLog,
): void {
  if (min >= -int16Hu && max < int16Hu) return;
  let beyond = 0;
  for (let i = 0; i < count; i++) if (Math.abs(voxels[i] ?? 0) > int16Hu) beyond++;
  if (beyond > 0)
    log.warn(
      "BEYOND_HU_VALUES",
      `${beyond} voxels lie beyond what 16 bits hold (lowest ${min}, highest ${max}), which no scanner writes; they are left as they are`,
    );
}
