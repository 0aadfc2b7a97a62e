import { TomoeError } from "../../errors.ts";
import type { AffineRas, TripleDHW } from "../../schema/volume.ts";
import type { ReadLog } from "./log.ts";

/** A vector in mm or a direction. */
export type Vector3 = readonly [number, number, number];

/**
 * A 3 x 4 affine as columns: stored index (x, y, z) -> mm = x*columns[0] + y*columns[1] + z*columns[2] +
 * origin.
 */
export interface Affine {
  readonly columns: readonly [Vector3, Vector3, Vector3];
  readonly origin: Vector3;
}

/**
 * Where each RAS axis (0 = Right, 1 = Anterior, 2 = Superior) comes from: a stored axis, and whether its
 * order turns round.
 */
export type AxisSources = readonly [AxisSource, AxisSource, AxisSource];

export interface AxisSource {
  /** Stored axis: 0 = x (fastest), 1 = y, 2 = z. */
  readonly stored: 0 | 1 | 2;
  readonly flipped: boolean;
}

const smallestSpacingMm = 0.01;
const largestSpacingMm = 100;
/** A gantry and its table are within this of the origin of their coordinates. */
const farthestMm = 5000;
/**
 * Angle between two axes may differ from 90 degrees by this much before it is worth a warning, and before it
 * is refused.
 */
const shearWarnDegrees = 0.1;
export const shearRefuseDegrees = 1;

export const dot = (a: Vector3, b: Vector3): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
export const norm = (a: Vector3): number => Math.hypot(a[0], a[1], a[2]);
export const scale = (a: Vector3, by: number): Vector3 => [a[0] * by, a[1] * by, a[2] * by];
export const add = (a: Vector3, b: Vector3): Vector3 => [a[0] + b[0], a[1] + b[1], a[2] + b[2]];
export const subtract = (a: Vector3, b: Vector3): Vector3 => [a[0] - b[0], a[1] - b[1], a[2] - b[2]];
export const cross = (a: Vector3, b: Vector3): Vector3 => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];
const degrees = (radians: number): number => (radians * 180) / Math.PI;

/** The one place where DICOM's LPS+ world becomes RAS+: the first two world axes turn round. */
export function lpsToRas(affine: Affine): Affine {
  const turn = (v: Vector3): Vector3 => [-v[0], -v[1], v[2]];
  return {
    columns: [turn(affine.columns[0]), turn(affine.columns[1]), turn(affine.columns[2])],
    origin: turn(affine.origin),
  };
}

/**
 * Refuses an affine no volume can have: not finite, flat, absurd spacing, axes more than 1 degree off the
 * right angle.
 *
 * A shear between 0.1 and 1 degree is a warning. Spacing must lie in 0.01..100 mm.
 * @param isTilt - the shear is that of slices which step sideways, which a policy mends.
 * @throws TomoeError `DATA_GEOMETRY` with the offending values.
 */
export function checkAffine(affine: Affine, log: ReadLog, isTilt = false): void {
  const numbers = [...affine.columns.flat(), ...affine.origin];
  if (!numbers.every(Number.isFinite)) {
    throw geometryError(
      "the affine holds a value that is not a finite number",
      "Rewrite the header with a finite affine.",
      {},
    );
  }
  const spacing = affine.columns.map(norm);
  if (spacing.some((mm) => mm < smallestSpacingMm || mm > largestSpacingMm)) {
    throw geometryError(
      `the voxel spacing ${spacing.map(short).join(" x ")} mm (x, y, z) leaves the range ${smallestSpacingMm}..${largestSpacingMm} mm`,
      "Check the header's affine and its unit: it must be mm, or declared as metre or micron.",
      { spacingMmXYZ: spacing },
    );
  }
  const shear = shearDegrees(affine);
  if (shear > shearRefuseDegrees) {
    throw geometryError(
      `two voxel axes meet at ${short(90 - shear)} degrees: the grid is sheared by ${short(shear)} degrees, which flips and permutations cannot mend`,
      isTilt
        ? "Read it with --policy tilt=resample, which moves each slice in its plane to where its position says, and says so in the receipt."
        : "Resample the scan to a rectangular grid, or convert it again from its source.",
      { shearDegrees: shear },
    );
  }
  if (affine.origin.some((mm) => Math.abs(mm) > farthestMm))
    log.warn(
      "ORIGIN_FAR",
      `the first voxel lies ${short(norm(affine.origin) / 1000)} m from the origin of the scanner's coordinates, where no gantry is: positions of another unit, or of another program's making`,
    );
  if (shear > shearWarnDegrees)
    log.warn(
      "AXES_NOT_SQUARE",
      `two voxel axes are ${short(shear)} degrees off the right angle; distances across the volume are that much off`,
    );
}

