import { TomoeError } from "../../errors.ts";
import { printable } from "../../files/index.ts";
import type { TripleDHW } from "../../schema/volume.ts";
import { nearestRas } from "./geometry.ts";
import { ReadLog } from "./log.ts";
import { readNifti } from "./nifti/read.ts";
import { orientVoxels } from "./orient.ts";

/** Class indices on a grid, RAS axes, W fastest. */
export interface LabelGrid {
  readonly labels: Int16Array;
  readonly shapeDHW: TripleDHW;
  /** RAS axis along which the file stacked its slices: 0 = D, 1 = H, 2 = W. */
  readonly stackAxis: 0 | 1 | 2;
  /** SHA-256 of the file, hex. */
  readonly sourceDigest: string;
}

/**
 * Reads a NIfTI of whole numbers, e.g. class labels of patches, in RAS axes; no HU gate.
 *
 * @throws TomoeError `DATA_DTYPE_UNSUPPORTED` when a value is not a whole number of int16; else as
 * `readVolume` for NIfTI.
 */
export async function readLabelGrid(path: string): Promise<LabelGrid> {
  const source = await readNifti(path, {}, new ReadLog());
  if (source.voxels.BYTES_PER_ELEMENT !== 2) {
    throw new TomoeError(
      "DATA_DTYPE_UNSUPPORTED",
      `${printable(path)} holds labels that are not whole numbers in -32768..32767`,
      { hint: "Write labels as int16.", details: { path } },
    );
  }
  const sources = nearestRas(source.affine);
  const shapeDHW = sources.map((axis) => source.shapeXYZ[axis.stored]).reverse();
  const stackAxis = 2 - sources.findIndex((axis) => axis.stored === source.stackAxisXYZ);
  const [d = 1, h = 1, w = 1] = shapeDHW;
  return {
    labels: Int16Array.from(orientVoxels(source.voxels, source.shapeXYZ, sources)),
    shapeDHW: [d, h, w],
    stackAxis: stackAxis === 0 ? 0 : stackAxis === 1 ? 1 : 2,
    sourceDigest: source.sourceDigest,
  };
}
