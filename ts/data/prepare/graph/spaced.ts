import type { TripleDHW, WindowHu } from "../../../schema/volume.ts";
import { type LaidVolume, rasLayout } from "../../volume/orient.ts";
import type { Lines } from "../sample/lines.ts";
import { type Taps, tapsAt } from "../sample/taps.ts";
import { mixerOf } from "./mixer.ts";
import { spacedAxes } from "./spaced-axes.ts";

/**
 * A volume's HU at another spacing, linear between voxel centres, edges repeated, in float32, then clamped to a window;
 * made a line at a time.
 *
 * Points are sampled, nothing is averaged: an axis that gets fewer voxels keeps its noise.
 * @see https://docs.monai.io/en/stable/transforms.html#spacing
 */
export function spacedLines(
  volume: Pick<LaidVolume, "voxels" | "shapeDHW" | "spacingMmDHW" | "affineRas" | "layout">,
  wantedMmDHW: TripleDHW,
  windowHu: WindowHu,
): Lines {
  const { voxels, shapeDHW } = volume;
  const axes = spacedAxes(volume, wantedMmDHW);
  const taps = (at: 0 | 1 | 2): Taps => {
    const { length, ratio, first } = axes[at];
    return tapsAt(shapeDHW[at], length, (out) => first + out * ratio);
  };
  const [depth, rows] = [taps(0), taps(1)];
  const { start, steps } = volume.layout ?? rasLayout(shapeDHW);
  // Columns are mixed in the order in which they are stored: backwards, memory gives them at half the speed.
  const isBackward = steps[2] < 0;
  const last = shapeDHW[2] - 1;
  const origin = isBackward ? start + last * steps[2] : start;
  const columns = isBackward ? backward(taps(2), last) : taps(2);
  const mixed = new Float64Array(shapeDHW[2]);
  const mix = mixerOf(voxels, Math.abs(steps[2]), mixed);
  const mixLine = (d: number, h: number, [first, end]: Places): void => {
    const from = (z: number, y: number): number => origin + z * steps[0] + y * steps[1];
    const [near, far] = [depth.low[d] ?? 0, depth.high[d] ?? 0];
    const [above, below] = [rows.low[h] ?? 0, rows.high[h] ?? 0];
    const corners = [from(near, above), from(near, below), from(far, above), from(far, below)] as const;
    mix(corners, { z: depth.part[d] ?? 0, y: rows.part[h] ?? 0 }, first, end);
  };
  return {
    shape: [axes[0].length, axes[1].length, axes[2].length],
    line: (d, h, w, out) => {
      if (out.length === 0) return;
      const part = cut(columns, w, w + out.length);
      mixLine(d, h, placesOf(part));
      sample(mixed, part, windowHu, out);
    },
    columns: (at) => {
      const picked = pick(columns, at);
      const places = placesOf(picked);
      return (d, h, out) => {
        mixLine(d, h, places);
        sample(mixed, picked, windowHu, out);
      };
    },
  };
}

/** First and last place of a line that are read. */
type Places = readonly [first: number, last: number];

/** The same neighbours, where what is read lies in the opposite order. */
function backward({ low, high, part }: Taps, last: number): Taps {
  return { low: low.map((at) => last - at), high: high.map((at) => last - at), part };
}

function cut({ low, high, part }: Taps, from: number, to: number): Taps {
  return { low: low.subarray(from, to), high: high.subarray(from, to), part: part.subarray(from, to) };
}

function pick({ low, high, part }: Taps, at: Int32Array): Taps {
  return {
    low: at.map((column) => low[column] ?? 0),
    high: at.map((column) => high[column] ?? 0),
    part: Float64Array.from(at, (column) => part[column] ?? 0),
  };
}

/** Positions only grow along an axis, or only shrink: the outermost are at the ends. */
function placesOf({ low, high }: Taps): Places {
  const ends = [low.at(0), high.at(0), low.at(-1), high.at(-1)].map((place) => place ?? 0);
  return [Math.min(...ends), Math.max(...ends)];
}

/** Writes what lies at each position between its two neighbours, rounded to float32 and then clamped. */
function sample(line: Float64Array, { low, high, part }: Taps, windowHu: WindowHu, out: Float32Array): void {
  const least = windowHu.low;
  const most = windowHu.high;
  for (let i = 0; i < out.length; i++) {
    const left = line[low[i] ?? 0] ?? 0;
    const hu = Math.fround(left + (part[i] ?? 0) * ((line[high[i] ?? 0] ?? 0) - left));
    // No comparison: noise about the end of a window would be a coin toss for it.
    out[i] = Math.min(most, Math.max(least, hu));
  }
}
