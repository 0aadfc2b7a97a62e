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
  windowHu: WindowHu,
): (z: number) => Float64Array {
  const [, rows, columns] = shape;
  const clamp = lineClamp(voxels, windowHu, columns);
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
    for (let y = 0; y < rows; y++)
      reduceRow(clamp((z * rows + y) * columns), across, narrow, y * size[2], columns === 2 * size[2]);
    const [oldest = { z, plane: new Float64Array(size[1] * size[2]) }] = kept;
    kept.shift();
    oldest.z = z;
    reduceColumns(narrow, size[2], down, oldest.plane);
    kept.push(oldest);
    return oldest.plane;
  };
}

/** Gives the `columns` voxels from an index on, clamped, in a line that the next call overwrites. */
function lineClamp(
  voxels: Int16Array | Float32Array,
  { low, high }: WindowHu,
  columns: number,
): (from: number) => Int16Array | Float64Array {
  const clamped = (value: number): number => (value < low ? low : value > high ? high : value);
  const whole = voxels.BYTES_PER_ELEMENT === 2 && Number.isInteger(low) && Number.isInteger(high);
  if (!whole) {
    const line = new Float64Array(columns);
    return (from) => {
      for (let x = 0; x < columns; x++) line[x] = clamped(voxels[from + x] ?? 0);
      return line;
    };
  }
  // Noise about the end of a window is a coin toss for a comparison, and one look for a table.
  const table = Int16Array.from({ length: 65536 }, (_, at) => clamped(at - 32768));
  const line = new Int16Array(columns);
  return (from) => {
    for (let x = 0; x < columns; x++) line[x] = table[(voxels[from + x] ?? 0) + 32768] ?? 0;
    return line;
  };
}

/** @param halves - true where each output is the mean of two neighbours; the sum is the same, to the last bit. */
function reduceRow(
  line: Int16Array | Float64Array,
  { starts, offsets, weights }: AxisWeights,
  narrow: Float64Array,
  to: number,
  halves: boolean,
): void {
  const width = starts.length;
  if (halves) {
    for (let x = 0; x < width; x++) narrow[to + x] = ((line[2 * x] ?? 0) + (line[2 * x + 1] ?? 0)) * 0.5;
    return;
  }
  for (let x = 0; x < width; x++) {
    let sum = 0;
    let at = starts[x] ?? 0;
    for (let k = offsets[x] ?? 0, end = offsets[x + 1] ?? 0; k < end; k++)
      sum += (weights[k] ?? 0) * (line[at++] ?? 0);
    narrow[to + x] = sum;
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
