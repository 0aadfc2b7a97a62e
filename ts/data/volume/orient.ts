import type { AxisSources, Vector3 } from "./geometry.ts";

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
  const strides = [1, shapeXYZ[0], shapeXYZ[0] * shapeXYZ[1]];
  const plan = sources.map((source) => {
    const length = shapeXYZ[source.stored];
    const stride = strides[source.stored] ?? 1;
    return source.flipped
      ? { length, step: -stride, start: (length - 1) * stride }
      : { length, step: stride, start: 0 };
  });
  const [w, h, d] = plan;
  if (w === undefined || h === undefined || d === undefined) return voxels;
  const out = emptyLike(voxels);
  let to = 0;
  for (let k = 0; k < d.length; k++) {
    for (let j = 0; j < h.length; j++) {
      let from = d.start + k * d.step + h.start + j * h.step + w.start;
      if (w.step === 1) {
        out.set(voxels.subarray(from, from + w.length), to);
        to += w.length;
        continue;
      }
      for (let i = 0; i < w.length; i++, from += w.step) out[to++] = voxels[from] ?? 0;
    }
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
