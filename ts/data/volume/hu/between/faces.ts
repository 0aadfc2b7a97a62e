export type Voxels = Int16Array | Float32Array;
export type Shape = readonly [nx: number, ny: number, nz: number];

/** Padding and metal count no more than this. */
const [lowHu, highHu] = [-1100, 1500];
/** A slice or a face is compared by at most this many of its columns and rows. */
const gridSide = 64;
/** Above this lie lung and tissue, below it the air around a body and padding. */
const airHu = -900;

/** A voxel as it is compared, HU: padding and metal cut. */
export const cut = (hu: number): number => (hu < lowHu ? lowHu : hu > highHu ? highHu : hu);

/** Every how many columns or rows of so many are compared. */
export const stepOf = (size: number, side = gridSide): number => Math.max(1, Math.floor(size / side));

/**
 * Voxels of a face of the volume, at equal steps along its two axes, padding and metal cut.
 *
 * @param axis - across the face: 0 columns, 1 rows, 2 slices.
 * @param at - which of the faces along it.
 * @param side - of columns or rows, about so many are taken.
 */
export function faceOf(
  voxels: Voxels,
  shape: Shape,
  axis: 0 | 1 | 2,
  at: number,
  side = gridSide,
): Float32Array {
  const strides = [1, shape[0], shape[0] * shape[1]] as const;
  const [a, b] = ([0, 1, 2] as const).filter((other) => other !== axis);
  const [sizeA, sizeB] = [shape[a ?? 0], shape[b ?? 1]];
  const [stepA, stepB] = [stepOf(sizeA, side), stepOf(sizeB, side)];
  const [countA, countB] = [Math.ceil(sizeA / stepA), Math.ceil(sizeB / stepB)];
  const face = new Float32Array(countA * countB);
  const [alongA, alongB] = [stepA * strides[a ?? 0], stepB * strides[b ?? 1]];
  for (let j = 0, to = 0; j < countB; j++)
    for (let i = 0, from = at * strides[axis] + j * alongB; i < countA; i++, from += alongA)
      face[to++] = cut(voxels[from] ?? 0);
  return face;
}

/** Of two faces the voxels that hold something measured in either: neither air around a body nor what was cut. */
export function tissueOf(a: Float32Array, b: Float32Array): readonly [Float32Array, Float32Array] {
  const measured = (hu: number | undefined): boolean => hu !== undefined && hu > airHu && hu < highHu;
  const places = [...a.keys()].filter((at) => measured(a[at]) || measured(b[at]));
  return [Float32Array.from(places, (at) => a[at] ?? 0), Float32Array.from(places, (at) => b[at] ?? 0)];
}

/** Mean difference of each face and the one before it, HU. */
export function differences(faces: readonly Float32Array[]): readonly number[] {
  return faces.slice(1).map((face, index) => difference(faces[index] ?? face, face));
}

/** Mean difference of two faces of one size, HU. */
export function difference(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += Math.abs((a[at] ?? 0) - (b[at] ?? 0));
  return sum / a.length;
}

function mean(values: Float32Array): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Standard deviation, HU. */
export function spread(values: Float32Array): number {
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / values.length);
}

/** Pearson's correlation of two faces of one size, -1..1. */
export function correlation(a: Float32Array, b: Float32Array): number {
  const [middleA, middleB] = [mean(a), mean(b)];
  const covariance =
    a.reduce((sum, value, at) => sum + (value - middleA) * ((b[at] ?? 0) - middleB), 0) / a.length;
  return covariance / (spread(a) * spread(b));
}

/** The middle one of the values; 0 of none. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0;
}
