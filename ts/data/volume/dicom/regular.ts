import { type JsonValue, TomoeError } from "../../../errors.ts";
import { dot, norm, scale, short, subtract, type Vector3 } from "../geometry.ts";
import type { ReadLog } from "../log.ts";
import { mm } from "./alike.ts";
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
const notYet =
  "Resampling such a series is not supported yet; resample it with another tool, or reconstruct it on a regular grid.";

/**
 * Refuses a stack whose slices shift sideways from one to the next (gantry tilt).
 *
 * @param along - mm along the normal, ascending, one a slice.
 * @throws TomoeError `DATA_SERIES_TILT` with degrees and millimetres.
 */
export function requireUpright(
  sorted: readonly SliceHeader[],
  along: readonly number[],
  normal: Vector3,
  log: ReadLog,
): void {
  const first = sorted[0];
  const last = sorted.at(-1);
  if (first === undefined || last === undefined) return;
  const length = (along.at(-1) ?? 0) - (along[0] ?? 0);
  const sideways = (slice: SliceHeader): Vector3 => {
    const offset = subtract(slice.positionLps, first.positionLps);
    return subtract(offset, scale(normal, dot(offset, normal)));
  };
  const drift = sideways(last);
  const degrees = (Math.atan2(norm(drift), length) * 180) / Math.PI;
  if (degrees > tiltRefuseDegrees) {
    const steps = stepsOf(along);
    const gantry = first.gantryTiltDegrees;
    throw new TomoeError(
      "DATA_SERIES_TILT",
      `the ${sorted.length} slices step ${short(degrees)} degrees off their normal: from slice 1 to slice ${sorted.length} they shift ${short(norm(drift))} mm sideways over ${short(length)} mm` +
        `${gantry === undefined || gantry === 0 ? "" : ` (the header states a gantry tilt of ${short(gantry)} degrees)`}; steps along the normal run from ${short(Math.min(...steps))} to ${short(Math.max(...steps))} mm`,
      {
        hint: notYet,
        details: {
          tiltDegrees: degrees,
          shiftMm: norm(drift),
          slices: sorted.length,
          stepMinMm: Math.min(...steps),
          stepMaxMm: Math.max(...steps),
          policy: "tilt",
        },
      },
    );
  }
  for (const [index, slice] of sorted.entries()) {
    const part = length === 0 ? 0 : ((along[index] ?? 0) - (along[0] ?? 0)) / length;
    const off = norm(subtract(sideways(slice), scale(drift, part)));
    if (off > besideMm) {
      throw new TomoeError(
        "DATA_SERIES_TILT",
        `slice ${index + 1} of ${sorted.length} at ${mm(along[index])} along the normal lies ${short(off)} mm beside the line through the others`,
        {
          hint: notYet,
          details: { slice: index + 1, sidewaysMm: off, policy: "tilt" },
        },
      );
    }
  }
  if (degrees > tiltWarnDegrees)
    log.warn(
      "SERIES_SLIGHT_TILT",
      `the slices step ${short(degrees)} degrees off their normal; the affine keeps that shear`,
    );
}

/**
 * Refuses missing slices and irregular steps.
 *
 * @param along - mm along the normal, ascending, one a slice.
 * @throws TomoeError `DATA_SERIES_GAP`, `DATA_SERIES_SPACING`, naming slices and millimetres.
 */
export function requireRegular(along: readonly number[], log: ReadLog): void {
  const steps = stepsOf(along);
  const median = steps.toSorted((a, b) => a - b)[Math.floor((steps.length - 1) / 2)] ?? 0;
  const odd = steps.flatMap((step, index) =>
    Math.abs(step - median) > quietStep * median ? [{ step, index }] : [],
  );
  if (odd.length === 0) return;
  const off = farthestFromGrid(along);
  if (off <= roundedMm && off <= roundedShare * median) {
    log.warn(
      "SLICE_POSITIONS_ROUNDED",
      `slice positions lie up to ${short(off)} mm off a regular grid, as if they were rounded; the grid is used`,
    );
    return;
  }
  const facts: { readonly [key: string]: JsonValue } = {
    medianStepMm: median,
    oddSteps: odd.slice(0, 10).map(({ step, index }) => ({ slices: [index + 1, index + 2], stepMm: step })),
    policy: "spacing",
  };
  const [worst] = odd.toSorted((a, b) => Math.abs(b.step - median) - Math.abs(a.step - median));
  const place =
    worst === undefined
      ? ""
      : `slices ${worst.index + 1} and ${worst.index + 2} of ${along.length} (at ${mm(along[worst.index])} and ${mm(along[worst.index + 1])} along the normal) are ${short(worst.step)} mm apart where the series steps ${short(median)} mm`;
  const missing = odd
    .map(({ step }) => step / median)
    .filter((ratio) => ratio >= 1.5 && Math.abs(ratio - Math.round(ratio)) <= 0.05);
  if (missing.length === odd.length) {
    const count = missing.reduce((sum, ratio) => sum + Math.round(ratio) - 1, 0);
    throw new TomoeError(
      "DATA_SERIES_GAP",
      `${place}: ${count} slice${count === 1 ? " is" : "s are"} missing`,
      { hint: `Fetch the missing slices. ${notYet}`, details: { ...facts, missingSlices: count } },
    );
  }
  throw new TomoeError(
    "DATA_SERIES_SPACING",
    `${place}; steps run from ${short(Math.min(...steps))} to ${short(Math.max(...steps))} mm`,
    { hint: notYet, details: facts },
  );
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

function stepsOf(along: readonly number[]): number[] {
  return along.slice(1).map((position, index) => position - (along[index] ?? 0));
}
