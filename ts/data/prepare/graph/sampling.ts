import type { TripleDHW, WindowHu } from "../../../schema/volume.ts";
import { inRasOrder, type LaidVolume } from "../../volume/orient.ts";
import { resizeClamped } from "../resize.ts";
import type { Box } from "../sample/foreground.ts";
import { type Lines, windowedLines } from "../sample/lines.ts";
import { trilinear } from "../sample/trilinear.ts";
import { placed } from "./place.ts";
import { spacedLines } from "./spaced.ts";

/** A way to make new voxels of old ones. */
export interface Sampling {
  /** What a receipt says of it. */
  readonly rule: string;
  /** True where HU are clamped before a spacing is changed, since averaging does not commute with it. */
  readonly isWindowedFirst: boolean;
  /** The clamped HU of a volume at another spacing. */
  spaced(volume: LaidVolume, wantedMmDHW: TripleDHW, windowHu: WindowHu): Lines;
  /** Stretches what lies within a box to a size; `out` receives D*H*W. */
  stretch(lines: Lines, box: Box, size: TripleDHW, out: Int16Array | Float32Array): void;
}

/**
 * Every way by its name: "area" averages on axes that shrink and is linear on those that grow, over the same field of
 * view; "linear" samples points, as MONAI's Spacing and its trilinear Resize.
 */
export const samplings = {
  area: {
    rule: "area where shorter, linear where longer",
    isWindowedFirst: true,
    spaced: (volume, wantedMmDHW, windowHu) => {
      const { shapeDHW } = volume;
      const along = (axis: 0 | 1 | 2): number =>
        Math.max(1, Math.round((shapeDHW[axis] * volume.spacingMmDHW[axis]) / wantedMmDHW[axis]));
      const size = [along(0), along(1), along(2)] as const;
      const made = new Float32Array(size[0] * size[1] * size[2]);
      resizeClamped(inRasOrder(volume), shapeDHW, size, windowHu, made);
      return windowedLines({ voxels: made, shapeDHW: size }, windowHu);
    },
    stretch: (lines, box, size, out) => {
      const { of, shape } = lines;
      if (of !== undefined && box.size.every((length, axis) => length === shape[axis])) {
        resizeClamped(of.voxels, shape, size, of.windowHu, out);
        return;
      }
      const inside = new Float32Array(box.size[0] * box.size[1] * box.size[2]);
      placed(lines, { box, before: [0, 0, 0] }, box.size, inside);
      const unbounded = { low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY };
      resizeClamped(inside, box.size, size, unbounded, out);
    },
  },
  linear: {
    rule: "trilinear, no anti-aliasing",
    isWindowedFirst: false,
    spaced: spacedLines,
    stretch: trilinear,
  },
} as const satisfies { readonly [name: string]: Sampling };

/** Name of a way to make new voxels of old ones. */
export type SamplingName = keyof typeof samplings;
