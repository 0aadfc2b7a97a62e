import { cross, dot, norm, scale, type Vector3 } from "../../geometry.ts";
import type { DicomElements, Keyword } from "../elements.ts";

/** Where a slice lies. */
export interface Placement {
  /** LPS mm of the centre of the first pixel. */
  readonly positionLps: Vector3;
  /** LPS direction in which the column index grows, unit length. */
  readonly acrossLps: Vector3;
  /** LPS direction in which the row index grows, unit length. */
  readonly downLps: Vector3;
  /** Unit normal of the slice: across x down. */
  readonly normalLps: Vector3;
  readonly rowSpacingMm: number;
  readonly columnSpacingMm: number;
}

/**
 * Reads where a slice lies: its position, its two directions and the size of its pixels.
 *
 * @throws TomoeError `DATA_GEOMETRY` where one of them is missing or cannot be.
 */
export function placement(elements: DicomElements): Placement {
  const position = exactly(elements, "ImagePositionPatient", 3);
  const [ax = 0, ay = 0, az = 0, dx = 0, dy = 0, dz = 0] = exactly(elements, "ImageOrientationPatient", 6);
  const spacing = exactly(elements, "PixelSpacing", 2);
  const [rowSpacingMm = 0, columnSpacingMm = 0] = spacing;
  if (!(rowSpacingMm > 0 && columnSpacingMm > 0))
    throw elements.problem(`PixelSpacing is ${spacing.join(" x ")} mm`, "PixelSpacing", "DATA_GEOMETRY");
  const across: Vector3 = [ax, ay, az];
  const down: Vector3 = [dx, dy, dz];
  if (
    Math.abs(norm(across) - 1) > 1e-3 ||
    Math.abs(norm(down) - 1) > 1e-3 ||
    Math.abs(dot(across, down)) > 1e-3
  ) {
    throw elements.problem(
      "the two directions of ImageOrientationPatient are not unit vectors at a right angle",
      "ImageOrientationPatient",
      "DATA_GEOMETRY",
    );
  }
  const acrossLps = scale(across, 1 / norm(across));
  const downLps = scale(down, 1 / norm(down));
  const normal = cross(acrossLps, downLps);
  return {
    positionLps: [position[0] ?? 0, position[1] ?? 0, position[2] ?? 0],
    acrossLps,
    downLps,
    normalLps: scale(normal, 1 / norm(normal)),
    rowSpacingMm,
    columnSpacingMm,
  };
}

function exactly(elements: DicomElements, keyword: Keyword, count: number): readonly number[] {
  const values = elements.numbers(keyword);
  if (values === undefined)
    throw elements.problem(
      `${keyword} is missing, so the slice has no place in the body`,
      keyword,
      "DATA_GEOMETRY",
    );
  if (values.length !== count || !values.every(Number.isFinite))
    throw elements.problem(
      `${keyword} has ${values.length} values, not ${count} finite ones`,
      keyword,
      "DATA_GEOMETRY",
    );
  return values;
}
