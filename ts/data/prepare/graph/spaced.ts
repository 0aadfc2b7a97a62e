import type { TripleDHW, Volume } from "../../../schema/volume.ts";
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
  volume: Pick<Volume, "voxels" | "shapeDHW" | "spacingMmDHW" | "affineRas">,
  wantedMmDHW: TripleDHW,
): Lines {
  const { voxels, shapeDHW } = volume;
  const axes = spacedAxes(volume, wantedMmDHW);
  const taps = (at: 0 | 1 | 2): Taps => {
    const { length, ratio, first } = axes[at];
    return tapsAt(shapeDHW[at], length, (out) => first + out * ratio);
  };
  const [depth, rows, columns] = [taps(0), taps(1), taps(2)];
  const [, height, width] = shapeDHW;
  const mixed = new Float64Array(width);
  return {
    shape: [axes[0].length, axes[1].length, axes[2].length],
    line: (d, h, w, out) => {
      if (out.length === 0) return;
      const first = columns.low[w] ?? 0;
      const last = columns.high[w + out.length - 1] ?? 0;
      const from = (z: number, y: number): number => (z * height + y) * width;
      const [near, far] = [depth.low[d] ?? 0, depth.high[d] ?? 0];
      const [above, below] = [rows.low[h] ?? 0, rows.high[h] ?? 0];
      const corners = [from(near, above), from(near, below), from(far, above), from(far, below)] as const;
      mixRows(voxels, corners, { z: depth.part[d] ?? 0, y: rows.part[h] ?? 0 }, { first, last, mixed });
      for (let i = 0; i < out.length; i++) {
        const x = columns.part[w + i] ?? 0;
        const left = mixed[columns.low[w + i] ?? 0] ?? 0;
        out[i] = left + x * ((mixed[columns.high[w + i] ?? 0] ?? 0) - left);
      }
    },
  };
}

/** Mixes four lines of voxels into one, between the columns `first` and `last`. */
function mixRows(
  voxels: Int16Array | Float32Array,
  [nearAbove, nearBelow, farAbove, farBelow]: readonly [number, number, number, number],
  { z, y }: { readonly z: number; readonly y: number },
  { first, last, mixed }: { readonly first: number; readonly last: number; readonly mixed: Float64Array },
): void {
  if (z === 0 && y === 0) {
    for (let x = first; x <= last; x++) mixed[x] = voxels[nearAbove + x] ?? 0;
    return;
  }
  for (let x = first; x <= last; x++) {
    const near = voxels[nearAbove + x] ?? 0;
    const far = voxels[farAbove + x] ?? 0;
    const nearMixed = near + y * ((voxels[nearBelow + x] ?? 0) - near);
    mixed[x] = nearMixed + z * (far + y * ((voxels[farBelow + x] ?? 0) - far) - nearMixed);
  }
}
