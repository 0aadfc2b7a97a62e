import { type JsonValue, TomoeError } from "../../../errors.ts";
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
import type { SliceHeader } from "./slice.ts";

/** Slices in ascending order along their normal, and the grid they make. */
export interface Stack<T extends SliceHeader> {
  readonly slices: readonly T[];
  /** Stored index (column, row, slice) -> RAS+ mm. */
  readonly affine: Affine;
}

/** Slices closer than this are at one place. */
const samePlaceMm = 0.01;
/** Steps may differ by this share of their median without a word. */
const quietStep = 0.01;
/** Positions written with few decimals may lie this far off a regular grid, with a warning. */
const roundedMm = 0.055;
const roundedShare = 0.044;
const tiltWarnDegrees = 0.1;
const tiltRefuseDegrees = 1;
const notYet =
  "Resampling such a series is not supported yet; resample it with another tool, or reconstruct it on a regular grid.";

/**
 * Sorts slices by ImagePositionPatient along their common normal and derives the affine; never by file name,
 * number or SliceThickness.
 *
 * One slice alone takes its spacing from SliceThickness (1 mm when absent) with warning
 * `SINGLE_SLICE_SPACING`.
 * @throws TomoeError `DATA_SERIES_MIXED`, `DATA_SERIES_DUPLICATE`, `DATA_SERIES_TILT`, `DATA_SERIES_GAP`,
 * `DATA_SERIES_SPACING`, naming slices and millimetres.
 * @see DICOM PS3.3 C.7.6.2.1.1 (Image Plane: position and orientation)
 */
export function stackSlices<T extends SliceHeader>(slices: readonly T[], log: ReadLog): Stack<T> {
  requireAlike(slices);
  const [first] = slices;
  if (first === undefined)
    throw new TomoeError("DATA_EMPTY", "the series holds no slices", {
      hint: "Give a folder with at least one CT slice.",
    });
  const normal = first.normalLps;
  const placed = slices
    .map((slice) => ({ slice, along: dot(slice.positionLps, normal) }))
    .toSorted((a, b) => a.along - b.along);
  const sorted = placed.map((entry) => entry.slice);
  const along = placed.map((entry) => entry.along);
  const step = stepVector(sorted, along, log);
  const affine = lpsToRas({
    columns: [scale(first.acrossLps, first.columnSpacingMm), scale(first.downLps, first.rowSpacingMm), step],
    origin: sorted[0]?.positionLps ?? first.positionLps,
  });
  log.facts.sourceShapeXYZ = [first.pixels.columns, first.pixels.rows, sorted.length];
  log.facts.sourceOrientation = orientationCode(nearestRas(affine));
  if (sorted.length > 1) {
    requireDistinct(sorted, along);
    requireUpright(sorted, along, normal, log);
    requireRegular(along, log);
  }
  log.step("sort", {
    by: "ImagePositionPatient along the slice normal",
    slices: sorted.length,
    spacingMm: norm(step),
  });
  return { slices: sorted, affine };
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

/**
 * Refuses slices that do not belong to one grid: other orientation, size, pixel spacing, frame of reference,
 * kernel, modality.
 */
function requireAlike(slices: readonly SliceHeader[]): void {
  const [first] = slices;
  if (first === undefined) return;
  const groups: readonly (readonly [
    string,
    (slice: SliceHeader) => boolean,
    (slice: SliceHeader) => string,
  ])[] = [
    [
      "matrix",
      (slice) => slice.pixels.rows === first.pixels.rows && slice.pixels.columns === first.pixels.columns,
      (slice) => `${slice.pixels.columns} x ${slice.pixels.rows}`,
    ],
    [
      "kind (localizer or not)",
      (slice) => slice.localizer === first.localizer,
      (slice) => (slice.localizer ? "localizer" : "slice"),
    ],
    [
      "orientation",
      (slice) =>
        norm(subtract(slice.acrossLps, first.acrossLps)) < 1e-3 &&
        norm(subtract(slice.downLps, first.downLps)) < 1e-3,
      (slice) => slice.normalLps.map(short).join(" "),
    ],
    [
      "pixel spacing",
      (slice) =>
        near(slice.rowSpacingMm, first.rowSpacingMm) && near(slice.columnSpacingMm, first.columnSpacingMm),
      (slice) => `${short(slice.rowSpacingMm)} x ${short(slice.columnSpacingMm)} mm`,
    ],
    ["frame of reference", (slice) => slice.frameDigest === first.frameDigest, () => "another"],
    ["reconstruction kernel", (slice) => slice.kernelDigest === first.kernelDigest, () => "another"],
    ["modality", (slice) => slice.modality === first.modality, (slice) => slice.modality ?? "none"],
  ];
  for (const [what, same, show] of groups) {
    const others = slices.filter((slice) => !same(slice));
    const [other] = others;
    if (other === undefined) continue;
    throw new TomoeError(
      "DATA_SERIES_MIXED",
      `${others.length} of ${slices.length} slices differ in ${what}: ${show(other)} (${other.where}) against ${show(first)}`,
      {
        hint: "Put each reconstruction into a folder of its own.",
        details: { differsIn: what, slices: others.length, of: slices.length },
      },
    );
  }
}

function near(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-4 * Math.max(a, b);
}

function requireDistinct(sorted: readonly SliceHeader[], along: readonly number[]): void {
  const seen = new Map<string, number>();
  sorted.forEach((slice, index) => {
    const before = slice.instanceDigest === undefined ? undefined : seen.get(slice.instanceDigest);
    if (before !== undefined) throw duplicate(sorted, before, index, along, "are the same object twice");
    if (slice.instanceDigest !== undefined) seen.set(slice.instanceDigest, index);
  });
  for (let index = 1; index < along.length; index++) {
    if ((along[index] ?? 0) - (along[index - 1] ?? 0) >= samePlaceMm) continue;
    const [a, b] = [sorted[index - 1], sorted[index]];
    if (a?.acquisitionDigest !== b?.acquisitionDigest) {
      throw new TomoeError(
        "DATA_SERIES_MIXED",
        `slices ${index} and ${index + 1} of ${sorted.length} lie at one place, ${mm(along[index])} along the normal, and are of two acquisitions: several passes or phases in one series`,
        {
          hint: "Put each pass into a folder of its own.",
          details: { slices: [index, index + 1], positionMm: along[index] ?? null },
        },
      );
    }
    throw duplicate(sorted, index - 1, index, along, "lie at one place");
  }
}

function duplicate(
  sorted: readonly SliceHeader[],
  a: number,
  b: number,
  along: readonly number[],
  what: string,
): TomoeError {
  return new TomoeError(
    "DATA_SERIES_DUPLICATE",
    `slices ${a + 1} and ${b + 1} of ${sorted.length} ${what}, ${mm(along[b])} along the normal${instances(sorted[a], sorted[b])}`,
    {
      hint: "Remove the copy, or separate the reconstructions.",
      details: { slices: [a + 1, b + 1], positionMm: along[b] ?? null },
    },
  );
}

/** Refuses a stack whose slices shift sideways from one to the next (gantry tilt). */
function requireUpright(
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
    if (off > 1) {
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

/** Refuses missing slices and irregular steps. */
function requireRegular(along: readonly number[], log: ReadLog): void {
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

function instances(a: SliceHeader | undefined, b: SliceHeader | undefined): string {
  return a?.instance === undefined || b?.instance === undefined
    ? ""
    : ` (instance numbers ${a.instance} and ${b.instance})`;
}

function mm(value: number | undefined): string {
  return `${short(value ?? Number.NaN)} mm`;
}
