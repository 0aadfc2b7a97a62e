import {
  drawFrame,
  sliceExtentMm,
  sliceGrid,
  stackExtentMm,
  stackGrid,
} from "../../../../../../ts/data/phantom/draw/planes.ts";
import { createRandom } from "../../../../../../ts/data/phantom/random.ts";
import type { Grid, PointMm } from "../../../../../../ts/data/phantom/truth/solids.ts";

const frame = (plane: Parameters<typeof drawFrame>[0], seed = 1): ReturnType<typeof drawFrame> =>
  drawFrame(plane, createRandom(seed, "noise"));
const dot = (a: PointMm, b: PointMm): number => a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
const at = (grid: Grid, k: number, j: number, i: number): number[] =>
  [0, 1, 2].map(
    (a) =>
      (grid.originMm[a] as number) +
      i * (grid.stepsMm[0][a] as number) +
      j * (grid.stepsMm[1][a] as number) +
      k * (grid.stepsMm[2][a] as number),
  );

describe("drawFrame", () => {
  it("shows axial slices with row 0 anterior, column 0 patient right, upward", () => {
    expect(frame("axial")).toMatchObject({ columns: [-1, 0, 0], rows: [0, -1, 0], slices: [0, 0, 1] });
  });

  it("shows coronal slices with row 0 superior and column 0 patient right, to the front", () => {
    expect(frame("coronal")).toMatchObject({ columns: [-1, 0, 0], rows: [0, 0, -1], slices: [0, 1, 0] });
  });

  it("shows sagittal slices with row 0 superior and column 0 anterior, to the patient's right", () => {
    expect(frame("sagittal")).toMatchObject({ columns: [0, -1, 0], rows: [0, 0, -1], slices: [1, 0, 0] });
  });

  it("tilts oblique stacks by 30 to 40 degrees about x, both ways, with axes of unit length at right angles", () => {
    const tilts = Array.from({ length: 200 }, (_, seed) => {
      const { columns, rows, slices } = frame("oblique", seed);
      for (const [a, b, expected] of [
        [columns, columns, 1],
        [rows, rows, 1],
        [slices, slices, 1],
        [columns, rows, 0],
        [rows, slices, 0],
        [columns, slices, 0],
      ] as const) {
        expect(dot(a, b)).toBeCloseTo(expected, 12);
      }
      expect(columns).toEqual([-1, 0, 0]);
      return (Math.atan2(-slices[1], slices[2]) * 180) / Math.PI;
    });
    for (const tilt of tilts) {
      expect(Math.abs(tilt)).toBeGreaterThan(29.9);
      expect(Math.abs(tilt)).toBeLessThan(40.1);
    }
    expect(tilts.some((tilt) => tilt > 0)).toBe(true);
    expect(tilts.some((tilt) => tilt < 0)).toBe(true);
  });
});

describe("stackGrid", () => {
  it("fills the field of view evenly around the origin", () => {
    const grid = stackGrid(frame("axial"), [16, 48, 48]);
    expect(at(grid, 0, 0, 0)).toEqual(
      [(sliceExtentMm / 48) * 23.5, (sliceExtentMm / 48) * 23.5, -7.5 * 18].map((value) =>
        expect.closeTo(value, 9),
      ),
    );
    expect(at(grid, 15, 47, 47)).toEqual(
      [-(sliceExtentMm / 48) * 23.5, -(sliceExtentMm / 48) * 23.5, 7.5 * 18].map((value) =>
        expect.closeTo(value, 9),
      ),
    );
    expect(stackExtentMm.axial / 16).toBe(18);
  });

  it("writes no negative zero into a grid", () => {
    for (const plane of ["axial", "coronal", "sagittal"] as const) {
      for (const step of stackGrid(frame(plane), [16, 48, 48]).stepsMm)
        for (const value of step) expect(Object.is(value, -0)).toBe(false);
    }
  });
});

describe("sliceGrid", () => {
  it("cuts through the point along the slice normal and stays in the middle across it", () => {
    const axial = sliceGrid(frame("axial"), [48, 48], [50, 60, 33]);
    const middle = [0, 1, 2].map(
      (a) => ((at(axial, 0, 0, 0)[a] as number) + (at(axial, 0, 47, 47)[a] as number)) / 2,
    );
    expect(middle).toEqual([0, 0, 33].map((value) => expect.closeTo(value, 9)));
    const oblique = frame("oblique");
    const grid = sliceGrid(oblique, [48, 48], [10, 20, 30]);
    const centre = [0, 1, 2].map(
      (a) => ((at(grid, 0, 0, 0)[a] as number) + (at(grid, 0, 47, 47)[a] as number)) / 2,
    ) as unknown as PointMm;
    expect(dot(oblique.slices, centre)).toBeCloseTo(dot(oblique.slices, [10, 20, 30]), 9);
  });
});
