import type { TripleDHW } from "../../../schema/volume.ts";
import type { Box } from "./foreground.ts";
import type { LineColumns, Lines } from "./lines.ts";
import { resizeTaps, type Taps } from "./taps.ts";

/**
 * Resizes what lies within a box, trilinear without anti-aliasing: of each axis that shrinks only the two
 * neighbours of an output position are read.
 *
 * @param out - receives size D*H*W; int16 gets the nearest whole number, halves upward.
 */
export function trilinear(lines: Lines, box: Box, size: TripleDHW, out: Int16Array | Float32Array): void {
  const depth = resizeTaps(box.size[0], size[0]);
  const slice = sliceMaker(lines, box, size);
  const plane = size[1] * size[2];
  for (let d = 0; d < size[0]; d++) {
    const near = slice(depth.low[d] ?? 0);
    const far = slice(depth.high[d] ?? 0);
    mixSlices(near, far, depth.part[d] ?? 0, out.subarray(d * plane, (d + 1) * plane));
  }
}

function mixSlices(near: Float64Array, far: Float64Array, z: number, out: Int16Array | Float32Array): void {
  const isRounded = out.BYTES_PER_ELEMENT === 2;
  for (let i = 0; i < out.length; i++) {
    const mixed = (near[i] ?? 0) * (1 - z) + (far[i] ?? 0) * z;
    out[i] = isRounded ? Math.floor(mixed + 0.5) : mixed;
  }
}

/** Gives slice `z` of the box at its new size; the last two stay at hand, since neighbours share them. */
function sliceMaker(lines: Lines, box: Box, size: TripleDHW): (z: number) => Float64Array {
  const rows = resizeTaps(box.size[1], size[1]);
  const { columns, read, width } = columnsOf(lines, box, resizeTaps(box.size[2], size[2]));
  const pair = [new Float32Array(width), new Float32Array(width)] as const;
  const kept = [0, 1].map(() => ({ z: -1, plane: new Float64Array(size[1] * size[2]) }));
  return (z) => {
    const known = kept.find((entry) => entry.z === z);
    if (known !== undefined) return known.plane;
    const entry = kept.shift() ?? { z, plane: new Float64Array(size[1] * size[2]) };
    entry.z = z;
    kept.push(entry);
    for (let h = 0; h < size[1]; h++) {
      read(box.start[0] + z, box.start[1] + (rows.low[h] ?? 0), pair[0]);
      read(box.start[0] + z, box.start[1] + (rows.high[h] ?? 0), pair[1]);
      mixLines(pair, columns, rows.part[h] ?? 0, entry.plane.subarray(h * size[2], (h + 1) * size[2]));
    }
    return entry.plane;
  };
}

/** What is read of a line of the box, and where in it the neighbours of each position lie. */
interface ReadColumns {
  readonly columns: Taps;
  readonly width: number;
  readonly read: LineColumns;
}

/** The columns of the neighbours alone, pair after pair, where lines give them; else the line of the box. */
function columnsOf(lines: Lines, { start, size }: Box, { low, high, part }: Taps): ReadColumns {
  const [, , first] = start;
  if (lines.columns === undefined)
    return {
      columns: { low, high, part },
      width: size[2],
      read: (d, h, out) => lines.line(d, h, first, out),
    };
  const places = low.map((_, i) => 2 * i);
  const at = new Int32Array(2 * low.length);
  for (const [i, place] of places.entries()) {
    at[place] = first + (low[i] ?? 0);
    at[place + 1] = first + (high[i] ?? 0);
  }
  return {
    columns: { low: places, high: places.map((place) => place + 1), part },
    width: at.length,
    read: lines.columns(at),
  };
}

/** Nothing is destructured in the loop: V8 runs it several times slower then. */
function mixLines(
  [upper, lower]: readonly [Float32Array, Float32Array],
  { low, high, part }: Taps,
  y: number,
  out: Float64Array,
): void {
  for (let w = 0; w < out.length; w++) {
    const l = low[w] ?? 0;
    const r = high[w] ?? 0;
    const x = part[w] ?? 0;
    const above = (upper[l] ?? 0) * (1 - x) + (upper[r] ?? 0) * x;
    const below = (lower[l] ?? 0) * (1 - x) + (lower[r] ?? 0) * x;
    out[w] = above * (1 - y) + below * y;
  }
}
