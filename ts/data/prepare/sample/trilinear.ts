import type { TripleDHW } from "../../../schema/volume.ts";
import type { Box } from "./foreground.ts";
import type { Picture } from "./picture.ts";
import type { StackView } from "./stack-view.ts";

/** Two neighbours of each output position of one axis, and the weight of the second. */
interface Taps {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly part: Float64Array;
}

/** Positions and weights of one axis: half-voxel centres, edges repeat (align_corners=False). */
function taps(from: number, to: number): Taps {
  const low = new Int32Array(to);
  const high = new Int32Array(to);
  const part = new Float64Array(to);
  for (let o = 0; o < to; o++) {
    const centre = Math.max(0, (o + 0.5) * (from / to) - 0.5);
    const floor = Math.min(from - 1, Math.floor(centre));
    low[o] = floor;
    high[o] = Math.min(from - 1, floor + 1);
    part[o] = centre - floor;
  }
  return { low, high, part };
}

/**
 * Resizes the levels of a picture within a box, trilinear without anti-aliasing: of each axis that shrinks only the two
 * neighbours of an output position are read.
 *
 * @returns size D*H*W levels, with fractions.
 */
export function trilinear(picture: Picture, stack: StackView, box: Box, size: TripleDHW): Float32Array {
  const depth = taps(box.size[0], size[0]);
  const slice = sliceMaker(picture, stack, box, size);
  const plane = size[1] * size[2];
  const out = new Float32Array(size[0] * plane);
  for (let d = 0; d < size[0]; d++) {
    const [near, far] = [slice(depth.low[d] ?? 0), slice(depth.high[d] ?? 0)];
    const z = depth.part[d] ?? 0;
    for (let i = 0; i < plane; i++) out[d * plane + i] = (near[i] ?? 0) * (1 - z) + (far[i] ?? 0) * z;
  }
  return out;
}

/** Gives slice `z` of the box at its new size; the last two stay at hand, since neighbours share them. */
function sliceMaker(
  picture: Picture,
  { start, steps }: StackView,
  box: Box,
  size: TripleDHW,
): (z: number) => Float64Array {
  const [rows, columns] = [taps(box.size[1], size[1]), taps(box.size[2], size[2])];
  const lines = [new Uint8Array(box.size[2]), new Uint8Array(box.size[2])] as const;
  const kept = [0, 1].map(() => ({ z: -1, plane: new Float64Array(size[1] * size[2]) }));
  return (z) => {
    const known = kept.find((entry) => entry.z === z);
    if (known !== undefined) return known.plane;
    const entry = kept.shift() ?? { z, plane: new Float64Array(size[1] * size[2]) };
    entry.z = z;
    kept.push(entry);
    const from = start + (box.start[0] + z) * steps[0] + box.start[2] * steps[2];
    for (let h = 0; h < size[1]; h++) {
      picture.levels(from + (box.start[1] + (rows.low[h] ?? 0)) * steps[1], steps[2], lines[0]);
      picture.levels(from + (box.start[1] + (rows.high[h] ?? 0)) * steps[1], steps[2], lines[1]);
      mixLines(lines, columns, rows.part[h] ?? 0, entry.plane.subarray(h * size[2], (h + 1) * size[2]));
    }
    return entry.plane;
  };
}

function mixLines(
  [upper, lower]: readonly [Uint8Array, Uint8Array],
  { low, high, part }: Taps,
  y: number,
  out: Float64Array,
): void {
  for (let w = 0; w < out.length; w++) {
    const [l, r, x] = [low[w] ?? 0, high[w] ?? 0, part[w] ?? 0];
    const above = (upper[l] ?? 0) * (1 - x) + (upper[r] ?? 0) * x;
    const below = (lower[l] ?? 0) * (1 - x) + (lower[r] ?? 0) * x;
    out[w] = above * (1 - y) + below * y;
  }
}
