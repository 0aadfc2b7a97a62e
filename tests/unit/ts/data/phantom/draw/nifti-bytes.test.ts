import { niftiBytes, qformOf } from "../../../../../../ts/data/phantom/draw/nifti-bytes.ts";
import { drawFrame, stackGrid } from "../../../../../../ts/data/phantom/draw/planes.ts";
import { createRandom } from "../../../../../../ts/data/phantom/random.ts";
import { factClasses } from "../../../../../../ts/data/phantom/truth/facts.ts";
import type { Grid, PointMm } from "../../../../../../ts/data/phantom/truth/solids.ts";
import { storageOrders } from "../../../../../support/stored-body.ts";

const gridOf = (plane: Parameters<typeof drawFrame>[0], seed = 1): Grid =>
  stackGrid(drawFrame(plane, createRandom(seed, "noise")), [16, 24, 32]);
const ramp = (count: number): Int16Array => Int16Array.from({ length: count }, (_, at) => (at % 3000) - 1500);

/**
 * Rotation columns from a quaternion, as nifti1.h writes them (METHOD 2), the third one times qfac. As in
 * nifti1_io.c, a is 0
 * where 1 - b^2 - c^2 - d^2 is below 1e-7, which is the rounding of float32.
 */
function rotation(stored: PointMm, qfac: number): readonly [PointMm, PointMm, PointMm] {
  const squares = stored[0] ** 2 + stored[1] ** 2 + stored[2] ** 2;
  const half = 1 - squares < 1e-7;
  const a = half ? 0 : Math.sqrt(1 - squares);
  const [b, c, d] = stored.map((value) => (half ? value / Math.sqrt(squares) : value)) as unknown as PointMm;
  return [
    [a * a + b * b - c * c - d * d, 2 * b * c + 2 * a * d, 2 * b * d - 2 * a * c],
    [2 * b * c - 2 * a * d, a * a + c * c - b * b - d * d, 2 * c * d + 2 * a * b],
    [(2 * b * d + 2 * a * c) * qfac, (2 * c * d - 2 * a * b) * qfac, (a * a + d * d - c * c - b * b) * qfac],
  ];
}

describe("niftiBytes", () => {
  it("writes the fields of a single-file NIfTI-1 where nifti1.h has them", () => {
    const bytes = niftiBytes(gridOf("axial"), ramp(16 * 24 * 32));
    const view = new DataView(bytes.buffer);
    expect(bytes.length).toBe(352 + 2 * 16 * 24 * 32);
    expect(view.getInt32(0, true)).toBe(348);
    expect(Array.from({ length: 8 }, (_, at) => view.getInt16(40 + 2 * at, true))).toEqual([
      3, 32, 24, 16, 1, 1, 1, 1,
    ]);
    expect([view.getInt16(70, true), view.getInt16(72, true), view.getFloat32(108, true)]).toEqual([
      4, 16, 352,
    ]);
    expect([view.getFloat32(112, true), view.getFloat32(116, true), view.getUint8(123)]).toEqual([1, 0, 10]);
    expect([view.getInt16(252, true), view.getInt16(254, true)]).toEqual([1, 1]);
    expect(new TextDecoder().decode(bytes.subarray(344, 348))).toBe("n+1\0");
    expect(bytes.subarray(348, 352)).toEqual(new Uint8Array(4));
  });

  it("writes the voxels as little-endian int16, fastest along the columns", () => {
    const voxels = ramp(16 * 24 * 32);
    const bytes = niftiBytes(gridOf("axial"), voxels);
    const view = new DataView(bytes.buffer);
    for (const at of [0, 1, 31, 32, 768, voxels.length - 1])
      expect(view.getInt16(352 + 2 * at, true)).toBe(voxels[at]);
  });

  it("writes the same bytes for the same input", () => {
    const first = niftiBytes(gridOf("oblique"), ramp(16 * 24 * 32)),
      again = niftiBytes(gridOf("oblique"), ramp(16 * 24 * 32));
    expect(Buffer.from(first).equals(Buffer.from(again))).toBe(true);
  });

  it.each(factClasses.plane)(
    "says the same affine in sform and qform for %s stacks, within 1e-4 of a step",
    (plane) => {
      for (const seed of [1, 2, 3, 4, 5]) {
        const grid = gridOf(plane, seed);
        const view = new DataView(niftiBytes(grid, ramp(16 * 24 * 32)).buffer);
        const float = (at: number): number => view.getFloat32(at, true);
        const spacing = [float(80), float(84), float(88)];
        const columns = rotation([float(256), float(260), float(264)], float(76));
        for (let axis = 0; axis < 3; axis += 1) {
          for (let column = 0; column < 3; column += 1) {
            const sform = float(280 + 16 * axis + 4 * column);
            expect(sform).toBeCloseTo(grid.stepsMm[column as 0][axis as 0], 4);
            expect(columns[column as 0][axis as 0] * (spacing[column] as number)).toBeCloseTo(sform, 3);
          }
          expect(float(280 + 16 * axis + 12)).toBeCloseTo(grid.originMm[axis as 0], 4);
          expect(float(268 + 4 * axis)).toBe(float(280 + 16 * axis + 12));
        }
      }
    },
  );
});

describe("qformOf", () => {
  it("recovers every signed permutation of the axes", () => {
    const axes: readonly PointMm[] = [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ];
    for (const order of storageOrders) {
      for (let signs = 0; signs < 8; signs += 1) {
        const steps = order.map((axis, n) =>
          (axes[axis] as PointMm).map((value) => value * (signs & (1 << n) ? -(n + 2) : n + 2)),
        ) as unknown as Grid["stepsMm"];
        const { spacingMm, quaternion, qfac } = qformOf({
          shapeDHW: [1, 1, 1],
          originMm: [0, 0, 0],
          stepsMm: steps,
        });
        const columns = rotation(quaternion, qfac);
        expect(spacingMm).toEqual([2, 3, 4]);
        steps.forEach((step, n) => {
          step.forEach((value, axis) => {
            expect(columns[n as 0][axis as 0] * spacingMm[n as 0]).toBeCloseTo(value, 12);
          });
        });
      }
    }
  });
});
