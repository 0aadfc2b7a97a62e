import { short } from "../geometry.ts";
import type { ReadLog } from "../log.ts";
import type { ResamplePolicy, SourceVolume } from "../source.ts";
import type { ResampleFacts } from "./plan.ts";
import { borderHu, resampleVoxels } from "./voxels.ts";

/**
 * The volume on its new grid, where a policy asked for one and the series needs it; else the volume itself. What was
 * done stands in the receipt (step "resample") and in a warning, and so does a policy that nothing needed.
 *
 * @returns HU of the same type, int16 rounded to the nearest whole number, `exact` false.
 */
export function resampled(source: SourceVolume, policy: ResamplePolicy, log: ReadLog): SourceVolume {
  const { resampling: plan, shapeXYZ } = source;
  if (plan === undefined) {
    noteUnused(policy, undefined, log);
    return source;
  }
  const { voxels, border } = resampleVoxels(source.voxels, [shapeXYZ[0], shapeXYZ[1]], plan);
  const { tilt, spacing } = plan.facts;
  const share = border / voxels.length;
  const whole = voxels.BYTES_PER_ELEMENT === 2;
  log.step("resample", {
    tilt,
    spacing,
    rule: "linear; the nearest voxel where one is padding or border",
    rounding: whole ? "to the nearest whole HU" : "float32",
    border: { hu: borderHu, voxels: border, share },
    shapeXYZ: plan.shapeXYZ,
  });
  if (tilt !== null)
    log.warn(
      "TILT_RESAMPLED",
      `the ${tilt.slices} slices step ${short(tilt.degrees)} degrees off their normal (${short(tilt.shiftMm)} mm sideways over ${short(tilt.lengthMm)} mm): each was moved in its plane to where its position says; ${(100 * share).toFixed(1)} % of the voxels are border, filled with air (${borderHu} HU)`,
    );
  if (spacing !== null) noteSpacing(spacing, log);
  noteUnused(policy, plan.facts, log);
  return {
    ...source,
    voxels,
    exact: false,
    histogram: undefined,
    statedRange: undefined,
    shapeXYZ: plan.shapeXYZ,
    affine: plan.affine,
  };
}

function noteSpacing(spacing: NonNullable<ResampleFacts["spacing"]>, log: ReadLog): void {
  const { stepMm, stepMinMm, stepMaxMm, slicesBefore, slicesAfter, interpolated, displaced } = spacing;
  log.warn(
    "SPACING_RESAMPLED",
    `${slicesBefore} slices, ${short(stepMinMm)} to ${short(stepMaxMm)} mm apart, became ${slicesAfter} at ${short(stepMm)} mm, the commonest step; ${interpolated} of these are interpolated between two`,
  );
  if (displaced > 0)
    log.warn(
      "SLICES_DISPLACED",
      `${displaced} of ${slicesBefore} slices lie too close for steps of ${short(stepMm)} mm: what they show is lost there, or shows more than half a step off its place (the first is slice ${spacing.firstDisplaced})`,
    );
}

function noteUnused(policy: ResamplePolicy, facts: ResampleFacts | undefined, log: ReadLog): void {
  const unused = (["tilt", "spacing"] as const).filter(
    (name) => policy[name] !== undefined && (facts?.[name] ?? null) === null,
  );
  if (unused.length > 0)
    log.warn(
      "POLICY_UNUSED",
      `${unused.map((name) => `${name}=resample`).join(" and ")} changed nothing: ${unused.includes("tilt") ? "no slices are tilted" : "the slices step regularly"}${unused.length > 1 ? ", and they step regularly" : ""}`,
    );
}
