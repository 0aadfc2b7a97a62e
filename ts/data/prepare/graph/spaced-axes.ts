import type { AffineRas, TripleDHW, Volume } from "../../../schema/volume.ts";

/** A spacing this near to the asked one is left as it is, in mm: MONAI's AFFINE_TOL. */
const nearMm = 1e-3;
/** How far a corner may lie before the first voxel, in new voxels, and still be it: numpy's `allclose` to 0. */
const nearVoxel = 1e-8;

/** What one axis becomes: where old voxel `first + ratio * n` is, the new voxel n is. */
export interface SpacedAxis {
  readonly length: number;
  readonly ratio: number;
  readonly first: number;
}

type Axis = 0 | 1 | 2;

/**
 * The axes D, H, W of a volume at another spacing, as MONAI's Spacing lays them (`compute_shape_offset`).
 *
 * The centres of the first voxels meet, and the last one is the nearest to the old last one, halves to even as numpy
 * rounds. Where axes are not at right angles to 1e-8 of a voxel, as those of oblique scans whose headers hold
 * float32 never are, the middles of both arrays meet instead.
 */
export function spacedAxes(
  { shapeDHW, spacingMmDHW, affineRas }: Pick<Volume, "shapeDHW" | "spacingMmDHW" | "affineRas">,
  wantedMmDHW: TripleDHW,
): readonly [SpacedAxis, SpacedAxis, SpacedAxis] {
  const shape = [shapeDHW[2], shapeDHW[1], shapeDHW[0]];
  const mm = [2, 1, 0].map((axis) => {
    const [from = 1, to = 1] = [spacingMmDHW[axis], wantedMmDHW[axis]];
    return Math.abs(from - to) <= nearMm ? from : to;
  });
  // Row k: new voxels of axis k to an old one of each axis. Off the diagonal is what right angles leave of rounding.
  // By the reciprocal, as LAPACK solves: 3 mm in 2.4000000000000004 mm is then 1.25, and 113.5 voxels a tie.
  const rows = upper(affineRas).map((line, k) => line.map((length) => length * (1 / (mm[k] ?? 1))));
  const steps = (line: readonly number[]): number[] =>
    line.map((step, axis) => step * ((shape[axis] ?? 1) - 1));
  const isCornered = rows.every(
    (line, k) =>
      -steps(line)
        .filter((_, axis) => axis !== k)
        .reduce((sum, step) => sum + Math.min(0, step), 0) <= nearVoxel,
  );
  const axisAt = (k: Axis): SpacedAxis => {
    const from = shape[k] ?? 1;
    const line = rows[k] ?? [];
    const length = halfToEven(steps(line).reduce((sum, step) => sum + Math.abs(step), 0) + 1);
    const ratio = 1 / (line[k] ?? 1);
    return { length, ratio, first: isCornered ? 0 : (from - ratio * length) / 2 };
  };
  return [axisAt(2), axisAt(1), axisAt(0)];
}

/** Lengths of the axes w, h, d in mm on the diagonal, their inner products above it: the factor R of A = QR. */
function upper(affine: AffineRas): readonly (readonly [number, number, number])[] {
  const column = (axis: Axis): readonly number[] => affine.slice(0, 3).map((line) => line[axis]);
  const dot = (a: readonly number[], b: readonly number[]): number =>
    a.reduce((sum, value, at) => sum + value * (b[at] ?? 0), 0);
  const [w, h, d] = [column(0), column(1), column(2)];
  const ww = Math.hypot(...w);
  const [wh, wd] = [dot(w, h) / ww, dot(w, d) / ww];
  const hh = Math.sqrt(dot(h, h) - wh * wh);
  const hd = (dot(h, d) - wh * wd) / hh;
  return [
    [ww, wh, wd],
    [0, hh, hd],
    [0, 0, Math.sqrt(dot(d, d) - wd * wd - hd * hd)],
  ];
}

function halfToEven(value: number): number {
  const floor = Math.floor(value);
  const part = value - floor;
  return part > 0.5 || (part === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}
