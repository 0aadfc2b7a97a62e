import { bug } from "../../../errors.ts";
import { type Affine, add, dot, lpsToRas, norm, scale, subtract, type Vector3 } from "../geometry.ts";
import { type Places, regularPlaces, type Sample, samePlaces } from "./places.ts";
import { commonestStep, stepsOf } from "./steps.ts";

/** A shift this near a whole pixel is one. */
const wholePixel = 1e-3;

/** One slice as far as its grid goes. */
export interface SlicePlane {
  readonly pixels: { readonly columns: number; readonly rows: number };
  /** LPS mm of the centre of the first pixel. */
  readonly positionLps: Vector3;
  /** Unit directions in which columns and rows are counted, and across both. */
  readonly acrossLps: Vector3;
  readonly downLps: Vector3;
  readonly normalLps: Vector3;
  readonly columnSpacingMm: number;
  readonly rowSpacingMm: number;
  /** Stored value of padding, with what turns it into HU. */
  readonly padding: number | undefined;
  readonly slope: number;
  readonly intercept: number;
}

/** What of a series is to be resampled. */
export interface ResampleNeeds {
  readonly tilt: boolean;
  readonly spacing: boolean;
}

/** How the slices of a tilted or irregular series come onto a regular grid at right angles. */
export interface ResamplePlan {
  readonly shapeXYZ: readonly [number, number, number];
  /** New index (column, row, slice) -> RAS+ mm. */
  readonly affine: Affine;
  /** One a new slice. */
  readonly samples: readonly Sample[];
  /** Of each old slice: columns and rows from the new grid's corner to its own first pixel, none below 0. */
  readonly shifts: readonly (readonly [number, number])[];
  /** HU of declared padding of each old slice. */
  readonly paddingHu: readonly (number | undefined)[];
  readonly facts: ResampleFacts;
}

/** What the receipt says of it; null for what was regular. */
export interface ResampleFacts {
  readonly tilt: {
    readonly degrees: number;
    readonly shiftMm: number;
    readonly lengthMm: number;
    readonly slices: number;
    readonly columnsAdded: number;
    readonly rowsAdded: number;
  } | null;
  readonly spacing: {
    readonly stepMm: number;
    readonly stepsAlike: number;
    readonly steps: number;
    readonly stepMinMm: number;
    readonly stepMaxMm: number;
    readonly slicesBefore: number;
    readonly slicesAfter: number;
    readonly interpolated: number;
    /** Slices, counted from 1, that show most more than half a step from their place. */
    readonly displaced: number;
    readonly firstDisplaced: number | null;
    /** From the first old slice to the first new one, and from the last to the last; at most half a step. */
    readonly endsMm: readonly [number, number];
  } | null;
}

/**
 * Plans the new grid: rows and columns of the old slices, as many more as the shifts of a tilt need, so that nothing is
 * cut off; along the normal the mean step of a regular series, else the commonest.
 *
 * @param sorted - slices along their normal, alike in all but their place.
 * @param along - mm along the normal, ascending, one a slice.
 */
export function planResampling(
  sorted: readonly SlicePlane[],
  along: readonly number[],
  needs: ResampleNeeds,
): ResamplePlan {
  const [first] = sorted;
  if (first === undefined) throw bug("a plan to resample no slices");
  const { pixels, acrossLps, downLps, normalLps, columnSpacingMm, rowSpacingMm } = first;
  const length = (along.at(-1) ?? 0) - (along[0] ?? 0);
  const stepMm = needs.spacing ? commonestStep(stepsOf(along)).mm : length / (along.length - 1);
  const places = needs.spacing ? regularPlaces(along, stepMm) : samePlaces(along);
  const grid = needs.tilt
    ? uprightGrid(sorted)
    : {
        shifts: sorted.map(() => [0, 0] as const),
        low: [0, 0] as const,
        more: [0, 0] as const,
      };
  const lastLps = sorted.at(-1)?.positionLps ?? first.positionLps;
  // A slight shear that needs no policy stays in the affine, as without one.
  const whole = needs.tilt ? scale(normalLps, length) : subtract(lastLps, first.positionLps);
  const upwards = scale(whole, 1 / length);
  const across = scale(acrossLps, columnSpacingMm);
  const down = scale(downLps, rowSpacingMm);
  const corner = add(scale(across, grid.low[0]), scale(down, grid.low[1]));
  return {
    shapeXYZ: [pixels.columns + grid.more[0], pixels.rows + grid.more[1], places.samples.length],
    affine: lpsToRas({
      columns: [across, down, scale(upwards, stepMm)],
      origin: add(add(first.positionLps, corner), scale(upwards, places.firstMm - (along[0] ?? 0))),
    }),
    samples: places.samples,
    shifts: grid.shifts,
    paddingHu: sorted.map(({ padding, slope, intercept }) =>
      padding === undefined ? undefined : padding * slope + intercept,
    ),
    facts: {
      tilt: needs.tilt ? tiltFacts(sorted, length, grid.more) : null,
      spacing: needs.spacing ? spacingFacts(along, places, stepMm) : null,
    },
  };
}

