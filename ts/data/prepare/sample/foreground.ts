import type { TripleDHW } from "../../../schema/volume.ts";
import type { Picture } from "./picture.ts";
import type { StackView } from "./stack-view.ts";

/** A box of a D x H x W array: first index and length on each axis. */
export interface Box {
  readonly start: TripleDHW;
  readonly size: TripleDHW;
}

/**
 * The smallest box that holds every voxel above `darkest` (0 after min-max); the whole array when there is
 * none.
 *
 * Each face moves inwards until it meets such a voxel, so that of a scan with noise little is read.
 */
export function foreground(picture: Picture, { shape, start, steps }: StackView, darkest: number): Box {
  const low = [0, 0, 0];
  const high = shape.map((length) => length - 1);
  const holds = (axis: number, index: number): boolean => {
    const [outer, inner] = [0, 1, 2].filter((other) => other !== axis);
    if (outer === undefined || inner === undefined) return false;
    const first = (at: number): number => (low[at] ?? 0) * (steps[at] ?? 0);
    const width = (high[inner] ?? 0) - (low[inner] ?? 0) + 1;
    const line = new Uint8Array(width);
    let from = start + index * (steps[axis] ?? 0) + first(outer) + first(inner);
    for (let at = low[outer] ?? 0; at <= (high[outer] ?? 0); at++, from += steps[outer] ?? 0) {
      picture.levels(from, steps[inner] ?? 0, line);
      if (line.some((level) => level > darkest)) return true;
    }
    return false;
  };
  for (let axis = 0; axis < 3; axis++) {
    while ((low[axis] ?? 0) <= (high[axis] ?? 0) && !holds(axis, low[axis] ?? 0))
      low[axis] = (low[axis] ?? 0) + 1;
    if ((low[axis] ?? 0) > (high[axis] ?? 0)) return { start: [0, 0, 0], size: shape };
    while (!holds(axis, high[axis] ?? 0)) high[axis] = (high[axis] ?? 0) - 1;
  }
  const [d = 0, h = 0, w = 0] = low;
  const [lastD = 0, lastH = 0, lastW = 0] = high;
  return { start: [d, h, w], size: [lastD - d + 1, lastH - h + 1, lastW - w + 1] };
}