/** Warns of an affine that programs write when they know none: axes as stored, voxels of 1 mm, the first one at 0, 0, 0. */
export function notePlaceholder({ columns, origin }: Affine, log: ReadLog): void {
  const isUnit = columns.every((column, axis) =>
    column.every((mm, world) => Math.abs(mm) === (axis === world ? 1 : 0)),
  );
  if (isUnit && origin.every((mm) => mm === 0))
    log.warn(
      "AFFINE_PLACEHOLDER",
      "voxels of 1 x 1 x 1 mm and the first of them at 0, 0, 0 mm are what programs write that know neither size nor place: check them before anything is measured",
    );
}

/** Largest deviation of any two axes from the right angle, in degrees; 90 for parallel ones. */
export function shearDegrees(affine: Affine): number {
  const [x, y, z] = affine.columns;
  // Three pairwise right angles cannot hide a flat grid, so no separate determinant test is needed below 1
  // degree.
  return Math.max(angleOff(x, y), angleOff(x, z), angleOff(y, z));
}

/** How far two directions are off the right angle, in degrees; 90 for parallel ones. */
export function angleOff(a: Vector3, b: Vector3): number {
  return degrees(Math.asin(Math.min(1, Math.abs(dot(a, b)) / (norm(a) * norm(b)))));
}

/**
 * The stored axis nearest to each RAS axis, strongest first, each used once (nibabel's `io_orientation`
 * rule).
 */
export function nearestRas(affine: Affine): AxisSources {
  const directions = affine.columns.map((column) => scale(column, 1 / norm(column)));
  const strength = (direction: Vector3): number => Math.max(...direction.map(Math.abs));
  const order = ([0, 1, 2] as const).toSorted(
    (a, b) => strength(directions[b] ?? [0, 0, 0]) - strength(directions[a] ?? [0, 0, 0]),
  );
  const found: (AxisSource | undefined)[] = [undefined, undefined, undefined];
  for (const stored of order) {
    const direction = directions[stored] ?? [0, 0, 0];
    let best = -1;
    for (const ras of [0, 1, 2]) {
      if (
        found[ras] === undefined &&
        (best < 0 || Math.abs(direction[ras] ?? 0) > Math.abs(direction[best] ?? 0))
      )
        best = ras;
    }
    found[best] = { stored, flipped: (direction[best] ?? 0) < 0 };
  }
  const [right, anterior, superior] = found;
  if (right === undefined || anterior === undefined || superior === undefined)
    throw geometryError("the voxel axes cannot be told apart", "Rewrite the header's affine.", {});
  return [right, anterior, superior];
}

/** The directions the stored axes grow to, e.g. "LPS" for x to Left, y to Posterior, z to Superior. */
export function orientationCode(sources: AxisSources): string {
  const letters = ["?", "?", "?"];
  sources.forEach((source, ras) => {
    letters[source.stored] = (source.flipped ? "LPI" : "RAS").charAt(ras);
  });
  return letters.join("");
}

/** The affine after the axes were permuted and flipped to RAS order: columns for w, h, d. */
export function orientAffine(affine: Affine, shapeXYZ: Vector3, sources: AxisSources): Affine {
  let origin = affine.origin;
  const columns = sources.map((source) => {
    const column = affine.columns[source.stored];
    if (!source.flipped) return column;
    origin = add(origin, scale(column, shapeXYZ[source.stored] - 1));
    return scale(column, -1);
  });
  const [w, h, d] = columns;
  return { columns: [w ?? [0, 0, 0], h ?? [0, 0, 0], d ?? [0, 0, 0]], origin };
}

/** Row-major 4 x 4 form of an affine whose columns are w, h, d; negative zeros become zeros. */
export function toAffineRas(affine: Affine): AffineRas {
  const [w, h, d] = affine.columns;
  const row = (i: 0 | 1 | 2): readonly [number, number, number, number] => [
    w[i] + 0,
    h[i] + 0,
    d[i] + 0,
    affine.origin[i] + 0,
  ];
  return [row(0), row(1), row(2), [0, 0, 0, 1]];
}

/** Voxel spacing in mm, D, H, W, of an affine whose columns are w, h, d. */
export function spacingDHW(affine: Affine): TripleDHW {
  const [w, h, d] = affine.columns;
  return [norm(d), norm(h), norm(w)];
}

/** A number for a message: up to six significant digits, no trailing zeros. */
export function short(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/** `DATA_GEOMETRY` with what is wrong and the numbers that show it. */
export function geometryError(
  what: string,
  hint: string,
  details: { readonly [key: string]: number | readonly number[] | string },
): TomoeError {
  return new TomoeError("DATA_GEOMETRY", what, { hint, details });
}
