import type { TripleDHW, Volume } from "../../schema/volume.ts";
import type { AxisSources, Vector3 } from "./geometry.ts";

/** Where the voxel (0, 0, 0) of D x H x W lies, and how far the next one of each axis is from it. */
export interface Layout {
  readonly start: number;
  readonly steps: TripleDHW;
}

/** What is sampled of a volume. Its voxels lie in RAS order, or anywhere that `layout` says. */
export interface LaidVolume
  extends Pick<Volume, "voxels" | "shapeDHW" | "spacingMmDHW" | "affineRas" | "hu" | "stackAxis"> {
  readonly layout?: Layout | undefined;
}

/** The layout of a RAS array, W fastest. */
export function rasLayout([, rows, columns]: TripleDHW): Layout {
  return { start: 0, steps: [rows * columns, columns, 1] };
}

/** Where the voxels of a RAS array lie in an array of stored axes, x fastest. */
export function storedLayout(shapeXYZ: Vector3, sources: AxisSources): Layout {
  const strides = [1, shapeXYZ[0], shapeXYZ[0] * shapeXYZ[1]];
  let start = 0;
  const [w, h, d] = sources.map(({ stored, flipped }) => {
    const stride = strides[stored] ?? 1;
    if (!flipped) return stride;
    start += (shapeXYZ[stored] - 1) * stride;
    return -stride;
  });
  return { start, steps: [d ?? 1, h ?? 1, w ?? 1] };
}

/**
 * Permutes and flips voxels to RAS order; nothing is resampled.
 *
 * @param voxels - stored voxels, x fastest, then y, then z.
 * @param shapeXYZ - stored shape.
 * @param sources - stored axis of each RAS axis.
 * @returns voxels with W (Right) fastest, then H (Anterior), then D (Superior); the input itself when nothing
 * moves.
 */
export function orientVoxels<T extends Int16Array | Float32Array>(
  voxels: T,
  shapeXYZ: Vector3,
  sources: AxisSources,
): T {
  if (sources.every((source, ras) => source.stored === ras && !source.flipped)) return voxels;
  const [w, h, d] = sources.map(({ stored }) => shapeXYZ[stored]);
  return gathered(voxels, [d ?? 1, h ?? 1, w ?? 1], storedLayout(shapeXYZ, sources));
}

/** The voxels of a volume in RAS order: its own array, or a copy where they lie in another order. */
export function inRasOrder({ voxels, shapeDHW, layout }: LaidVolume): Int16Array | Float32Array {
  return layout === undefined ? voxels : gathered(voxels, shapeDHW, layout);
}

function gathered<T extends Int16Array | Float32Array>(
  voxels: T,
  [depth, rows, columns]: TripleDHW,
  { start, steps }: Layout,
): T {
  const out = emptyLike(voxels);
  let to = 0;
  for (let d = 0; d < depth; d++)
    for (let h = 0; h < rows; h++) {
      let from = start + d * steps[0] + h * steps[1];
      if (steps[2] === 1) {
        out.set(voxels.subarray(from, from + columns), to);
        to += columns;
        continue;
      }
      for (let w = 0; w < columns; w++, from += steps[2]) out[to++] = voxels[from] ?? 0;
    }
  return out;
}

/**
 * As `orientVoxels`, in the memory of `voxels` where axes are only flipped, as they nearly always are; a permutation
 * takes a second array.
 *
 * @param voxels - used up: what is returned may be the same array.
 */
export function turnInPlace<T extends Int16Array | Float32Array>(
  voxels: T,
  shapeXYZ: Vector3,
  sources: AxisSources,
): T {
  if (sources.some((source, ras) => source.stored !== ras)) return orientVoxels(voxels, shapeXYZ, sources);
  const [x, y] = shapeXYZ;
  const [across = false, down = false, through = false] = sources.map((source) => source.flipped);
  if (across && down && through) return voxels.reverse() as T;
  if (across) reverseRuns(voxels, down ? x * y : x);
  else if (down)
    for (let at = 0; at < voxels.length; at += x * y) swapRuns(voxels.subarray(at, at + x * y), x);
  if (through) swapRuns(voxels, x * y);
  return voxels;
}

/** Turns each run of `length` entries round. */
function reverseRuns(voxels: Int16Array | Float32Array, length: number): void {
  for (let at = 0; at < voxels.length; at += length) voxels.subarray(at, at + length).reverse();
}

/** Puts the runs of `length` entries into the opposite order. */
function swapRuns(voxels: Int16Array | Float32Array, length: number): void {
  const spare = emptyLike(voxels.subarray(0, length));
  for (let [low, high] = [0, voxels.length - length]; low < high; low += length, high -= length) {
    spare.set(voxels.subarray(low, low + length));
    voxels.copyWithin(low, high, high + length);
    voxels.set(spare, high);
  }
}

/** A zero-filled array of the same class and length. */
function emptyLike<T extends Int16Array | Float32Array>(voxels: T): T {
  return (
    voxels.BYTES_PER_ELEMENT === 2 ? new Int16Array(voxels.length) : new Float32Array(voxels.length)
  ) as T;
}
