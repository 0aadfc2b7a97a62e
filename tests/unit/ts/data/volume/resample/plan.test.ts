import { planResampling } from "../../../../../../ts/data/volume/resample/plan.ts";
import { caught } from "../../../../../support/caught.ts";
import { at, slice } from "../../../../../support/slice-headers.ts";

// Slices of 5 columns of 0.75 mm and 4 rows of 0.5 mm.
const leaning = (perSlice: number, count = 5) =>
  Array.from({ length: count }, (_, index) => slice([-10, -20 + index * perSlice, 2 * index], index + 1));
const heights = [0, 2, 4, 6, 8];

describe("planResampling", () => {
  it("gives a tilted stack as many rows more as its shift needs, at right angles", () => {
    const plan = planResampling(leaning(0.3), heights, { tilt: true, spacing: false });
    // 1.2 mm are 2.4 rows.
    expect(plan.shapeXYZ).toEqual([5, 7, 5]);
    expect(plan.shifts.map(([x, y]) => [x, Number(y.toFixed(6))])).toEqual(
      [0, 0.6, 1.2, 1.8, 2.4].map((y) => [0, y]),
    );
    expect(plan.affine.columns.map((column) => column.map((value) => value + 0))).toEqual([
      [-0.75, 0, 0],
      [0, -0.5, 0],
      [0, 0, 2],
    ]);
    expect(plan.affine.origin).toEqual([10, 20, 0]);
    expect(plan.facts.tilt).toEqual({
      degrees: expect.closeTo((Math.atan2(1.2, 8) * 180) / Math.PI, 6),
      shiftMm: expect.closeTo(1.2, 6),
      lengthMm: 8,
      slices: 5,
      columnsAdded: 0,
      rowsAdded: 3,
    });
  });

  it("begins above the first slice where the others lean that way", () => {
    const plan = planResampling(leaning(-0.3), heights, { tilt: true, spacing: false });
    expect(plan.shapeXYZ).toEqual([5, 7, 5]);
    expect(plan.shifts[0]).toEqual([0, 3]);
    expect(plan.affine.origin[1]).toBeCloseTo(21.5, 9);
  });

  it("moves by whole pixels where the shift is whole", () => {
    const plan = planResampling(leaning(0.5000004), heights, { tilt: true, spacing: false });
    expect([plan.shapeXYZ, plan.shifts.at(-1)]).toEqual([
      [5, 8, 5],
      [0, 4],
    ]);
  });

  it("finds shifts along axes that are a little off the right angle", () => {
    const [cosine, sine] = [Math.cos(1.5705), Math.sin(1.5705)];
    const skew = { acrossLps: [1, 0, 0], downLps: [cosine, sine, 0] } as const;
    const slices = heights.map((z, index) =>
      slice([-10 + index * cosine, -20 + index * sine, z], index + 1, skew),
    );
    const plan = planResampling(slices, heights, { tilt: true, spacing: false });
    expect(plan.shifts.at(-1)).toEqual([0, 8]);
  });

  it("lays irregular slices onto the commonest step and keeps a slight shear", () => {
    const along = [0, 2, 4, 6, 9, 12];
    const slices = along.map((z, index) =>
      slice([-10, -20 + z / 100, z], index + 1, { padding: -2000, intercept: -24 }),
    );
    const plan = planResampling(slices, along, { tilt: false, spacing: true });
    expect([plan.shapeXYZ, plan.paddingHu[0], plan.facts.tilt]).toEqual([[5, 4, 7], -2024, null]);
    expect(plan.affine.columns[2]).toEqual([-0, expect.closeTo(-0.02, 9), expect.closeTo(2, 9)]);
    expect(plan.facts.spacing).toMatchObject({
      stepMm: 2,
      stepsAlike: 3,
      steps: 5,
      stepMinMm: 2,
      stepMaxMm: 3,
    });
    expect(plan.facts.spacing).toMatchObject({
      slicesBefore: 6,
      slicesAfter: 7,
      displaced: 0,
      firstDisplaced: null,
    });
  });

  it("is for slices", async () => {
    expect((await caught(() => planResampling([], [], { tilt: true, spacing: false }))).code).toBe(
      "INTERNAL",
    );
    expect(planResampling(at(heights), heights, { tilt: true, spacing: false }).shifts).toEqual(
      heights.map(() => [0, 0]),
    );
  });
});
