import { TomoeError } from "../../../errors.ts";
import {
  type Affine,
  dot,
  lpsToRas,
  nearestRas,
  norm,
  orientationCode,
  scale,
  short,
  subtract,
  type Vector3,
} from "../geometry.ts";
import type { ReadLog } from "../log.ts";
import { planResampling, type ResamplePlan } from "../resample/plan.ts";
import type { ResamplePolicy } from "../source.ts";
import { requireAlike, requireDistinct, samePlaceMm } from "./alike.ts";
import { requireOneStack } from "./compare/alternate.ts";
import { noteContradictions } from "./compare/contradictions.ts";
import { requireRegular, requireUpright } from "./regular.ts";
import type { SliceHeader } from "./slice.ts";

/** Slices in ascending order along their normal, and the grid they make. */
export interface Stack<T extends SliceHeader> {
  readonly slices: readonly T[];
  /** Stored index (column, row, slice) -> RAS+ mm; of a tilted or irregular stack as far as one can tell it. */
  readonly affine: Affine;
  /** How they come onto a regular grid, where the policy has to. */
  readonly resampling: ResamplePlan | undefined;
}

/**
 * Sorts slices by ImagePositionPatient along their common normal and derives the affine; never by file name,
 * number or SliceThickness.
 *
 * One slice alone takes its spacing from SliceThickness (1 mm when absent) with warning
 * `SINGLE_SLICE_SPACING`.
 * @throws TomoeError `DATA_SERIES_MIXED`, `DATA_SERIES_DUPLICATE`, `DATA_GEOMETRY`, `DATA_SERIES_TILT`,
 * `DATA_SERIES_GAP`, `DATA_SERIES_SPACING`, naming slices and millimetres.
 * @see DICOM PS3.3 C.7.6.2.1.1 (Image Plane: position and orientation)
 */
export function stackSlices<T extends SliceHeader>(
  slices: readonly T[],
  log: ReadLog,
  policy: ResamplePolicy = {},
): Stack<T> {
  requireAlike(slices, log);
  const [first] = slices;
  if (first === undefined)
    throw new TomoeError("DATA_EMPTY", "the series holds no slices", {
      hint: "Give a folder with at least one CT slice.",
    });
  const normal = first.normalLps;
  const placed = alongNormal(slices);
  const sorted = placed.map((entry) => entry.slice);
  const along = placed.map((entry) => entry.along);
  const step = stepVector(sorted, along, log);
  const affine = lpsToRas({
    columns: [scale(first.acrossLps, first.columnSpacingMm), scale(first.downLps, first.rowSpacingMm), step],
    origin: sorted[0]?.positionLps ?? first.positionLps,
  });
  log.facts.sourceShapeXYZ = [first.pixels.columns, first.pixels.rows, sorted.length];
  log.facts.sourceOrientation = orientationCode(nearestRas(affine));
  let resampling: ResamplePlan | undefined;
  if (sorted.length > 1) {
    // Duplicates come first: what lies at one place twice says nothing of a tilt.
    requireDistinct(sorted, along, log);
    requireOneStack(sorted, along);
    const tilt = requireUpright(sorted, along, normal, log, policy);
    const spacing = requireRegular(sorted, along, log, policy, tilt);
    if (tilt || spacing) resampling = planResampling(sorted, along, { tilt, spacing });
    const upright = dot(step, normal) / norm(step);
    noteContradictions(sorted, along, (Math.acos(Math.min(1, upright)) * 180) / Math.PI, log);
  }
  log.step("sort", {
    by: "ImagePositionPatient along the slice normal",
    slices: sorted.length,
    spacingMm: norm(step),
  });
  return { slices: sorted, affine, resampling };
}

/** Slices with their place along the normal of the first, in mm, ascending. */
export function alongNormal<T extends SliceHeader>(
  slices: readonly T[],
): readonly { readonly slice: T; readonly along: number }[] {
  const normal = slices[0]?.normalLps ?? [0, 0, 1];
  return slices
    .map((slice) => ({ slice, along: dot(slice.positionLps, normal) }))
    .toSorted((a, b) => a.along - b.along);
}

function stepVector(sorted: readonly SliceHeader[], along: readonly number[], log: ReadLog): Vector3 {
  const first = sorted[0];
  const last = sorted.at(-1);
  if (first === undefined || last === undefined) return [0, 0, 0];
  if (sorted.length > 1) {
    const whole = subtract(last.positionLps, first.positionLps);
    // Slices that all lie in one place are refused right after; the affine only has to stay finite until
    // then.
    return (along.at(-1) ?? 0) - (along[0] ?? 0) < samePlaceMm
      ? first.normalLps
      : scale(whole, 1 / (sorted.length - 1));
  }
  const thickness = first.thicknessMm ?? 1;
  log.warn(
    "SINGLE_SLICE_SPACING",
    `one slice alone has no spacing along its normal; ${first.thicknessMm === undefined ? "1 mm is taken, since SliceThickness is absent" : `its SliceThickness of ${short(thickness)} mm is taken`}`,
  );
  return scale(first.normalLps, thickness);
}
