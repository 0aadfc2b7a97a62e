import type { ReadLog } from "../../log.ts";
import {
  correlation,
  cut,
  difference,
  differences,
  faceOf,
  median,
  type Shape,
  spread,
  stepOf,
  tissueOf,
  type Voxels,
} from "./faces.ts";

/** Smaller pictures show no displacement. */
const leastSide = 16;
/** Fewer columns or rows are a crop, whose sides are near each other. */
const leastRolled = 32;
/** Fewer slices, rows or columns have no usual step between neighbours. */
const fewest = 8;
/** Neighbours that differ by less, HU, are one picture and noise. */
const leastHu = 20;
/** A jump is this many times the usual difference between neighbours. */
const jumpFactor = 2;
/** Moved back, a slice fits its neighbour this much better. */
const better = 2;
/** Displacements of one pixel are interpolation, those above a third of the picture are another one. */
const leastPixels = 2;
const mostShare = 1 / 3;
/** The two ends of a volume that was rolled differ by no more than this many times what neighbours do. */
const joined = { slices: 1.5, sides: 2 };
/** A jump that another one comes so near to, beside it or elsewhere, is not the only one. */
const oneOfTwo = 1.5;
/** Where the old ends meet inside, the jump is so many times the usual difference. */
const seamFactor = 3;
/** Two ends that were neighbours correlate so much, and nearly as much as what still lies beside them. */
const leastAlike = 0.6;
const lessAlike = 0.1;
/** An end of one tissue, or of air alone, is like any other one, HU. */
const leastSpread = 150;
/** Measured voxels are at least this share of a face that can be told from another one. */
const leastTissue = 0.1;
const namedPlaces = 4;

/**
 * Warns where the voxels were moved under their header: a block of slices that lies displaced in its plane, and a
 * volume that was rolled, so that what leaves at one end comes in at the other.
 *
 * @param voxels - slice after slice along the stack, in HU.
 * @param shapeXYZ - columns, rows, slices.
 */
export function noteMoved(voxels: Voxels, shapeXYZ: Shape, log: ReadLog): void {
  const [nx, ny, nz] = shapeXYZ;
  if (nx < leastSide || ny < leastSide || nz < 2) return;
  const faces = Array.from({ length: nz }, (_, z) => faceOf(voxels, shapeXYZ, 2, z));
  const steps = differences(faces);
  if (!isRolled(faces, steps, log, "slices")) noteDisplaced(voxels, shapeXYZ, steps, log);
  for (const [axis, name] of [
    [0, "columns"],
    [1, "rows"],
  ] as const) {
    const size = axis === 0 ? nx : ny;
    if (size < leastRolled) continue;
    noteWrapped((at) => faceOf(voxels, shapeXYZ, axis, at), size, name, log);
  }
}

function noteDisplaced(voxels: Voxels, [nx, ny, nz]: Shape, steps: readonly number[], log: ReadLog): void {
  const usual = median(steps);
  const found = steps.flatMap((own, index) => {
    // A slice displaced alone differs from both neighbours, which is told as a slice that fits neither.
    const alone = [steps[index - 1], steps[index + 1]].some((beside) => (beside ?? 0) > own / oneOfTwo);
    if (own <= Math.max(leastHu, jumpFactor * usual) || alone) return [];
    const slice = (z: number): Voxels => voxels.subarray(z * nx * ny, (z + 1) * nx * ny);
    const [before, after] = [slice(index), slice(index + 1)];
    const across = offsetOf(profile(before, nx, ny, "columns"), profile(after, nx, ny, "columns"));
    const down = offsetOf(profile(before, nx, ny, "rows"), profile(after, nx, ny, "rows"));
    if (Math.hypot(across, down) < leastPixels) return [];
    const moved = alignedDifference(before, after, [nx, ny], [across, down]);
    const unmoved = alignedDifference(before, after, [nx, ny], [0, 0]);
    return moved * better <= unmoved ? [{ after: index + 1, across, down }] : [];
  });
  const [first] = found;
  if (first === undefined || found.length > nz / 4) return;
  log.warn(
    "SLICES_DISPLACED",
    `between slices ${found
      .slice(0, namedPlaces)
      .map(({ after }) => `${after} and ${after + 1}`)
      .join(
        ", ",
      )}${found.length > namedPlaces ? ", ..." : ""} of ${nz} along the stack the picture jumps sideways, by ${Math.abs(first.across)} columns and ${Math.abs(first.down)} rows: the patient moved, or slices are stored off the place that the header gives them`,
  );
}

