import {
  type Affine,
  geometryError,
  lpsToRas,
  nearestRas,
  norm,
  orientationCode,
  scale,
  short,
  type Vector3,
} from "../geometry.ts";
import type { ReadLog } from "../log.ts";
import { headerError } from "../raw/header.ts";
import { type MetaImageFields, oneOf } from "./fields.ts";

/** A direction may be this much longer or shorter than 1 by rounding. */
const unitTolerance = 1e-3;
const agreeSpacing = 1e-3;
const mmOf: ReadonlyMap<string, number> = new Map([
  ["mm", 1],
  ["um", 0.001],
  ["cm", 10],
  ["?", 1],
]);

/**
 * The stored-index -> RAS mm affine of a MetaImage header. Its world is LPS; row i of TransformMatrix is the
 * direction of stored axis i; Offset is where the first voxel lies.
 *
 * @param dims - NDims; axes behind the third hold one volume.
 * @throws TomoeError `DATA_GEOMETRY` where directions or spacing are not stated, `DATA_HEADER`.
 */
export function metaImageAffine(fields: MetaImageFields, dims: number, log: ReadLog): Affine {
  const directions = readDirections(fields, dims);
  const spacing = readSpacing(fields, dims, log);
  const offset = oneOf(fields, ["Offset", "Position", "Origin"], dims);
  if (offset === undefined)
    log.warn("ORIGIN_UNSTATED", "the header does not say where the first voxel lies; 0, 0, 0 mm is taken");
  const [x = 0, y = 0, z = 0] = offset ?? [];
  const mm = readUnit(fields, log);
  const [a, b, c] = directions;
  const lps: Affine = {
    columns: [scale(a, spacing[0] * mm), scale(b, spacing[1] * mm), scale(c, spacing[2] * mm)],
    origin: scale([x, y, z], mm),
  };
  const affine = lpsToRas(lps);
  noteOrientation(fields, affine, log);
  log.step("affine", { source: "TransformMatrix", world: "LPS", mmPerUnit: mm });
  return affine;
}

function readDirections(fields: MetaImageFields, dims: number): readonly [Vector3, Vector3, Vector3] {
  const matrix = oneOf(fields, ["TransformMatrix", "Rotation", "Orientation"], dims * dims);
  if (matrix === undefined)
    throw geometryError(
      "the MetaImage header has no TransformMatrix: it does not say which side is left",
      "Convert the scan again from DICOM, or write a TransformMatrix that you know to be right.",
      {},
    );
  const at = (row: number, column: number): number => matrix[row * dims + column] ?? 0;
  for (let row = 0; row < dims; row++)
    for (let column = 0; column < dims; column++)
      if (row !== column && (row > 2 || column > 2) && at(row, column) !== 0)
        throw headerError("TransformMatrix turns an axis of space into one beyond it");
  const direction = (row: number): Vector3 => {
    const found: Vector3 = [at(row, 0), at(row, 1), at(row, 2)];
    if (Math.abs(norm(found) - 1) > unitTolerance)
      throw geometryError(
        `row ${row + 1} of TransformMatrix, the direction of an axis, has length ${short(norm(found))}, not 1`,
        "Write unit directions; the step along an axis belongs into ElementSpacing.",
        { length: norm(found) },
      );
    return found;
  };
  return [direction(0), direction(1), direction(2)];
}

function readSpacing(fields: MetaImageFields, dims: number, log: ReadLog): Vector3 {
  const stated = oneOf(fields, ["ElementSpacing"], dims);
  const size = oneOf(fields, ["ElementSize"], dims);
  const used = stated ?? size;
  if (used === undefined)
    throw geometryError(
      "the MetaImage header has neither ElementSpacing nor ElementSize: the size of a voxel is not known",
      "Convert the scan again from its source.",
      {},
    );
  const [x = 0, y = 0, z = 0] = used;
  if (![x, y, z].every((mm) => mm > 0))
    throw geometryError(
      `${stated === undefined ? "ElementSize" : "ElementSpacing"} is ${[x, y, z].map(short).join(" ")}, not three positive steps`,
      "Write positive steps; a direction belongs into TransformMatrix.",
      { spacing: [x, y, z] },
    );
  if (stated === undefined)
    log.warn(
      "METAIMAGE_SPACING_BY_SIZE",
      "ElementSpacing is absent; the voxels are taken to touch, by ElementSize",
    );
  else if (size?.slice(0, 3).some((mm, at) => Math.abs(mm - (stated[at] ?? 0)) > agreeSpacing * mm) === true)
    log.warn(
      "METAIMAGE_SIZE_DIFFERS",
      `ElementSize ${size.slice(0, 3).map(short).join(" x ")} differs from ElementSpacing; the spacing is used`,
    );
  return [x, y, z];
}

function readUnit(fields: MetaImageFields, log: ReadLog): number {
  const unit = fields.values.get("DistanceUnits") ?? "mm";
  const mm = mmOf.get(unit);
  if (mm === undefined) throw headerError("DistanceUnits names no unit of MetaImage (mm, um, cm)");
  if (mm !== 1) log.warn("METAIMAGE_UNIT_CONVERTED", `the header's unit is ${unit}; converted to mm`);
  return mm;
}

/** AnatomicalOrientation is a comment; letters say where an axis comes from, or by some writers where it goes to. */
function noteOrientation(fields: MetaImageFields, affine: Affine, log: ReadLog): void {
  const told = fields.values.get("AnatomicalOrientation")?.toUpperCase() ?? "";
  if (!/^(?=.*[RL])(?=.*[AP])(?=.*[IS])[RLAPIS]{3}/.test(told)) return;
  if (!affine.columns.every((column) => norm(column) > 0)) return;
  const to = orientationCode(nearestRas(affine));
  const from = [...to].map((letter) => "RLAPIS".charAt("RLAPIS".indexOf(letter) ^ 1)).join("");
  if (![to, from].includes(told.slice(0, 3)))
    log.warn(
      "METAIMAGE_ORIENTATION_DISAGREES",
      `AnatomicalOrientation says ${told.slice(0, 3)}, TransformMatrix ${from} (from) or ${to} (to); the matrix is used`,
    );
}
