import type { ResamplePlan } from "./plan.ts";

/** What fills the border that a moved slice leaves: air, in HU. */
export const borderHu = -1000;
/** Below this is padding outside the field of view, declared or not: noise of air seldom reaches it. */
const outsideHu = -1250;
const isData = 0;
const isPadding = 1;
const isBorder = 2;
const { round } = Math;

/** An old slice at its place on the new rows and columns. */
interface Plane {
  readonly hu: Float32Array;
  /** What each pixel is. */
  readonly kind: Uint8Array;
}

/** The pixels that a new column or row lies between; -1 where it lies beside the slice. */
interface Between {
  readonly lower: Int32Array;
  readonly upper: Int32Array;
  /** Share of the lower one. */
  readonly lowerShare: number;
}

/** Voxels on the new grid, and how many of them no slice covers. */
export interface Resampled<T> {
  readonly voxels: T;
  readonly border: number;
}

/**
 * Moves slices in their planes and mixes neighbours along the normal, both linear. Padding is never mixed: where a
 * value would come of padding or border, the nearest voxel is taken. int16 is rounded to the nearest whole HU.
 *
 * @param voxels - HU of the old slices, column fastest.
 * @param shapeXY - columns and rows of the old slices.
 * @returns HU on `plan.shapeXYZ`, of the same type; `borderHu` where no slice lies.
 */
export function resampleVoxels<T extends Int16Array | Float32Array>(
  voxels: T,
  shapeXY: readonly [number, number],
  plan: ResamplePlan,
): Resampled<T> {
  const [columns, rows, slices] = plan.shapeXYZ;
  const size = columns * rows;
  const out =
    voxels.BYTES_PER_ELEMENT === 2 ? new Int16Array(size * slices) : new Float32Array(size * slices);
  const planes = new Map<number, Plane>();
  const planeOf = (slice: number): Plane => {
    const made = planes.get(slice) ?? movedPlane(voxels, shapeXY, plan, slice);
    planes.set(slice, made);
    return made;
  };
  let border = 0;
  plan.samples.forEach(({ lower, weight }, index) => {
    for (const slice of planes.keys()) if (slice < lower) planes.delete(slice);
    const below = planeOf(lower);
    const above = weight === 0 ? below : planeOf(lower + 1);
    border += mixPlanes(below, above, weight, out, index * size);
  });
  return { voxels: out as T, border };
}

/** Writes one new slice; gives how many of its voxels are border. */
function mixPlanes(
  below: Plane,
  above: Plane,
  weight: number,
  out: Int16Array | Float32Array,
  from: number,
): number {
  const whole = out.BYTES_PER_ELEMENT === 2;
  const { hu: lowHu, kind: lowKind } = below;
  const { hu: highHu, kind: highKind } = above;
  const nearest = weight < 0.5 ? below : above;
  let border = 0;
  for (let i = 0; i < lowHu.length; i++) {
    const low = lowHu[i] ?? 0;
    const mixes = lowKind[i] === isData && highKind[i] === isData;
    const hu = mixes ? low + ((highHu[i] ?? 0) - low) * weight : (nearest.hu[i] ?? 0);
    if (nearest.kind[i] === isBorder) border++;
    out[from + i] = whole ? round(hu) : hu;
  }
  return border;
}

function movedPlane(
  voxels: Int16Array | Float32Array,
  [nx, ny]: readonly [number, number],
  plan: ResamplePlan,
  slice: number,
): Plane {
  const [columns, rows] = plan.shapeXYZ;
  const [shiftX = 0, shiftY = 0] = plan.shifts[slice] ?? [];
  const padding = plan.paddingHu[slice] ?? Number.NaN;
  const [x, y] = [between(columns, nx, shiftX), between(rows, ny, shiftY)];
  const hu = new Float32Array(columns * rows).fill(borderHu);
  const kind = new Uint8Array(columns * rows).fill(isBorder);
  const base = slice * nx * ny;
  for (let row = 0; row < rows; row++) {
    const up = y.lower[row] ?? -1;
    if (up < 0) continue;
    const above = base + up * nx;
    const below = base + (y.upper[row] ?? 0) * nx;
    const nearer = y.lowerShare > 0.5 ? above : below;
    for (let column = 0, at = row * columns; column < columns; column++, at++) {
      const left = x.lower[column] ?? -1;
      if (left < 0) continue;
      const right = x.upper[column] ?? 0;
      const a = voxels[above + left] ?? 0;
      const b = voxels[above + right] ?? 0;
      const c = voxels[below + left] ?? 0;
      const d = voxels[below + right] ?? 0;
      const isOutside = a < outsideHu || b < outsideHu || c < outsideHu || d < outsideHu;
      if (isOutside || a === padding || b === padding || c === padding || d === padding) {
        const nearest = voxels[nearer + (x.lowerShare > 0.5 ? left : right)] ?? 0;
        hu[at] = nearest;
        kind[at] = nearest < outsideHu || nearest === padding ? isPadding : isData;
      } else {
        const top = b + (a - b) * x.lowerShare;
        const bottom = d + (c - d) * x.lowerShare;
        hu[at] = bottom + (top - bottom) * y.lowerShare;
        kind[at] = isData;
      }
    }
  }
  return { hu, kind };
}

/** New indices against old ones that begin `shift` later; half a pixel beside the outermost one still is of it. */
function between(length: number, old: number, shift: number): Between {
  const first = Math.floor(shift);
  const lowerShare = shift - first;
  const lower = new Int32Array(length).fill(-1);
  const upper = new Int32Array(length).fill(-1);
  for (let index = 0; index < length; index++) {
    const place = index - shift;
    if (place < -0.5 || place >= old - 0.5) continue;
    lower[index] = Math.max(0, index - first - 1);
    upper[index] = Math.min(old - 1, index - first);
    if (lowerShare === 0) lower[index] = upper[index] ?? -1;
  }
  return { lower, upper, lowerShare };
}
