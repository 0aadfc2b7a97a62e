import type { TripleDHW } from "../../../schema/volume.ts";
import { type LaidVolume, rasLayout } from "../../volume/orient.ts";
import type { Lines } from "../sample/lines.ts";
import { type Taps, tapsAt } from "../sample/taps.ts";
import { spacedAxes } from "./spaced-axes.ts";

/**
 * A volume's HU at another spacing, linear between voxel centres, edges repeated; made a line at a time, in float32.
 *
 * Points are sampled, nothing is averaged: an axis that gets fewer voxels keeps its noise.
 * @see https://docs.monai.io/en/stable/transforms.html#spacing
 */
export function spacedLines(
  volume: Pick<LaidVolume, "voxels" | "shapeDHW" | "spacingMmDHW" | "affineRas" | "layout">,
  wantedMmDHW: TripleDHW,
): Lines {
  const { voxels, shapeDHW } = volume;
  const axes = spacedAxes(volume, wantedMmDHW);
  const taps = (at: 0 | 1 | 2): Taps => {
    const { length, ratio, first } = axes[at];
    return tapsAt(shapeDHW[at], length, (out) => first + out * ratio);
  };
  const [depth, rows, columns] = [taps(0), taps(1), taps(2)];
  const { start, steps } = volume.layout ?? rasLayout(shapeDHW);
  const mixed = new Float64Array(shapeDHW[2]);
  return {
    shape: [axes[0].length, axes[1].length, axes[2].length],
    line: (d, h, w, out) => {
      if (out.length === 0) return;
      const first = columns.low[w] ?? 0;
      const last = columns.high[w + out.length - 1] ?? 0;
      const from = (z: number, y: number): number => start + z * steps[0] + y * steps[1];
      const [near, far] = [depth.low[d] ?? 0, depth.high[d] ?? 0];
      const [above, below] = [rows.low[h] ?? 0, rows.high[h] ?? 0];
      const corners = [from(near, above), from(near, below), from(far, above), from(far, below)] as const;
      const parts = { z: depth.part[d] ?? 0, y: rows.part[h] ?? 0 };
      mixRows(voxels, { corners, step: steps[2] }, parts, { first, last, mixed });
      for (let i = 0; i < out.length; i++) {
        const x = columns.part[w + i] ?? 0;
        const left = mixed[columns.low[w + i] ?? 0] ?? 0;
        out[i] = left + x * ((mixed[columns.high[w + i] ?? 0] ?? 0) - left);
      }
    },
  };
}

/** Where four lines of voxels begin, near and far along D, above and below along H, and their step from column to column. */
interface FourLines {
  readonly corners: readonly [nearAbove: number, nearBelow: number, farAbove: number, farBelow: number];
  readonly step: number;
}

/** Mixes four lines of voxels into one, between the columns `first` and `last`. */
function mixRows(
  voxels: Int16Array | Float32Array,
  { corners: [nearAbove, nearBelow, farAbove, farBelow], step }: FourLines,
  { z, y }: { readonly z: number; readonly y: number },
  { first, last, mixed }: { readonly first: number; readonly last: number; readonly mixed: Float64Array },
): void {
  if (z === 0 && y === 0) {
    for (let x = first, at = first * step; x <= last; x++, at += step) mixed[x] = voxels[nearAbove + at] ?? 0;
    return;
  }
  for (let x = first, at = first * step; x <= last; x++, at += step) {
    const near = voxels[nearAbove + at] ?? 0;
    const far = voxels[farAbove + at] ?? 0;
    const nearMixed = near + y * ((voxels[nearBelow + at] ?? 0) - near);
    mixed[x] = nearMixed + z * (far + y * ((voxels[farBelow + at] ?? 0) - far) - nearMixed);
  }
}
