import type { ReadLog } from "../../log.ts";
import { cut, difference } from "./faces.ts";

/** A slice is compared by a grid of at most this many columns and rows. */
const gridSide = 32;
/** Fewer columns or rows are no picture that could be told from its mirror image. */
const leastSide = 8;
/** A slice this much further from both neighbours than they are from each other does not lie between them: noise gives 1, thick slices of a sound phantom more than 2. */
const farther = 3;
/** A turned slice fits its neighbour at least this much better than the slice as it is. */
const better = 2;
/** Mean differences below this are noise. */
const leastHu = 10;
/** A message lists this many slices at most. */
const namedSlices = 8;

/** Some of the voxels of a slice, row after row. */
type Grid = Float32Array;
/** How a picture may be turned round: its name, and where what stands at a place of the grid came from. */
type Turn = readonly [name: string, from: Int32Array];

/**
 * Warns where voxels contradict the place that headers give their slice: a slice of one value, one that fits its
 * neighbours only when it is mirrored, and one that is unlike both of two neighbours that are alike.
 *
 * @param voxels - slice after slice along the stack, in HU.
 * @param shapeXYZ - columns, rows, slices.
 */
export function noteMisfits(
  voxels: Int16Array | Float32Array,
  [nx, ny, nz]: readonly [number, number, number],
  log: ReadLog,
): void {
  const slices = Array.from({ length: nz }, (_, z) => voxels.subarray(z * nx * ny, (z + 1) * nx * ny));
  const flat = slices.map((slice) => isFlat(slice));
  noteFlat(slices, flat, log);
  if (nx < leastSide || ny < leastSide) return;
  const [columns, rows] = [placesIn(nx), placesIn(ny)];
  const grids = slices.map((slice) => gridOf(slice, nx, columns, rows));
  const turned = noteTurned(grids, turnsOf(columns.length, rows.length), flat, log);
  const odd = grids.flatMap((grid, z) => {
    const [before, after] = [grids[z - 1], grids[z + 1]];
    if (before === undefined || after === undefined || turned.has(z)) return [];
    if (flat[z - 1] === true || flat[z] === true || flat[z + 1] === true) return [];
    const own = Math.min(difference(grid, before), difference(grid, after));
    return own > Math.max(leastHu, farther * difference(before, after)) ? [z + 1] : [];
  });
  if (odd.length > 0)
    log.warn(
      "SLICES_MISFIT",
      `${count(odd, nz)} along the stack ${odd.length === 1 ? "is" : "are"} unlike both neighbours, which are like each other: the voxels do not belong to the place that the header gives them`,
    );
}

/** True for voxels that are all of one value. */
export function isFlat(voxels: Int16Array | Float32Array): boolean {
  for (let at = 1; at < voxels.length; at++) if (voxels[at] !== voxels[0]) return false;
  return true;
}

function noteFlat(
  slices: readonly (Int16Array | Float32Array)[],
  flat: readonly boolean[],
  log: ReadLog,
): void {
  const empty = flat.flatMap((isEmpty, z) => (isEmpty ? [z + 1] : []));
  const [first] = empty;
  if (first === undefined || empty.length === slices.length || (slices[0]?.length ?? 0) < 2) return;
  log.warn(
    "SLICES_EMPTY",
    `${count(empty, slices.length)} along the stack hold${empty.length === 1 ? "s" : ""} one value alone (${slices[first - 1]?.[0] ?? ""} HU), which no scanner measures: padding, or a slice that was lost`,
  );
}

/** Warns where the picture turns round between neighbours; the slices, counted from 0, that lie beside such a place. */
function noteTurned(
  grids: readonly Grid[],
  turns: readonly Turn[],
  flat: readonly boolean[],
  log: ReadLog,
): ReadonlySet<number> {
  const beside = new Set<number>();
  const places: string[] = [];
  let how = "";
  for (const [z, grid] of grids.entries()) {
    const before = grids[z - 1];
    if (before === undefined || flat[z - 1] === true || flat[z] === true) continue;
    const own = difference(before, grid);
    if (own <= leastHu) continue;
    const [name = "", least = own] = turns
      .map(([turn, from]) => [turn, turnedDifference(before, grid, from)] as const)
      .reduce((a, b) => (b[1] < a[1] ? b : a));
    if (least * better > own) continue;
    how = how === "" ? name : how;
    places.push(`${z} and ${z + 1}`);
    beside.add(z - 1).add(z);
  }
  if (places.length > 0)
    log.warn(
      "SLICES_TURNED",
      `between slices ${places.slice(0, namedSlices).join(", ")}${places.length > namedSlices ? ", ..." : ""} of ${grids.length} along the stack the picture is ${how}: some slices are stored the other way round, and the header does not say which`,
    );
  return beside;
}

function count(numbers: readonly number[], of: number): string {
  const named = `${numbers.slice(0, namedSlices).join(", ")}${numbers.length > namedSlices ? ", ..." : ""}`;
  return `${numbers.length} of ${of} slices (${named})`;
}

function turnsOf(columns: number, rows: number): readonly Turn[] {
  const turn = (isAcross: boolean, isDown: boolean): Int32Array =>
    Int32Array.from({ length: rows * columns }, (_, at) => {
      const [y, x] = [Math.floor(at / columns), at % columns];
      return (isDown ? rows - 1 - y : y) * columns + (isAcross ? columns - 1 - x : x);
    });
  return [
    ["mirrored from side to side", turn(true, false)],
    ["mirrored from top to bottom", turn(false, true)],
    ["turned by half a circle", turn(true, true)],
  ];
}

/** The middles of equal shares of a side, so that turning the grid turns the picture. */
function placesIn(size: number): readonly number[] {
  const side = Math.min(size, gridSide);
  return Array.from({ length: side }, (_, at) => Math.floor(((at + 0.5) * size) / side));
}

function gridOf(
  slice: Int16Array | Float32Array,
  nx: number,
  columns: readonly number[],
  rows: readonly number[],
): Grid {
  const grid = new Float32Array(columns.length * rows.length);
  let to = 0;
  for (const y of rows) for (const x of columns) grid[to++] = cut(slice[y * nx + x] ?? 0);
  return grid;
}

/** Mean difference of a grid and another one that is turned round, HU. */
function turnedDifference(a: Grid, b: Grid, from: Int32Array): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += Math.abs((a[at] ?? 0) - (b[from[at] ?? 0] ?? 0));
  return sum / a.length;
}
