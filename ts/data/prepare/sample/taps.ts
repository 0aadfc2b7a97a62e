/** Two neighbours of each output position of one axis, and the weight of the second. */
export interface Taps {
  readonly low: Int32Array;
  readonly high: Int32Array;
  readonly part: Float64Array;
}

/** @param centreOf - where an output position lies among `from` input positions; beyond the ends the end repeats. */
export function tapsAt(from: number, to: number, centreOf: (out: number) => number): Taps {
  const low = new Int32Array(to);
  const high = new Int32Array(to);
  const part = new Float64Array(to);
  for (let o = 0; o < to; o++) {
    const centre = Math.min(from - 1, Math.max(0, centreOf(o)));
    const floor = Math.floor(centre);
    low[o] = floor;
    high[o] = Math.min(from - 1, floor + 1);
    part[o] = centre - floor;
  }
  return { low, high, part };
}

/** Positions and weights of an axis of another length: half-voxel centres, edges repeat (align_corners=False). */
export function resizeTaps(from: number, to: number): Taps {
  return tapsAt(from, to, (out) => (out + 0.5) * (from / to) - 0.5);
}
