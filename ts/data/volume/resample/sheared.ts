import {
  type Affine,
  add,
  angleOff,
  checkAffine,
  cross,
  dot,
  lpsToRas,
  norm,
  scale,
  shearDegrees,
  shearRefuseDegrees,
} from "../geometry.ts";
import type { ReadLog } from "../log.ts";
import { checkSize } from "../raw/length.ts";
import { defaultMaxBytes, type ReadOptions } from "../source.ts";
import { planResampling, type ResamplePlan, type SlicePlane } from "./plan.ts";

/** No gantry leans so far: a shear that does is wrong. */
const mostShearDegrees = 45;

/**
 * Checks the grid of a file of one volume, as `checkAffine` does; one whose slices are rectangles that step sideways, as
 * a converted tilted series is stored, becomes a plan where `policy.tilt` asks.
 *
 * @param affine - stored index -> RAS mm; slices are counted along its third axis.
 * @param maxBytes - of the voxels on the new grid too.
 * @returns undefined where nothing is to be resampled.
 * @throws TomoeError `DATA_GEOMETRY`; `DATA_UNSUPPORTED` where the new grid is larger than is allowed.
 */
export function checkedGrid(
  affine: Affine,
  shapeXYZ: readonly [number, number, number],
  { policy, maxBytes = defaultMaxBytes }: ReadOptions,
  log: ReadLog,
): ResamplePlan | undefined {
  const isTilt = isTilted(affine, shapeXYZ);
  if (policy?.tilt === undefined || !isTilt) {
    checkAffine(affine, log, isTilt);
    return undefined;
  }
  const plan = planSheared(affine, shapeXYZ);
  checkAffine(plan.affine, log);
  checkSize(plan.shapeXYZ, "int16", 2, maxBytes);
  return plan;
}

/** True of rectangular slices at a right distance from each other that step sideways. */
function isTilted({ columns, origin }: Affine, [, , slices]: readonly [number, number, number]): boolean {
  const [x, y, z] = columns;
  if (![...columns.flat(), ...origin].every(Number.isFinite) || columns.some((v) => norm(v) === 0))
    return false;
  if (slices < 2 || angleOff(x, y) > shearRefuseDegrees) return false;
  const shear = shearDegrees({ columns, origin });
  return shear > shearRefuseDegrees && 90 - angleOff(z, cross(x, y)) <= mostShearDegrees;
}

function planSheared(
  affine: Affine,
  [columns, rows, slices]: readonly [number, number, number],
): ResamplePlan {
  // Planned in DICOM's world; the turn is its own inverse.
  const { columns: axes, origin } = lpsToRas(affine);
  const [x, y, z] = axes;
  const across = scale(x, 1 / norm(x));
  const down = scale(y, 1 / norm(y));
  const normal = cross(across, down);
  const upwards = scale(normal, Math.sign(dot(z, normal)) / norm(normal));
  const planes = Array.from(
    { length: slices },
    (_, k): SlicePlane => ({
      pixels: { columns, rows },
      positionLps: add(origin, scale(z, k)),
      acrossLps: across,
      downLps: down,
      normalLps: upwards,
      columnSpacingMm: norm(x),
      rowSpacingMm: norm(y),
      padding: undefined,
      slope: 1,
      intercept: 0,
    }),
  );
  const along = planes.map((_, k) => k * dot(z, upwards));
  return planResampling(planes, along, { tilt: true, spacing: false });
}
