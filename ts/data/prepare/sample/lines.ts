import type { TripleDHW, WindowHu } from "../../../schema/volume.ts";
import { type LaidVolume, rasLayout } from "../../volume/orient.ts";
import type { Picture } from "./picture.ts";
import type { StackView } from "./stack-view.ts";

/** A D x H x W array that gives its voxels a line at a time, so that what nobody asks for is never made. */
export interface Lines {
  readonly shape: TripleDHW;
  /** Writes the voxels (d, h, w), (d, h, w + 1) and so on, until `out` is full. */
  line(d: number, h: number, w: number, out: Float32Array): void;
  /**
   * Readies what gives some columns of many lines, in the order of `at`. Absent where a voxel costs no more than a look,
   * so that a whole line is no worse.
   */
  columns?(at: Int32Array): LineColumns;
  /** What the lines are made of, where they are that array clamped to that window and no more. */
  readonly of?: { readonly voxels: Int16Array | Float32Array; readonly windowHu: WindowHu };
}

/** Writes the voxels of the line (d, h) at the columns that were asked for. */
export type LineColumns = (d: number, h: number, out: Float32Array) => void;

/** Lowest int16, which stands at index 0 of a table. */
const lowest = -32768;

/** The levels 0..255 of a picture, turned. */
export function pictureLines(picture: Picture, { shape, start, steps }: StackView): Lines {
  return {
    shape,
    line: (d, h, w, out) => {
      picture.levels(start + d * steps[0] + h * steps[1] + w * steps[2], steps[2], out);
    },
  };
}

/** The HU of an array in D x H x W, clamped to a window. */
export function windowedLines(
  { voxels, shapeDHW, layout }: Pick<LaidVolume, "voxels" | "shapeDHW" | "layout">,
  windowHu: WindowHu,
): Lines {
  const { start, steps } = layout ?? rasLayout(shapeDHW);
  const { low, high } = windowHu;
  const of = layout === undefined ? { of: { voxels, windowHu } } : {};
  const first = (d: number, h: number, w: number): number =>
    start + d * steps[0] + h * steps[1] + w * steps[2];
  const clamped = (hu: number): number => (hu < low ? low : hu > high ? high : hu);
  if (voxels.BYTES_PER_ELEMENT === 4)
    return {
      ...of,
      shape: shapeDHW,
      line: (d, h, w, out) => {
        let from = first(d, h, w);
        for (let i = 0; i < out.length; i++, from += steps[2]) out[i] = clamped(voxels[from] ?? 0);
      },
    };
  // Noise about the end of a window is a coin toss for a comparison, and one look for a table.
  const table = Float32Array.from({ length: 65536 }, (_, at) => clamped(at + lowest));
  return {
    ...of,
    shape: shapeDHW,
    line: (d, h, w, out) => {
      let from = first(d, h, w);
      for (let i = 0; i < out.length; i++, from += steps[2])
        out[i] = table[(voxels[from] ?? 0) - lowest] ?? 0;
    },
  };
}
