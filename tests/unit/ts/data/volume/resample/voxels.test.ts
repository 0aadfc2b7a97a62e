import type { ResamplePlan } from "../../../../../../ts/data/volume/resample/plan.ts";
import { borderHu, resampleVoxels } from "../../../../../../ts/data/volume/resample/voxels.ts";
import { seeded } from "../../../../../support/body-voxels.ts";

const plan = (change: Partial<ResamplePlan>): ResamplePlan => ({
  shapeXYZ: [3, 2, 2],
  affine: {
    columns: [
      [1, 0, 0],
      [0, 1, 0],
      [0, 0, 1],
    ],
    origin: [0, 0, 0],
  },
  samples: [
    { lower: 0, weight: 0 },
    { lower: 1, weight: 0 },
  ],
  shifts: [
    [0, 0],
    [0, 0],
  ],
  paddingHu: [undefined, undefined],
  facts: { tilt: null, spacing: null },
  ...change,
});
// Two slices of 3 columns and 2 rows.
const hu = Int16Array.from([0, 10, 20, 30, 40, 50, 100, 110, 120, 130, 140, 150]);

describe("resampleVoxels", () => {
  it("leaves what does not move", () => {
    const { voxels, border } = resampleVoxels(hu, [3, 2], plan({}));
    expect([[...voxels], border]).toEqual([[...hu], 0]);
  });

  it("moves by whole pixels and fills the border with air", () => {
    const { voxels, border } = resampleVoxels(
      hu,
      [3, 2],
      plan({
        shapeXYZ: [3, 3, 2],
        shifts: [
          [0, 0],
          [0, 1],
        ],
      }),
    );
    expect([...voxels.subarray(0, 9)]).toEqual([0, 10, 20, 30, 40, 50, ...[1, 2, 3].map(() => borderHu)]);
    expect([...voxels.subarray(9)]).toEqual([...[1, 2, 3].map(() => borderHu), 100, 110, 120, 130, 140, 150]);
    expect(border).toBe(6);
  });

  it("mixes four neighbours, and keeps half a pixel at the edge", () => {
    const { voxels, border } = resampleVoxels(
      Float32Array.from(hu).subarray(0, 6),
      [3, 2],
      plan({ shapeXYZ: [4, 3, 1], samples: [{ lower: 0, weight: 0 }], shifts: [[0.25, 0.5]] }),
    );
    // New pixel (x, y) is old (x - 0.25, y - 0.5): a plane, so its value there, held at the outermost pixels.
    const expected = [0, 1, 2].flatMap((y) =>
      [0, 1, 2, 3].map((x) => {
        const [column, row] = [x - 0.25, y - 0.5];
        if (column >= 2.5 || row >= 1.5) return borderHu;
        return 10 * Math.min(2, Math.max(0, column)) + 30 * Math.min(1, Math.max(0, row));
      }),
    );
    expect([...voxels]).toEqual(expected);
    expect(border).toBe(expected.filter((value) => value === borderHu).length);
  });

  it("mixes two slices, to the nearest whole HU in int16 and exactly in float32", () => {
    const samples = [{ lower: 0, weight: 0.334 }];
    const whole = resampleVoxels(hu, [3, 2], plan({ shapeXYZ: [3, 2, 1], samples }));
    expect([...whole.voxels]).toEqual([33, 43, 53, 63, 73, 83]);
    const fine = resampleVoxels(Float32Array.from(hu), [3, 2], plan({ shapeXYZ: [3, 2, 1], samples }));
    expect(fine.voxels[0]).toBeCloseTo(33.4, 5);
  });

  it("never mixes padding, declared or below air, nor the border", () => {
    const stored = Int16Array.from([0, 10, -2000, 30, 40, 3071, 100, 110, 120, 130, 140, 150]);
    const mixed = (weight: number, paddingHu: number | undefined): number[] => [
      ...resampleVoxels(
        stored,
        [3, 2],
        plan({ shapeXYZ: [3, 2, 1], samples: [{ lower: 0, weight }], paddingHu: [paddingHu, paddingHu] }),
      ).voxels,
    ];
    expect(mixed(0.4, 3071)).toEqual([40, 50, -2000, 70, 80, 3071]);
    expect(mixed(0.6, 3071)).toEqual([60, 70, 120, 90, 100, 150]);
    expect(mixed(0.5, undefined)[5]).toBe(Math.round((3071 + 150) / 2));
    const moved = resampleVoxels(
      stored,
      [3, 2],
      plan({
        shapeXYZ: [4, 2, 1],
        samples: [{ lower: 0, weight: 0 }],
        shifts: [[0.4, 0]],
        paddingHu: [3071, undefined],
      }),
    );
    expect([...moved.voxels]).toEqual([0, 6, -2000, borderHu, 30, 36, 3071, borderHu]);
  });

  it("equals its definition on noise, for every shift", () => {
    const random = seeded(4);
    const [nx, ny] = [7, 6];
    const noise = Float32Array.from({ length: nx * ny }, () => Math.round(2000 * random() - 1000));
    let worst = 0;
    for (let trial = 0; trial < 20; trial++) {
      const [sx, sy] = [3 * random(), 2 * random()];
      const { voxels } = resampleVoxels(
        noise,
        [nx, ny],
        plan({ shapeXYZ: [nx + 3, ny + 2, 1], samples: [{ lower: 0, weight: 0 }], shifts: [[sx, sy]] }),
      );
      const value = (x: number, y: number): number => noise[y * nx + x] ?? Number.NaN;
      for (let y = 0; y < ny + 2; y++)
        for (let x = 0; x < nx + 3; x++) {
          const [column, row] = [x - sx, y - sy];
          const inside = column >= -0.5 && column < nx - 0.5 && row >= -0.5 && row < ny - 0.5;
          const [c, r] = [Math.min(nx - 1, Math.max(0, column)), Math.min(ny - 1, Math.max(0, row))];
          const [left, up] = [Math.min(nx - 2, Math.floor(c)), Math.min(ny - 2, Math.floor(r))];
          const [fx, fy] = [c - left, r - up];
          const bilinear =
            (value(left, up) * (1 - fx) + value(left + 1, up) * fx) * (1 - fy) +
            (value(left, up + 1) * (1 - fx) + value(left + 1, up + 1) * fx) * fy;
          worst = Math.max(worst, Math.abs((voxels[y * (nx + 3) + x] ?? 0) - (inside ? bilinear : borderHu)));
        }
    }
    // float32 holds HU of this size to 1e-4.
    expect(worst).toBeLessThan(1e-3);
  });
});
