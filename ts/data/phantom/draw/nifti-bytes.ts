import type { Grid, PointMm } from "../truth/solids.ts";

const headerBytes = 348,
  dataOffset = 352;
const int16Code = 4,
  scannerAnatomical = 1,
  unitsMmSeconds = 2 | 8;

/**
 * A single-file NIfTI-1 (little endian, int16, no scaling) of a grid; the slowest stored axis is the stack
 * axis.
 *
 * sform and qform both carry the grid's affine (code 1, scanner anatomical, RAS+ mm). The same input gives
 * the same bytes.
 * Source: nifti1.h, NIfTI-1.1.
 *
 * @param voxels D x H x W, W fastest
 */
export function niftiBytes(grid: Grid, voxels: Int16Array): Uint8Array {
  const [depth, height, width] = grid.shapeDHW;
  const bytes = new Uint8Array(dataOffset + voxels.length * 2);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, headerBytes, true);
  [3, width, height, depth, 1, 1, 1, 1].forEach((extent, at) => {
    view.setInt16(40 + 2 * at, extent, true);
  });
  view.setInt16(70, int16Code, true);
  view.setInt16(72, 16, true);
  const { spacingMm, quaternion, qfac } = qformOf(grid);
  [qfac, ...spacingMm, 0, 0, 0, 0].forEach((value, at) => {
    view.setFloat32(76 + 4 * at, value, true);
  });
  view.setFloat32(108, dataOffset, true);
  view.setFloat32(112, 1, true);
  view.setUint8(123, unitsMmSeconds);
  view.setInt16(252, scannerAnatomical, true);
  view.setInt16(254, scannerAnatomical, true);
  [...quaternion, ...grid.originMm].forEach((value, at) => {
    view.setFloat32(256 + 4 * at, value, true);
  });
  for (let axis = 0; axis < 3; axis += 1) {
    grid.stepsMm.forEach((step, column) => {
      view.setFloat32(280 + 16 * axis + 4 * column, step[axis] as number, true);
    });
    view.setFloat32(280 + 16 * axis + 12, grid.originMm[axis] as number, true);
  }
  [0x6e, 0x2b, 0x31, 0].forEach((byte, at) => {
    bytes[344 + at] = byte;
  });
  for (let at = 0; at < voxels.length; at += 1)
    view.setInt16(dataOffset + 2 * at, voxels[at] as number, true);
  return bytes;
}

/**
 * The quaternion (b, c, d; a >= 0), the sign of the third axis and the spacing that say the same as the
 * grid's steps.
 */
export function qformOf(grid: Grid): {
  readonly spacingMm: PointMm;
  readonly quaternion: PointMm;
  readonly qfac: 1 | -1;
} {
  const lengths = grid.stepsMm.map(([x, y, z]) => Math.sqrt(x * x + y * y + z * z)) as [
    number,
    number,
    number,
  ];
  const unit = grid.stepsMm.map((step, n) => step.map((value) => value / (lengths[n] as number))) as [
    number[],
    number[],
    number[],
  ];
  const [[xx, yx, zx], [xy, yy, zy], third] = unit as unknown as readonly [PointMm, PointMm, PointMm];
  const determinant =
    third[0] * (yx * zy - zx * yy) + third[1] * (zx * xy - xx * zy) + third[2] * (xx * yy - yx * xy);
  const qfac = determinant < 0 ? -1 : 1;
  const [xz, yz, zz] = third.map((value) => value * qfac) as unknown as PointMm;
  return { spacingMm: lengths, quaternion: quaternionOf([xx, xy, xz], [yx, yy, yz], [zx, zy, zz]), qfac };
}

/** Rotation matrix rows to (b, c, d) with a >= 0, by the largest of the four terms. */
function quaternionOf([r11, r12, r13]: PointMm, [r21, r22, r23]: PointMm, [r31, r32, r33]: PointMm): PointMm {
  const trace = r11 + r22 + r33 + 1;
  if (trace > 0.5) {
    const a = Math.sqrt(trace) / 2;
    return [(r32 - r23) / (4 * a), (r13 - r31) / (4 * a), (r21 - r12) / (4 * a)];
  }
  const xd = 1 + r11 - r22 - r33,
    yd = 1 + r22 - r11 - r33,
    zd = 1 + r33 - r11 - r22;
  let a: number, b: number, c: number, d: number;
  if (xd > 1) {
    b = Math.sqrt(xd) / 2;
    [c, d, a] = [(r12 + r21) / (4 * b), (r13 + r31) / (4 * b), (r32 - r23) / (4 * b)];
  } else if (yd > 1) {
    c = Math.sqrt(yd) / 2;
    [b, d, a] = [(r12 + r21) / (4 * c), (r23 + r32) / (4 * c), (r13 - r31) / (4 * c)];
  } else {
    d = Math.sqrt(zd) / 2;
    [b, c, a] = [(r13 + r31) / (4 * d), (r23 + r32) / (4 * d), (r21 - r12) / (4 * d)];
  }
  return a < 0 ? [-b, -c, -d] : [b, c, d];
}
