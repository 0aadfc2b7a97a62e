import type { JsonValue } from "../../errors.ts";
import type { ReceiptStep, TripleDHW, Volume, WindowHu } from "../../schema/volume.ts";
import { turnedShape, turnToModel } from "./preprocess.ts";

/** An array as M3D's own preparation makes it, and how. */
export interface M3dArray {
  readonly voxels: Float32Array;
  readonly shapeDHW: TripleDHW;
  readonly steps: readonly ReceiptStep[];
  readonly settings: { readonly [key: string]: JsonValue };
}

/** A box of a D x H x W array: first index and length on each axis. */
interface Box {
  readonly start: TripleDHW;
  readonly size: TripleDHW;
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
 * channel axis, which the array does not have.
 * @param sizeDHW - default 32 x 256 x 256, M3D's.
 * @see https://github.com/BAAI-DCAI/M3D
 */
export function m3dCompat(
  volume: Volume,
  sizeDHW: TripleDHW = [32, 256, 256],
  windowHu?: WindowHu,
): M3dArray {
  const { low, high } = windowHu ?? { low: volume.hu.min, high: volume.hu.max };
  const picture = new Int16Array(volume.voxels.length);
  for (let i = 0; i < picture.length; i++) {
    const value = volume.voxels[i] ?? 0;
    picture[i] = Math.round((255 * (Math.min(high, Math.max(low, value)) - low)) / (high - low));
  }
  const stack = turnToModel(picture, volume.shapeDHW, volume.stackAxis);
  const shape = turnedShape(volume.shapeDHW, volume.stackAxis);
  const [darkest, brightest] = range(stack);
  const box = foreground(stack, shape, darkest);
  const voxels = trilinear(stack, shape, box, sizeDHW);
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

function range(values: Int16Array): readonly [number, number] {
  let low = 32767;
  let high = -32768;
  for (let i = 0; i < values.length; i++) {
    const value = values[i] ?? 0;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  return [low, high];
}

/**
 * The smallest box that holds every voxel above `darkest` (0 after min-max); the whole array when there is
 * none.
 */
function foreground(stack: Int16Array, shape: TripleDHW, darkest: number): Box {
  let [d0, h0, w0] = shape;
  let [d1, h1, w1] = [-1, -1, -1];
  let i = 0;
  for (let d = 0; d < shape[0]; d++) {
    for (let h = 0; h < shape[1]; h++) {
      for (let w = 0; w < shape[2]; w++, i++) {
        if ((stack[i] ?? 0) <= darkest) continue;
        if (d < d0) d0 = d;
        d1 = d;
        if (h < h0) h0 = h;
        if (h > h1) h1 = h;
        if (w < w0) w0 = w;
        if (w > w1) w1 = w;
      }
    }
  }
  if (d1 < 0) return { start: [0, 0, 0], size: shape };
  return { start: [d0, h0, w0], size: [d1 - d0 + 1, h1 - h0 + 1, w1 - w0 + 1] };
}

/** Positions and weights of one axis: half-voxel centres, edges repeat (align_corners=False). */
function taps(
  from: number,
  start: number,
  to: number,
): { readonly low: Int32Array; readonly high: Int32Array; readonly part: Float64Array } {
  const low = new Int32Array(to);
  const high = new Int32Array(to);
  const part = new Float64Array(to);
  for (let o = 0; o < to; o++) {
    const centre = Math.max(0, (o + 0.5) * (from / to) - 0.5);
    const floor = Math.min(from - 1, Math.floor(centre));
    low[o] = start + floor;
    high[o] = start + Math.min(from - 1, floor + 1);
    part[o] = centre - floor;
  }
  return { low, high, part };
}

function trilinear(stack: Int16Array, shape: TripleDHW, box: Box, size: TripleDHW): Float32Array {
  const [depth, rows, columns] = [
    taps(box.size[0], box.start[0], size[0]),
    taps(box.size[1], box.start[1], size[1]),
    taps(box.size[2], box.start[2], size[2]),
  ];
  const out = new Float32Array(size[0] * size[1] * size[2]);
  const plane = shape[1] * shape[2];
  let at = 0;
  for (let d = 0; d < size[0]; d++) {
    for (let h = 0; h < size[1]; h++) {
      const corners = [depth.low, depth.high].flatMap((z) =>
        [rows.low, rows.high].map((y) => (z[d] ?? 0) * plane + (y[h] ?? 0) * shape[2]),
      );
      const [a = 0, b = 0, c = 0, e = 0] = corners;
      const z = depth.part[d] ?? 0;
      const y = rows.part[h] ?? 0;
      for (let w = 0; w < size[2]; w++) {
        const [l, r, x] = [columns.low[w] ?? 0, columns.high[w] ?? 0, columns.part[w] ?? 0];
        const line = (row: number): number => (stack[row + l] ?? 0) * (1 - x) + (stack[row + r] ?? 0) * x;
        out[at++] = (line(a) * (1 - y) + line(b) * y) * (1 - z) + (line(c) * (1 - y) + line(e) * y) * z;
      }
    }
  }
  return out;
}
