import { type JsonValue, TomoeError } from "../../../errors.ts";
import { dot, norm, scale, short, subtract, type Vector3 } from "../geometry.ts";
import type { ReadLog } from "../log.ts";
import { type MissingSlices, missingSlices, stepsOf } from "../resample/steps.ts";
import type { ResamplePolicy } from "../source.ts";
import { mm } from "./alike.ts";
import { medianStep } from "./compare/parts.ts";
import type { SliceHeader } from "./slice.ts";

/**
 * Steps may differ by this share of their median without a word: the affine takes their mean, so no distance is
 * off by more.
 */
const quietStep = 0.01;
/**
 * Positions may lie this far off a regular grid, with a warning: written with one decimal they are up to 0.05 mm
 * off, and a tenth more is room for how the grid is fitted. In share of the step it is the same at 1.25 mm, the
 * thinnest slices that are written so; thinner ones a tenth of a millimetre would really misplace.
 */
const roundedMm = 0.055;
const roundedShare = 0.044;
/** A shear of 0.1 degrees moves 300 mm of slices by half a millimetre, less than a pixel; 1 degree by five. */
const tiltWarnDegrees = 0.1;
const tiltRefuseDegrees = 1;
/** A slice this far beside the line through the others has moved by more than a pixel. */
const besideMm = 1;
/** No gantry leans so far: positions that do are wrong. */
const mostTiltDegrees = 45;

/**
 * Refuses a stack whose slices shift sideways from one to the next (gantry tilt), unless the policy resamples it.
 *
 * @param along - mm along the normal, ascending, one a slice.
 * @returns whether it has to be resampled.
 * @throws TomoeError `DATA_SERIES_TILT` with degrees and millimetres.
 */
export function requireUpright(
  sorted: readonly SliceHeader[],
  along: readonly number[],
  normal: Vector3,
  log: ReadLog,
  policy: ResamplePolicy = {},
): boolean {
  const first = sorted[0];
  const last = sorted.at(-1);
  if (first === undefined || last === undefined) return false;
  const length = (along.at(-1) ?? 0) - (along[0] ?? 0);
  const sideways = (slice: SliceHeader): Vector3 => {
    const offset = subtract(slice.positionLps, first.positionLps);
    return subtract(offset, scale(normal, dot(offset, normal)));
  };
  const drift = sideways(last);
  const degrees = (Math.atan2(norm(drift), length) * 180) / Math.PI;
  const hint = (): string => wayOut(sorted, along, true);
  if (degrees > mostTiltDegrees || (degrees > tiltRefuseDegrees && policy.tilt === undefined))
    throw tilted(sorted, along, { degrees, shiftMm: norm(drift), length }, hint());
  let isBeside = false;
  for (const [index, slice] of sorted.entries()) {
    const part = length === 0 ? 0 : ((along[index] ?? 0) - (along[0] ?? 0)) / length;
    const off = norm(subtract(sideways(slice), scale(drift, part)));
    if (off <= besideMm) continue;
    isBeside = true;
    if (policy.tilt === undefined)
      throw new TomoeError(
        "DATA_SERIES_TILT",
        `slice ${index + 1} of ${sorted.length} at ${mm(along[index])} along the normal lies ${short(off)} mm beside the line through the others`,
        {
          hint: hint(),
          details: { slice: index + 1, sidewaysMm: off, policy: "tilt" },
        },
      );
  }
  if (degrees > tiltRefuseDegrees || isBeside) return true;
  if (degrees > tiltWarnDegrees)
    log.warn(
      "SERIES_SLIGHT_TILT",
      `the slices step ${short(degrees)} degrees off their normal; the affine keeps that shear`,
    );
  return false;
}

function tilted(
  sorted: readonly SliceHeader[],
  along: readonly number[],
  {
    degrees,
    shiftMm,
    length,
  }: {
    readonly degrees: number;
    readonly shiftMm: number;
    readonly length: number;
  },
  hint: string,
): TomoeError {
  const steps = stepsOf(along);
  const [stepMinMm, stepMaxMm] = [Math.min(...steps), Math.max(...steps)];
  const gantry = sorted[0]?.gantryTiltDegrees;
  const tooFar = degrees > mostTiltDegrees;
  return new TomoeError(
    "DATA_SERIES_TILT",
    `the ${sorted.length} slices step ${short(degrees)} degrees off their normal: from slice 1 to slice ${sorted.length} they shift ${short(shiftMm)} mm sideways over ${short(length)} mm` +
      `${gantry === undefined || gantry === 0 ? "" : ` (the header states a gantry tilt of ${short(gantry)} degrees)`}; steps along the normal run from ${short(stepMinMm)} to ${short(stepMaxMm)} mm` +
      `${tooFar ? "; no gantry leans so far, so the positions or the orientation are wrong" : ""}`,
    {
      hint: tooFar ? "Export the series again with the positions and the orientation of the scanner." : hint,
      details: {
        tiltDegrees: degrees,
        shiftMm,
        slices: sorted.length,
        stepMinMm,
        stepMaxMm,
        policy: "tilt",
      },
    },
  );
}

/**
 * Refuses missing slices, and irregular steps unless the policy resamples them.
 *
 * @param along - mm along the normal, ascending, one a slice.
 * @param isTilted - whether a tilt is resampled too, for the way out.
 * @returns whether it has to be resampled.
 * @throws TomoeError `DATA_SERIES_GAP`, `DATA_SERIES_SPACING`, naming slices and millimetres.
 */
