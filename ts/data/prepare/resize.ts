import type { TripleDHW, WindowHu } from "../../schema/volume.ts";

/** For each output position: the first input position it reads, and its weights, which sum to 1. */
interface AxisWeights {
  readonly starts: Int32Array;
  readonly offsets: Int32Array;
  readonly weights: Float64Array;
}

/**
 * Weights of one axis: area average where the axis shrinks (anti-aliased), linear between voxel centres where
 * it grows, both over the same
 * field of view (half-voxel centres; edges repeat).
 */
function axisWeights(from: number, to: number): AxisWeights {
  const starts = new Int32Array(to);
  const offsets = new Int32Array(to + 1);
  const weights: number[] = [];
  const ratio = from / to;
  for (let o = 0; o < to; o++) {
    const rows = to < from ? areaRow(o, ratio, from) : linearRow(o, ratio, from);
    starts[o] = rows.start;
    weights.push(...rows.weights);
    offsets[o + 1] = weights.length;
  }
  return { starts, offsets, weights: Float64Array.from(weights) };
}

function areaRow(o: number, ratio: number, from: number): { start: number; weights: number[] } {
  const low = o * ratio;
  const high = (o + 1) * ratio;
  const start = Math.min(from - 1, Math.floor(low + 1e-9));
  const end = Math.min(from, Math.max(start + 1, Math.ceil(high - 1e-9)));
  const overlaps = Array.from(
    { length: end - start },
    (_, k) => Math.min(high, start + k + 1) - Math.max(low, start + k),
  );
  const sum = overlaps.reduce((total, overlap) => total + overlap, 0);
  return { start, weights: overlaps.map((overlap) => overlap / sum) };
}

function linearRow(o: number, ratio: number, from: number): { start: number; weights: number[] } {
  const centre = Math.min(from - 1, Math.max(0, (o + 0.5) * ratio - 0.5));
  const start = Math.floor(centre);
  const part = centre - start;
  return part === 0 ? { start, weights: [1] } : { start, weights: [1 - part, part] };
}

/**
 * Clamps voxels to a window, then resizes them; clamping comes first because averaging does not commute with
 * it.
 *
 * @param voxels - D x H x W, W fastest, HU.
 * @param out - receives size D*H*W; int16 gets the nearest whole HU, halves upward.
 */
export function resizeClamped(
  voxels: Int16Array | Float32Array,
  shape: TripleDHW,
  size: TripleDHW,
  windowHu: WindowHu,
  out: Int16Array | Float32Array,
): void {
  const round = out.BYTES_PER_ELEMENT === 2;
  if (shape.every((length, axis) => length === size[axis])) {
    copyClamped(voxels, windowHu, out, round);
    return;
  }
  const depth = axisWeights(shape[0], size[0]);
  const plane = size[1] * size[2];
  const slice = sliceReducer(voxels, shape, size, windowHu);
  const sum = new Float64Array(plane);
  for (let o = 0; o < size[0]; o++) {
    sum.fill(0);
    const first = depth.offsets[o] ?? 0;
    for (let k = first; k < (depth.offsets[o + 1] ?? 0); k++) {
      const reduced = slice((depth.starts[o] ?? 0) + k - first);
      const weight = depth.weights[k] ?? 0;
      for (let i = 0; i < plane; i++) sum[i] = (sum[i] ?? 0) + weight * (reduced[i] ?? 0);
    }
    const at = o * plane;
    for (let i = 0; i < plane; i++) out[at + i] = round ? Math.floor((sum[i] ?? 0) + 0.5) : (sum[i] ?? 0);
  }
}

function copyClamped(
  voxels: Int16Array | Float32Array,
  { low, high }: WindowHu,
  out: Int16Array | Float32Array,
  round: boolean,
): void {
  for (let i = 0; i < voxels.length; i++) {
    const value = voxels[i] ?? 0;
    const clamped = value < low ? low : value > high ? high : value;
    out[i] = round ? Math.floor(clamped + 0.5) : clamped;
  }
}

/** Gives slice `z` at its new in-plane size; the last two stay at hand, since neighbours share them. */
function sliceReducer(
  voxels: Int16Array | Float32Array,
  shape: TripleDHW,
  size: TripleDHW,
  { low, high }: WindowHu,
): (z: number) => Float64Array {
  const [, rows, columns] = shape;
  const across = axisWeights(columns, size[2]);
  const down = axisWeights(rows, size[1]);
  const narrow = new Float64Array(rows * size[2]);
  const kept = [
    { z: -1, plane: new Float64Array(size[1] * size[2]) },
    { z: -1, plane: new Float64Array(size[1] * size[2]) },
  ];
  return (z) => {
    const known = kept.find((entry) => entry.z === z);
    if (known !== undefined) return known.plane;
    reduceRows({ voxels, from: z * rows * columns, rows, columns, across, low, high, narrow });
    const [oldest = { z, plane: new Float64Array(size[1] * size[2]) }] = kept;
    kept.shift();
    oldest.z = z;
    reduceColumns(narrow, size[2], down, oldest.plane);
    kept.push(oldest);
    return oldest.plane;
  };
}

/** One slice of the source, and where its rows go once they are as wide as the target's. */
interface SliceRows extends WindowHu {
  readonly voxels: Int16Array | Float32Array;
  /** Index of the slice's first voxel. */
  readonly from: number;
  readonly rows: number;
  readonly columns: number;
  readonly across: AxisWeights;
  /** rows x width, overwritten. */
  readonly narrow: Float64Array;
}

function reduceRows({ voxels, from, rows, columns, across, low, high, narrow }: SliceRows): void {
  const width = across.starts.length;
  for (let y = 0; y < rows; y++) {
    const row = from + y * columns;
    for (let x = 0; x < width; x++) {
      let sum = 0;
      let at = row + (across.starts[x] ?? 0);
      for (let k = across.offsets[x] ?? 0, end = across.offsets[x + 1] ?? 0; k < end; k++) {
        const value = voxels[at++] ?? 0;
        sum += (across.weights[k] ?? 0) * (value < low ? low : value > high ? high : value);
      }
      narrow[y * width + x] = sum;
    }
  }
}

function reduceColumns(narrow: Float64Array, width: number, down: AxisWeights, plane: Float64Array): void {
  plane.fill(0);
  for (let y = 0; y < down.starts.length; y++) {
    const to = y * width;
    let from = (down.starts[y] ?? 0) * width;
    for (let k = down.offsets[y] ?? 0; k < (down.offsets[y + 1] ?? 0); k++, from += width) {
      const weight = down.weights[k] ?? 0;
      for (let x = 0; x < width; x++) plane[to + x] = (plane[to + x] ?? 0) + weight * (narrow[from + x] ?? 0);
    }
  }
}