/** True, and told, where the last slice goes on in the first and the old ends meet in the middle. */
function isRolled(
  faces: readonly Float32Array[],
  steps: readonly number[],
  log: ReadLog,
  name: string,
): boolean {
  const [first, last] = [faces[0], faces.at(-1)];
  if (first === undefined || last === undefined || faces.length < fewest) return false;
  const seam = seamOf(steps);
  if (seam === undefined || difference(first, last) > joined.slices * median(steps)) return false;
  if (spread(first) < leastSpread) return false;
  const at = seam + 1;
  log.warn(
    "GRID_ROLLED",
    `the last of the ${name} goes on in the first, and between ${name} ${at} and ${at + 1} of ${faces.length} the picture jumps: the voxels were rolled along the stack, and lie off the place that the header gives them`,
  );
  return true;
}

/** Where faces jump once, by far more than elsewhere: the step's index. What begins and ends along them jumps twice. */
function seamOf(steps: readonly number[]): number | undefined {
  const seam = Math.max(...steps);
  if (seam < Math.max(leastHu, seamFactor * median(steps))) return undefined;
  return steps.filter((step) => step > seam / oneOfTwo).length > 1 ? undefined : steps.indexOf(seam);
}

/**
 * Tells of columns or rows that were rolled: outer faces fit each other as they fit the ones beside them, and inside
 * the old ends meet, at a gap of air or a seam. A body that is cut at both ends, and alike there, has neither.
 */
function noteWrapped(face: (at: number) => Float32Array, size: number, name: string, log: ReadLog): void {
  const [first, second, beforeLast, last] = [face(0), face(1), face(size - 2), face(size - 1)];
  // Round fields of view leave equal padding at every side: only what was measured is compared.
  const [ends, ...beside] = [
    [last, first] as const,
    [first, second] as const,
    [beforeLast, last] as const,
  ].map(([a, b]) => {
    const [one, other] = tissueOf(a, b);
    return {
      share: one.length / a.length,
      difference: difference(one, other),
      likeness: correlation(one, other),
    };
  });
  if (ends === undefined || ends.share < leastTissue) return;
  const [usual, likeness] = [
    Math.max(...beside.map((pair) => pair.difference)),
    Math.min(...beside.map((pair) => pair.likeness)),
  ];
  // Faces without a voxel of tissue have no likeness at all.
  if (!(ends.difference <= joined.sides * usual)) return;
  if (!(ends.likeness >= Math.max(leastAlike, likeness - lessAlike))) return;
  const all = Array.from({ length: size }, (_, at) => face(at));
  const hasGap = all.some((one) => tissueOf(one, one)[0].length < leastTissue * ends.share * one.length);
  if (!hasGap && seamOf(differences(all)) === undefined) return;
  log.warn(
    "GRID_ROLLED",
    `the last of the ${name} goes on in the first: the voxels were rolled across the picture, and lie off the place that the header gives them`,
  );
}

/** Mean HU of each column, or of each row, of a slice. */
function profile(slice: Voxels, nx: number, ny: number, of: "columns" | "rows"): Float64Array {
  const [size, others] = of === "columns" ? [nx, ny] : [ny, nx];
  const [stride, otherStride] = of === "columns" ? [1, nx] : [nx, 1];
  const step = stepOf(others);
  const means = new Float64Array(size);
  for (let at = 0; at < size; at++) {
    let sum = 0;
    for (let other = 0; other < others; other += step)
      sum += cut(slice[at * stride + other * otherStride] ?? 0);
    means[at] = sum / Math.ceil(others / step);
  }
  return means;
}

/** By how many places the second profile lies behind the first; 0 where no other place fits better. */
function offsetOf(before: Float64Array, after: Float64Array): number {
  const most = Math.floor(before.length * mostShare);
  const misfit = (offset: number): number => {
    let sum = 0;
    const from = Math.max(0, -offset);
    const to = Math.min(before.length, before.length - offset);
    for (let at = from; at < to; at++) sum += Math.abs((before[at] ?? 0) - (after[at + offset] ?? 0));
    return sum / (to - from);
  };
  let best = { offset: 0, misfit: misfit(0) };
  for (let size = 1; size <= most; size++)
    for (const offset of [-size, size]) {
      const here = misfit(offset);
      if (here < best.misfit) best = { offset, misfit: here };
    }
  return best.offset;
}

/** Mean difference of two slices, the second moved back by some columns and rows, where both have voxels. */
function alignedDifference(
  before: Voxels,
  after: Voxels,
  [nx, ny]: readonly [number, number],
  [across, down]: readonly [number, number],
): number {
  let [sum, count] = [0, 0];
  for (let y = Math.max(0, -down); y < Math.min(ny, ny - down); y += stepOf(ny))
    for (let x = Math.max(0, -across); x < Math.min(nx, nx - across); x += stepOf(nx)) {
      const moved = after[(y + down) * nx + x + across] ?? 0;
      sum += Math.abs(cut(before[y * nx + x] ?? 0) - cut(moved));
      count++;
    }
  return sum / Math.max(1, count);
}
