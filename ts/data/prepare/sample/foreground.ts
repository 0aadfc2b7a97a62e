import type { TripleDHW } from "../../../schema/volume.ts";
import type { Lines } from "./lines.ts";

/** A box of a D x H x W array: first index and length on each axis. */
export interface Box {
  readonly start: TripleDHW;
  readonly size: TripleDHW;
}

/** First and last index of a range. */
type Ends = readonly [number, number];

/**
 * The smallest box that holds every voxel above `darkest`; the whole array when there is none.
 *
 * Each face moves inwards until it meets such a voxel, so that of a scan with noise little is read.
 */
export function foreground(lines: Lines, darkest: number): Box {
  const [depth, rows, columns] = lines.shape;
  const line = new Float32Array(columns);
  const isBright = (d: number, h: number): boolean => {
    lines.line(d, h, 0, line);
    return firstAbove(line, darkest) < columns;
  };
  const deep = endsWhere(depth, (d) => isAny([0, rows - 1], (h) => isBright(d, h)));
  if (deep === undefined) return { start: [0, 0, 0], size: lines.shape };
  const tall = endsWhere(rows, (h) => isAny(deep, (d) => isBright(d, h))) ?? [0, rows - 1];
  const wide = columnEnds(lines, deep, tall, darkest);
  return {
    start: [deep[0], tall[0], wide[0]],
    size: [deep[1] - deep[0] + 1, tall[1] - tall[0] + 1, wide[1] - wide[0] + 1],
  };
}

function firstAbove(line: Float32Array, darkest: number): number {
  let at = 0;
  while (at < line.length && (line[at] ?? 0) <= darkest) at++;
  return at;
}

function endsWhere(length: number, holds: (at: number) => boolean): Ends | undefined {
  let first = 0;
  while (first < length && !holds(first)) first++;
  if (first === length) return undefined;
  let last = length - 1;
  while (!holds(last)) last--;
  return [first, last];
}

function isAny([first, last]: Ends, holds: (at: number) => boolean): boolean {
  for (let at = first; at <= last; at++) if (holds(at)) return true;
  return false;
}

/** Of each line only what lies outside the columns found so far is looked at. */
function columnEnds(lines: Lines, deep: Ends, tall: Ends, darkest: number): Ends {
  const columns = lines.shape[2];
  const buffer = new Float32Array(columns);
  let [first, last] = [columns, -1];
  for (let d = deep[0]; d <= deep[1]; d++)
    for (let h = tall[0]; h <= tall[1]; h++) {
      if (first === 0 && last === columns - 1) return [first, last];
      const before = buffer.subarray(0, first);
      lines.line(d, h, 0, before);
      first = firstAbove(before, darkest);
      const behind = buffer.subarray(0, columns - 1 - last);
      lines.line(d, h, last + 1, behind);
      let at = behind.length - 1;
      while (at >= 0 && (behind[at] ?? 0) <= darkest) at--;
      last += at + 1;
    }
  return [first, last];
}
