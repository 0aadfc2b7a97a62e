import type { Random } from "../random.ts";
import type { Plane } from "../truth/facts.ts";
import type { Grid, PointMm } from "../truth/solids.ts";

/** Extent of the field of view across a slice. */
export const sliceExtentMm = 340;

/**
 * Extent of a stack of each plane along its axis: an axial one is sixteen levels of 18 mm, see
 * order-findings.ts.
 */
export const stackExtentMm: Record<Plane, number> = { axial: 288, coronal: 240, sagittal: 300, oblique: 288 };

/** Directions (unit vectors, RAS+) in which columns, rows and slices grow. */
interface SliceFrame {
  readonly columns: PointMm;
  readonly rows: PointMm;
  readonly slices: PointMm;
  /** Extent of a stack along its axis, mm. */
  readonly extentMm: number;
}

/**
 * Each plane as radiologists and 2D models see it, so that the stored array is already the model's view.
 * axial: row 0 anterior, column 0 patient right, slices upward; coronal: row 0 superior, column 0 patient
 * right, slices
 * to the front; sagittal: row 0 superior, column 0 anterior, slices to the patient's right.
 */
const frames: Record<Exclude<Plane, "oblique">, SliceFrame> = {
  axial: { columns: [-1, 0, 0], rows: [0, -1, 0], slices: [0, 0, 1], extentMm: stackExtentMm.axial },
  coronal: { columns: [-1, 0, 0], rows: [0, 0, -1], slices: [0, 1, 0], extentMm: stackExtentMm.coronal },
  sagittal: { columns: [0, -1, 0], rows: [0, 0, -1], slices: [1, 0, 0], extentMm: stackExtentMm.sagittal },
};

/** Tangent of half the tilt of an oblique stack: 30 to 40 degrees. */
const halfTiltTangent = { low: 0.268, high: 0.364 } as const;

/**
 * Draws how the slices of a plane lie; an oblique stack is an axial one tilted by 30 to 40 degrees about the
 * x axis, either way.
 */
export function drawFrame(plane: Plane, random: Random): SliceFrame {
  // Both are drawn for every plane, so that the draws that follow do not depend on it.
  const t = random.between(halfTiltTangent.low, halfTiltTangent.high);
  const sign = random.chance(0.5) ? 1 : -1;
  if (plane !== "oblique") return frames[plane];
  const cos = (1 - t * t) / (1 + t * t),
    sin = (sign * 2 * t) / (1 + t * t);
  return {
    columns: [-1, 0, 0],
    rows: [0, -cos, -sin],
    slices: [0, -sin, cos],
    extentMm: stackExtentMm.oblique,
  };
}

/**
 * The grid of a stack that fills the field of view around the world's origin.
 *
 * @param shapeDHW slices, rows, columns
 */
export function stackGrid(frame: SliceFrame, shapeDHW: readonly [number, number, number]): Grid {
  const [depth, height, width] = shapeDHW;
  return gridOf(
    frame,
    shapeDHW,
    frame.extentMm / depth,
    sliceExtentMm / height,
    sliceExtentMm / width,
    [0, 0, 0],
  );
}

/**
 * The grid of one slice of a frame through a point.
 *
 * @param throughMm where the slice cuts; only its part along the slice normal counts
 */
export function sliceGrid(frame: SliceFrame, sizeHW: readonly [number, number], throughMm: PointMm): Grid {
  const [height, width] = sizeHW;
  const offset = dot(frame.slices, throughMm);
  return gridOf(
    frame,
    [1, height, width],
    1,
    sliceExtentMm / height,
    sliceExtentMm / width,
    scale(frame.slices, offset),
  );
}

function gridOf(
  frame: SliceFrame,
  shapeDHW: readonly [number, number, number],
  dMm: number,
  hMm: number,
  wMm: number,
  centreMm: PointMm,
): Grid {
  const [depth, height, width] = shapeDHW;
  const u = scale(frame.columns, wMm),
    v = scale(frame.rows, hMm),
    w = scale(frame.slices, dMm);
  const corner = (axis: 0 | 1 | 2): number =>
    centreMm[axis] - (u[axis] * (width - 1) + v[axis] * (height - 1) + w[axis] * (depth - 1)) / 2;
  return { shapeDHW, originMm: [corner(0), corner(1), corner(2)], stepsMm: [u, v, w] };
}

function dot(a: PointMm, b: PointMm): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function scale(a: PointMm, factor: number): PointMm {
  // 0 * -1 is -0, which would be written into headers as such.
  return [a[0] * factor + 0, a[1] * factor + 0, a[2] * factor + 0];
}

export type { SliceFrame };