export function requireRegular(
  sorted: readonly SliceHeader[],
  along: readonly number[],
  log: ReadLog,
  policy: ResamplePolicy = {},
  isTilted = false,
): boolean {
  const steps = stepsOf(along);
  const median = medianStep(along);
  const odd = oddSteps(along);
  if (odd.length === 0) return false;
  if (!isIrregular(along)) {
    log.warn(
      "SLICE_POSITIONS_ROUNDED",
      `slice positions lie up to ${short(farthestFromGrid(along))} mm off a regular grid, as if they were rounded; the grid is used`,
    );
    return false;
  }
  if (policy.spacing !== undefined) {
    refuseGap(sorted, along, isTilted);
    return true;
  }
  const facts: { readonly [key: string]: JsonValue } = {
    medianStepMm: median,
    oddSteps: odd.slice(0, 10).map(({ step, index }) => ({ slices: [index + 1, index + 2], stepMm: step })),
    policy: "spacing",
  };
  const [worst] = odd.toSorted((a, b) => Math.abs(b.step - median) - Math.abs(a.step - median));
  const place = worst === undefined ? "" : placeOf(along, worst.index, median);
  const missing = odd
    .map(({ step }) => step / median)
    .filter((ratio) => ratio >= 1.5 && Math.abs(ratio - Math.round(ratio)) <= 0.05);
  const hint = wayOut(sorted, along, isTilted);
  if (missing.length === odd.length) {
    const count = missing.reduce((sum, ratio) => sum + Math.round(ratio) - 1, 0);
    throw new TomoeError(
      "DATA_SERIES_GAP",
      `${place}: ${count} slice${count === 1 ? " is" : "s are"} missing`,
      { hint, details: { ...facts, missingSlices: count } },
    );
  }
  throw new TomoeError(
    "DATA_SERIES_SPACING",
    `${place}; steps run from ${short(Math.min(...steps))} to ${short(Math.max(...steps))} mm`,
    { hint, details: facts },
  );
}

/** A policy interpolates between slices that are there, and never fills what is not. */
function refuseGap(sorted: readonly SliceHeader[], along: readonly number[], isTilted: boolean): void {
  const gap = gapOf(sorted, along);
  if (gap === undefined) return;
  const { index, stepMm, usualMm } = gap;
  const count = Math.max(1, Math.round(stepMm / usualMm) - 1);
  throw new TomoeError(
    "DATA_SERIES_GAP",
    `${placeOf(along, index, usualMm)}: about ${count} slice${count === 1 ? " is" : "s are"} missing there, which spacing=resample does not fill`,
    {
      hint: wayOut(sorted, along, isTilted),
      details: {
        slices: [index + 1, index + 2],
        stepMm,
        usualStepMm: usualMm,
        missingSlices: count,
      },
    },
  );
}

const gapOf = (sorted: readonly SliceHeader[], along: readonly number[]): MissingSlices | undefined =>
  isIrregular(along)
    ? missingSlices(
        along,
        sorted.map((slice) => slice.thicknessMm),
      )
    : undefined;

/** What to do about a series that is tilted, irregular, or both. */
function wayOut(sorted: readonly SliceHeader[], along: readonly number[], isTilted: boolean): string {
  const gap = gapOf(sorted, along);
  const needs = [
    ...(isTilted ? ["tilt=resample"] : []),
    ...(isIrregular(along) && gap === undefined ? ["spacing=resample"] : []),
  ];
  const does = [
    ...(isTilted ? ["moves each slice in its plane to where its position says"] : []),
    ...(needs.includes("spacing=resample") ? ["interpolates onto the commonest step"] : []),
  ];
  const read = `ead it with --policy ${needs.join(",")}, which ${does.join(" and ")}, and says so in the receipt.`;
  if (gap === undefined) return `R${read}`;
  const fetch = `Fetch the missing slices (the first between slices ${gap.index + 1} and ${gap.index + 2}): no policy fills a gap.`;
  return isTilted ? `${fetch} Then r${read}` : fetch;
}

function placeOf(along: readonly number[], index: number, usualMm: number): string {
  const [lower, upper] = [along[index] ?? 0, along[index + 1] ?? 0];
  return `slices ${index + 1} and ${index + 2} of ${along.length} (at ${mm(lower)} and ${mm(upper)} along the normal) are ${short(upper - lower)} mm apart where the series steps ${short(usualMm)} mm`;
}

function oddSteps(along: readonly number[]): readonly { readonly step: number; readonly index: number }[] {
  const median = medianStep(along);
  return stepsOf(along).flatMap((step, index) =>
    Math.abs(step - median) > quietStep * median ? [{ step, index }] : [],
  );
}

/** Off a regular grid by more than the rounding of positions. */
function isIrregular(along: readonly number[]): boolean {
  if (oddSteps(along).length === 0) return false;
  const off = farthestFromGrid(along);
  return !(off <= roundedMm && off <= roundedShare * medianStep(along));
}

/** Largest distance of a position from the best regular grid (least squares), in mm. */
function farthestFromGrid(along: readonly number[]): number {
  const n = along.length;
  const meanIndex = (n - 1) / 2;
  const mean = along.reduce((sum, position) => sum + position, 0) / n;
  let covariance = 0;
  let variance = 0;
  along.forEach((position, index) => {
    covariance += (index - meanIndex) * (position - mean);
    variance += (index - meanIndex) ** 2;
  });
  const step = covariance / variance;
  return Math.max(...along.map((position, index) => Math.abs(position - mean - step * (index - meanIndex))));
}
