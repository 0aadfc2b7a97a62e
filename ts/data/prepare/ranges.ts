import type { TripleDHW, WindowHu } from "../../schema/volume.ts";

// The ranges of what a scan can be prepared to, said here alone: `tomoe preprocess` and the recipe's contract
// refuse by them, and tell them by these words.

/** Sizes of an array: three of them, each in this range. */
export const sizesSaid = "three whole numbers in 1..65536";
/** Target spacings: that of a volume may not leave the range either. */
export const spacingsSaid = "three lengths in 0.01..100 mm";
/** A window has to lie in int16, since voxels are clamped to it. */
export const windowSaid = "an ascending range within -32768..32767";

/** True for a size that an axis of each can have. */
export function isSize(sizeDHW: TripleDHW): boolean {
  return sizeDHW.every((size) => Number.isSafeInteger(size) && size >= 1 && size <= 65536);
}

/** True for a size whose voxels one array holds. */
export function isHoldable([d, h, w]: TripleDHW): boolean {
  return d * h * w <= 2 ** 31 - 1;
}

/** True for a spacing that a volume can have. */
export function isSpacing(spacingMmDHW: TripleDHW): boolean {
  return spacingMmDHW.every((mm) => mm >= 0.01 && mm <= 100);
}

/** True for a window that is not empty and lies in int16. */
export function isWindow({ low, high }: WindowHu): boolean {
  return low < high && low >= -32768 && high <= 32767;
}
