import { TomoeError } from "../../../errors.ts";
import { short } from "../geometry.ts";

/** Differences are taken at about this many places, spread over the volume. */
const places = 4096;
/** Shorter rows are no picture. */
const leastSide = 16;
/** Another length has to make neighbours this many times more alike before the header's is taken to be wrong. */
const moreAlike = 3;
/** Neighbours that differ by less are alike by any length. */
const leastHu = 60;

/** A distance in the stored order of voxels, and how much what lies so far apart differs. */
interface Distance {
  readonly voxels: number;
  readonly hu: number;
}

/**
 * Refuses sizes that the voxels contradict: what lies one row, or one slice, apart by the header is like itself only by
 * rows, or slices, of another length. Exchanged sizes and the wrong order of axes read as noise otherwise.
 *
 * @param voxels - in stored order, x fastest, in HU.
 * @throws TomoeError `DATA_HEADER` with both lengths.
 */
export function requireStrides(
  voxels: Int16Array | Float32Array,
  [nx, ny, nz]: readonly [number, number, number],
): void {
  if (nx < leastSide || ny < leastSide) return;
  const at = placesIn(voxels.length);
  const lengths = [...divisors(nx * ny), ny, nz].filter((length) => length >= leastSide && length !== nx);
  const row = better(voxels, at, nx, lengths) ?? sideBySide(voxels, at, nx);
  if (row !== undefined) throw wrong("rows", nx, row);
  if (nz < leastSide || nz === ny) return;
  const slice = better(voxels, at, nx * ny, [nx * nz]);
  if (slice !== undefined) throw wrong("slices", nx * ny, slice);
}

/** The header's distance and one by which neighbours are far more alike; undefined where the header's is the best. */
function better(
  voxels: Int16Array | Float32Array,
  at: Float64Array,
  stated: number,
  others: readonly number[],
): readonly [stated: Distance, best: Distance] | undefined {
  const found = { voxels: stated, hu: differenceAt(voxels, at, stated) };
  if (found.hu < leastHu) return undefined;
  const [best] = others
    .map((length) => ({ voxels: length, hu: differenceAt(voxels, at, length) }))
    .toSorted((a, b) => a.hu - b.hu);
  return best !== undefined && moreAlike * best.hu < found.hu ? [found, best] : undefined;
}

/**
 * Rows of half the header's length: each then holds two rows side by side, which are like each other at least as much
 * as like what lies below, where the halves of a picture are not.
 */
function sideBySide(
  voxels: Int16Array | Float32Array,
  at: Float64Array,
  stated: number,
): readonly [stated: Distance, best: Distance] | undefined {
  const half = stated / 2;
  if (!Number.isInteger(half) || half < leastSide) return undefined;
  const [below, beside] = [differenceAt(voxels, at, stated), differenceAt(voxels, at, half)];
  const quarter = differenceAt(voxels, at, Math.floor(stated / 4));
  return beside < below && moreAlike * beside < quarter
    ? [
        { voxels: stated, hu: below },
        { voxels: half, hu: beside },
      ]
    : undefined;
}

/** Mean difference of voxels so far apart. */
function differenceAt(voxels: Int16Array | Float32Array, at: Float64Array, distance: number): number {
  let sum = 0;
  let count = 0;
  for (let index = 0; index < at.length; index++) {
    const from = at[index] ?? 0;
    if (from + distance >= voxels.length) continue;
    sum += Math.abs((voxels[from] ?? 0) - (voxels[from + distance] ?? 0));
    count++;
  }
  return count === 0 ? Number.POSITIVE_INFINITY : sum / count;
}

/** Places in golden steps, which beat with no length of a row. */
function placesIn(length: number): Float64Array {
  const golden = (Math.sqrt(5) - 1) / 2;
  return Float64Array.from({ length: Math.min(places, length) }, (_, index) =>
    Math.floor(((index * golden) % 1) * length),
  );
}

function divisors(number: number): readonly number[] {
  const found: number[] = [];
  for (let low = 1; low * low <= number; low++) if (number % low === 0) found.push(low, number / low);
  return [...new Set(found)]
    .filter((one) => one >= leastSide && one <= number / leastSide)
    .sort((a, b) => a - b);
}

function wrong(
  what: "rows" | "slices",
  stated: number,
  [own, best]: readonly [Distance, Distance],
): TomoeError {
  return new TomoeError(
    "DATA_HEADER",
    `the header says ${what} of ${stated} voxels, and the voxels lie in ${what} of ${best.voxels}: neighbours differ by ${short(Math.round(own.hu))} HU on average by the header, by ${short(Math.round(best.hu))} HU so`,
    {
      hint: "Its sizes were exchanged, or the order of its axes was: convert the scan again.",
      details: { statedVoxels: stated, foundVoxels: best.voxels },
    },
  );
}
