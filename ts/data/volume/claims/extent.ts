import { type Affine, norm, short } from "../geometry.ts";
import type { ReadLog } from "../log.ts";

/** The opening of a scanner is smaller than this, and a table moves no further. */
const [widestMm, longestMm] = [1000, 2500];
/** No reconstruction of a body part is smaller; of fewer columns and rows it may be a crop. */
const [narrowestMm, leastSide] = [60, 64];

/**
 * Warns where the voxels span more than a scanner holds, or less than any part of a body that is scanned: the header
 * says mm, and they are of another unit.
 *
 * @param affine - stored index -> RAS mm.
 * @param stackAxis - stored axis along which slices are stacked.
 */
export function noteExtent(
  affine: Affine,
  shapeXYZ: readonly [number, number, number],
  stackAxis: 0 | 1 | 2,
  log: ReadLog,
): void {
  const spans = affine.columns.map((column, axis) => norm(column) * (shapeXYZ[axis] ?? 0));
  const said = spans.map(short).join(" x ");
  const inPlane = spans.filter((_, axis) => axis !== stackAxis);
  if (Math.max(...inPlane) > widestMm || (spans[stackAxis] ?? 0) > longestMm)
    log.warn(
      "EXTENT_TOO_LARGE",
      `the voxels span ${said} mm (x, y, z), which no scanner holds: the header's unit or spacing is of something else, ten times too large where millimetres were given as centimetres`,
    );
  const sides = shapeXYZ.filter((_, axis) => axis !== stackAxis);
  if (Math.max(...inPlane) < narrowestMm && Math.min(...sides) >= leastSide)
    log.warn(
      "EXTENT_TOO_SMALL",
      `the voxels span ${said} mm (x, y, z), smaller than any part of a body that is scanned: the header's unit or spacing is of something else, ten times too small where centimetres were given as millimetres`,
    );
}
