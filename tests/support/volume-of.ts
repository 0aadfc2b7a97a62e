import type { Volume } from "../../ts/schema/volume.ts";

/** A volume as readers give it, of these voxels; 1 mm on each axis unless said otherwise. */
export function volumeOf(
  voxels: Volume["voxels"],
  shapeDHW: Volume["shapeDHW"],
  more: Partial<Volume> = {},
): Volume {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of voxels) [min, max] = [Math.min(min, value), Math.max(max, value)];
  return {
    voxels,
    shapeDHW,
    stackAxis: 0,
    spacingMmDHW: [1, 1, 1],
    affineRas: [
      [1, 0, 0, 0],
      [0, 1, 0, 0],
      [0, 0, 1, 0],
      [0, 0, 0, 1],
    ],
    warnings: [],
    hu: { verdict: "ok", min, max, reasons: [] },
    receipt: {
      format: "nifti",
      sourceDigest: "",
      sourceOrientation: "RAS",
      sourceShapeXYZ: [1, 1, 1],
      steps: [],
    },
    ...more,
  };
}