/** Rows and columns that hold every slice at its place, in pixels of the first. */
function uprightGrid(sorted: readonly SlicePlane[]): {
  readonly shifts: readonly (readonly [number, number])[];
  readonly low: readonly [number, number];
  readonly more: readonly [number, number];
} {
  const moved = sorted.map((slice) => inPlane(slice, sorted[0] ?? slice));
  const extent = (axis: 0 | 1): readonly [number, number] => {
    const values = moved.map((one) => one[axis]);
    // Adding 0 turns -0 into 0.
    return [
      Math.floor(Math.min(...values) + wholePixel) + 0,
      Math.ceil(Math.max(...values) - wholePixel) + 0,
    ];
  };
  const [columns, rows] = [extent(0), extent(1)];
  const whole = (value: number): number => {
    const near = Math.round(value);
    return Math.abs(value - near) < wholePixel ? near : value;
  };
  return {
    shifts: moved.map(([x, y]) => [whole(x - columns[0]), whole(y - rows[0])]),
    low: [columns[0], rows[0]],
    more: [columns[1] - columns[0], rows[1] - rows[0]],
  };
}

/** Columns and rows from the first pixel of one slice to that of another, in the plane of both. */
function inPlane(slice: SlicePlane, from: SlicePlane): readonly [number, number] {
  const offset = subtract(slice.positionLps, from.positionLps);
  const cosine = dot(from.acrossLps, from.downLps);
  const [across, down] = [dot(offset, from.acrossLps), dot(offset, from.downLps)];
  const share = 1 - cosine ** 2;
  return [
    (across - cosine * down) / share / from.columnSpacingMm,
    (down - cosine * across) / share / from.rowSpacingMm,
  ];
}

function tiltFacts(
  sorted: readonly SlicePlane[],
  lengthMm: number,
  [columnsAdded, rowsAdded]: readonly [number, number],
): ResampleFacts["tilt"] {
  const [first, last] = [sorted[0], sorted.at(-1)];
  const whole: Vector3 =
    first === undefined || last === undefined ? [0, 0, 0] : subtract(last.positionLps, first.positionLps);
  const shiftMm = Math.sqrt(Math.max(0, norm(whole) ** 2 - lengthMm ** 2));
  return {
    degrees: (Math.atan2(shiftMm, lengthMm) * 180) / Math.PI,
    shiftMm,
    lengthMm,
    slices: sorted.length,
    columnsAdded,
    rowsAdded,
  };
}

function spacingFacts(along: readonly number[], places: Places, stepMm: number): ResampleFacts["spacing"] {
  const steps = stepsOf(along);
  const lastMm = places.firstMm + (places.samples.length - 1) * stepMm;
  const [firstDisplaced] = places.displaced;
  return {
    stepMm,
    stepsAlike: commonestStep(steps).count,
    steps: steps.length,
    stepMinMm: Math.min(...steps),
    stepMaxMm: Math.max(...steps),
    slicesBefore: along.length,
    slicesAfter: places.samples.length,
    interpolated: places.samples.filter(({ weight }) => weight > 0).length,
    displaced: places.displaced.length,
    firstDisplaced: firstDisplaced === undefined ? null : firstDisplaced + 1,
    endsMm: [places.firstMm - (along[0] ?? 0), lastMm - (along.at(-1) ?? 0)],
  };
}
