import type { TripleDHW } from "../../../schema/volume.ts";
import { type Layout, rasLayout } from "../../volume/orient.ts";
import { turnedShape, viewOf } from "../views.ts";

/** A stack of slices as indices into an array, which stays as it is: the axes are slices, rows, columns. */
export interface StackView extends Layout {
  readonly shape: TripleDHW;
}

/**
 * The view of a volume (D Superior, H Anterior, W Right) as slices along `stackAxis`, each the radiological way.
 *
 * @param layout - where its voxels lie, where that is not a RAS array.
 */
export function stackView(
  shapeDHW: TripleDHW,
  stackAxis: 0 | 1 | 2,
  layout: Layout = rasLayout(shapeDHW),
): StackView {
  const strides = layout.steps.toReversed();
  const [w, h, d] = viewOf(stackAxis).sources;
  let { start } = layout;
  const along = ({ stored, flipped }: { readonly stored: 0 | 1 | 2; readonly flipped: boolean }): number => {
    const step = strides[stored] ?? 1;
    if (flipped) start += ((shapeDHW[2 - stored] ?? 1) - 1) * step;
    return flipped ? -step : step;
  };
  const steps: TripleDHW = [along(d), along(h), along(w)];
  return { shape: turnedShape(shapeDHW, stackAxis), start, steps };
}
