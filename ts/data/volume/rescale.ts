import { TomoeError } from "../../errors.ts";
import { addToAll } from "./raw/pairs.ts";

/** Numbers as a file stores them. */
export type StoredArray =
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array
  | Float32Array
  | Float64Array;

/** Voxels after rescale, and whether float32 holds them without rounding. */
export interface Rescaled {
  readonly voxels: Int16Array | Float32Array;
  /** False when float32 had to round a value. */
  readonly exact: boolean;
}

/** One run of voxels that shares a slope and an intercept, in stored order. */
export interface RescaleRun {
  readonly length: number;
  readonly slope: number;
  readonly intercept: number;
}

/** Between which numbers stored values lie, where their header limits them. */
export interface StoredBounds {
  readonly low: number;
  readonly high: number;
}

/**
 * Applies slope and intercept: int16 when every result is a whole number in -32768..32767, else float32.
 *
 * The memory of `stored` is used again where a result is as wide as a stored number, so that no voxel is held twice:
 * `stored` is not to be read afterwards.
 * @param stored - voxels as stored; an Int16Array that needs no scaling is returned itself.
 * @param runs - consecutive runs that cover `stored`; one for a NIfTI, one a slice for DICOM.
 * @param bounds - spares a look at every value where they are known.
 * @throws TomoeError `DATA_NOT_HU` when a value is NaN or infinite.
 */
export function rescale(
  stored: StoredArray,
  runs: readonly RescaleRun[],
  bounds?: StoredBounds | undefined,
): Rescaled {
  const plain = runs.every((run) => run.slope === 1 && run.intercept === 0);
  if (plain && stored.BYTES_PER_ELEMENT === 2 && isInt16(stored)) return { voxels: stored, exact: true };
  return isHeldByInt16(stored, runs, bounds) ? rescaleToInt16(stored, runs) : rescaleToFloat32(stored, runs);
}

function isInt16(stored: StoredArray): stored is Int16Array {
  return Object.prototype.toString.call(stored) === "[object Int16Array]";
}

/** True where the bounds alone show that every result of a run is a whole number that int16 holds. */
export function isHeldWithin(
  { slope, intercept }: Pick<RescaleRun, "slope" | "intercept">,
  bounds: StoredBounds | undefined,
): boolean {
  if (bounds === undefined || !Number.isInteger(slope) || !Number.isInteger(intercept)) return false;
  const ends = [bounds.low * slope + intercept, bounds.high * slope + intercept];
  return ends.every((value) => value >= -32768 && value <= 32767);
}

/** True when every result is a whole number that int16 holds; nothing is written to find out. */
function isHeldByInt16(
  stored: StoredArray,
  runs: readonly RescaleRun[],
  bounds: StoredBounds | undefined,
): boolean {
  let at = 0;
  for (const run of runs) {
    const { length, slope, intercept } = run;
    const end = at + length;
    if (isHeldWithin(run, bounds)) at = end;
    for (; at < end; at++) {
      const value = (stored[at] ?? 0) * slope + intercept;
      // False for fractions, overflow, NaN and infinities alike.
      if ((value | 0) !== value || value < -32768 || value > 32767) return false;
    }
  }
  return true;
}

function rescaleToInt16(stored: StoredArray, runs: readonly RescaleRun[]): Rescaled {
  const voxels =
    stored.BYTES_PER_ELEMENT === 2
      ? new Int16Array(stored.buffer, stored.byteOffset, stored.length)
      : new Int16Array(stored.length);
  let at = 0;
  for (const { length, slope, intercept } of runs) {
    const end = at + length;
    // Sums that int16 holds are right modulo 65,536.
    if (slope === 1 && stored.BYTES_PER_ELEMENT === 2) addToAll(voxels.subarray(at, end), intercept);
    else for (; at < end; at++) voxels[at] = (stored[at] ?? 0) * slope + intercept;
    at = end;
  }
  return { voxels, exact: true };
}

function rescaleToFloat32(stored: StoredArray, runs: readonly RescaleRun[]): Rescaled {
  const voxels =
    stored.BYTES_PER_ELEMENT === 4
      ? new Float32Array(stored.buffer, stored.byteOffset, stored.length)
      : new Float32Array(stored.length);
  let at = 0;
  let rounded = false;
  let notFinite = 0;
  for (const { length, slope, intercept } of runs) {
    for (const end = at + length; at < end; at++) {
      const value = (stored[at] ?? 0) * slope + intercept;
      voxels[at] = value;
      const kept = voxels[at] ?? 0;
      if (kept !== value) {
        if (Number.isFinite(kept)) rounded = true;
        else notFinite++;
      } else if (kept - kept !== 0) notFinite++;
    }
  }
  if (notFinite > 0) {
    throw new TomoeError(
      "DATA_NOT_HU",
      `${notFinite} of ${stored.length} voxels are NaN, infinite or beyond float32: they are no Hounsfield units`,
      {
        hint: "Fill them with air (-1000) where nothing was measured, or convert the scan again.",
        details: { cause: "not-finite", voxels: notFinite, of: stored.length },
      },
    );
  }
  return { voxels, exact: !rounded };
}
