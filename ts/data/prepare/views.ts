import type { TripleDHW } from "../../schema/volume.ts";
import type { AxisSources } from "../volume/geometry.ts";
import { orientVoxels } from "../volume/orient.ts";

/** How a stack is shown: slices along a RAS axis, each turned the way radiologists see it. */
export interface View {
  readonly name: "axial" | "coronal" | "sagittal";
  readonly slices: string;
  readonly rows: string;
  readonly columns: string;
  /** Where model W, H, D come from among the stored x (Right), y (Anterior), z (Superior). */
  readonly sources: AxisSources;
}

const views: readonly [View, View, View] = [
  {
    name: "axial",
    slices: "inferior to superior",
    rows: "row 0 anterior",
    columns: "column 0 patient right",
    sources: [
      { stored: 0, flipped: true },
      { stored: 1, flipped: true },
      { stored: 2, flipped: false },
    ],
  },
  {
    name: "coronal",
    slices: "posterior to anterior",
    rows: "row 0 superior",
    columns: "column 0 patient right",
    sources: [
      { stored: 0, flipped: true },
      { stored: 2, flipped: true },
      { stored: 1, flipped: false },
    ],
  },
  {
    name: "sagittal",
    slices: "left to right",
    rows: "row 0 superior",
    columns: "column 0 anterior",
    sources: [
      { stored: 1, flipped: true },
      { stored: 2, flipped: true },
      { stored: 0, flipped: false },
    ],
  },
];

/** Sizes, or spacings, in RAS order D, H, W of an array whose model order is `size`. */
export function modelToRas(view: View, size: TripleDHW): TripleDHW {
  const ras: [number, number, number] = [1, 1, 1];
  // Sources list model W, H, D by stored x, y, z, which are RAS W, H, D.
  view.sources.forEach((source, model) => {
    ras[2 - source.stored] = size[2 - model] ?? 1;
  });
  return ras;
}

/**
 * Turns a RAS array (D Superior, H Anterior, W Right) into a stack of slices along `stackAxis`, each the
 * radiological way.
 *
 * @returns the turned array; its shape is [slices, rows, columns].
 */
export function turnToModel(voxels: Int16Array, shapeDHW: TripleDHW, stackAxis: 0 | 1 | 2): Int16Array {
  return orientVoxels(voxels, [shapeDHW[2], shapeDHW[1], shapeDHW[0]], views[stackAxis].sources);
}

/** How slices along a RAS axis are shown. */
export function viewOf(stackAxis: 0 | 1 | 2): View {
  return views[stackAxis];
}

/** Shape [slices, rows, columns] of a RAS array once it is turned for `stackAxis`. */
export function turnedShape(shapeDHW: TripleDHW, stackAxis: 0 | 1 | 2): TripleDHW {
  const [w, h, d] = views[stackAxis].sources;
  return [shapeDHW[2 - d.stored] ?? 1, shapeDHW[2 - h.stored] ?? 1, shapeDHW[2 - w.stored] ?? 1];
}
