import type { JsonValue } from "../../errors.ts";
import type { ReceiptStep, TripleDHW, WindowHu } from "../../schema/volume.ts";
import type { LaidVolume } from "../volume/orient.ts";
import { foreground } from "./sample/foreground.ts";
import { pictureLines } from "./sample/lines.ts";
import { Picture } from "./sample/picture.ts";
import { stackView } from "./sample/stack-view.ts";
import { trilinear } from "./sample/trilinear.ts";

/** An array as M3D's own preparation makes it, and how. */
export interface M3dArray {
  readonly voxels: Float32Array;
  readonly shapeDHW: TripleDHW;
  readonly steps: readonly ReceiptStep[];
  readonly settings: { readonly [key: string]: JsonValue };
}

/**
 * Follows M3D's preparation (m3d_cap_data_prepare.py, commit 63e7200): 8-bit slices, whole-volume min-max to
 * 0..1, crop to the foreground (> 0),
 * trilinear resize without anti-aliasing.
 *
 * M3D starts from 8-bit pictures; here the HU are first turned into one: `windowHu`, or the volume's own
 * range, to 0..255 rounded. Slices are stacked
 * along the axis of the source, inferior to superior (posterior to anterior, left to right), each the
 * radiological way. M3D's loader wants a leading
 * channel axis, which the array does not have. Only the voxels that the resize reads are made levels of the picture.
 * @param sizeDHW - default 32 x 256 x 256, M3D's.
 * @see https://github.com/BAAI-DCAI/M3D
 */
export function m3dCompat(
  volume: LaidVolume,
  sizeDHW: TripleDHW = [32, 256, 256],
  windowHu?: WindowHu,
): M3dArray {
  const { low, high } = windowHu ?? { low: volume.hu.min, high: volume.hu.max };
  const picture = new Picture(volume, { low, high });
  // Levels grow with the HU, so the ends of the one are those of the other.
  const [darkest, brightest] = [picture.levelOf(volume.hu.min), picture.levelOf(volume.hu.max)];
  const levels = pictureLines(picture, stackView(volume.shapeDHW, volume.stackAxis, volume.layout));
  const box = foreground(levels, darkest);
  const voxels = new Float32Array(sizeDHW[0] * sizeDHW[1] * sizeDHW[2]);
  trilinear(levels, box, sizeDHW, voxels);
  const span = Math.max(1, brightest - darkest);
  for (let i = 0; i < voxels.length; i++) voxels[i] = ((voxels[i] ?? 0) - darkest) / span;
  return {
    voxels,
    shapeDHW: sizeDHW,
    steps: [
      {
        step: "picture",
        low,
        high,
        levels: 256,
        window: windowHu === undefined ? "the volume's own range" : "given",
      },
      {
        step: "turn",
        stack: "acquired",
        stackAxis: "DHW".charAt(volume.stackAxis),
        view: ["axial", "coronal", "sagittal"][volume.stackAxis] ?? "axial",
      },
      { step: "min-max", from: [darkest, brightest], to: [0, 1] },
      { step: "crop", startDHW: box.start, sizeDHW: box.size, rule: "foreground > 0" },
      { step: "resize", fromDHW: box.size, toDHW: sizeDHW, rule: "trilinear, no anti-aliasing" },
    ],
    settings: { sizeDHW, windowHu: windowHu === undefined ? null : { low, high } },
  };
}
