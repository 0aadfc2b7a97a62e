import type { TripleDHW } from "../../../schema/volume.ts";
import { turnedShape, viewOf } from "../views.ts";

/** A stack of slices as indices into a RAS array, which stays as it is. */
export interface StackView {
  /** Slices, rows, columns. */
  readonly shape: TripleDHW;
  /** Index of the first voxel of the first slice. */
  readonly start: number;
  /** Steps from slice to slice, row to row, column to column. */
  readonly steps: TripleDHW;
}

/** The view of a RAS array (D Superior, H Anterior, W Right) as slices along `stackAxis`, each the radiological way. */
export function stackView(shapeDHW: TripleDHW, stackAxis: 0 | 1 | 2): StackView {
  const strides = [1, shapeDHW[2], shapeDHW[1] * shapeDHW[2]];
  const [w, h, d] = viewOf(stackAxis).sources;
  let start = 0;
  const along = ({ stored, flipped }: { readonly stored: 0 | 1 | 2; readonly flipped: boolean }): number => {
    const step = strides[stored] ?? 1;
    if (flipped) start += ((shapeDHW[2 - stored] ?? 1) - 1) * step;
    return flipped ? -step : step;
  };
  const steps: TripleDHW = [along(d), along(h), along(w)];
  return { shape: turnedShape(shapeDHW, stackAxis), start, steps };
}
