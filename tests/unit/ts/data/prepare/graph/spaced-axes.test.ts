import { spacedAxes } from "../../../../../../ts/data/prepare/graph/spaced-axes.ts";
import type { AffineRas } from "../../../../../../ts/schema/volume.ts";

type Triple = readonly [number, number, number];

/** A grid whose axes are turned about the body's axis, its numbers rounded as a header rounds them. */
function grid(spacingMmDHW: Triple, radians: number, rounded: (value: number) => number) {
  const [c, s] = [Math.cos(radians), Math.sin(radians)];
  const [d, h, w] = spacingMmDHW;
  const affineRas: AffineRas = [
    [rounded(c * w), rounded(-s * h), 0, -20],
    [rounded(s * w), rounded(c * h), 0, 31],
    [0, 0, d, 7],
    [0, 0, 0, 1],
  ];
  return { shapeDHW: [23, 29, 34] as const, spacingMmDHW, affineRas };
}
const exact = (value: number): number => value;

describe("spacedAxes", () => {
  it("lets the first centres meet where axes are at right angles", () => {
    const [d, h, w] = spacedAxes(grid([2.5, 0.9, 0.8], 0, exact), [3.75, 0.72, 1.04]);
    expect([d.length, h.length, w.length]).toEqual([16, 36, 26]);
    expect([d.first, h.first, w.first]).toEqual([0, 0, 0]);
    expect(d.ratio).toBeCloseTo(1.5, 12);
    expect(h.ratio).toBeCloseTo(0.8, 12);
  });

  // What MONAI 1.6.1's Spacing gives for such headers: its test for the corner has a tolerance of 1e-8 of a voxel.
  it("lets the middles meet where float32 left of an oblique scan's right angles too little", () => {
    const oblique = grid([2.5, 0.9, 0.8], 0.2, Math.fround);
    const [d, h, w] = spacedAxes(oblique, [3.75, 0.72, 1.04]);
    expect([d.length, h.length, w.length]).toEqual([16, 36, 26]);
    expect(d.first).toBeCloseTo(23 / 2 - (1.5 * 16) / 2, 6);
    expect(h.first).toBeCloseTo(29 / 2 - (0.8 * 36) / 2, 5);
    expect(w.first).toBeCloseTo(34 / 2 - (1.3 * 26) / 2, 5);
  });

  it("changes nothing at the scan's own spacing, oblique or not", () => {
    for (const radians of [0, 0.2])
      for (const { first, ratio } of spacedAxes(grid([2, 1, 1], radians, Math.fround), [2, 1, 1])) {
        expect(first).toBeCloseTo(0, 5);
        expect(ratio).toBeCloseTo(1, 6);
      }
  });

  it.each([
    ["5 / 2 + 1 = 3.5, to the even 4", 6, 4],
    ["3 / 2 + 1 = 2.5, to the even 2", 4, 2],
    ["7 / 2 + 1 = 4.5, to the even 4", 8, 4],
  ])("rounds a length as numpy does: %s", (_, from, to) => {
    const { spacingMmDHW, affineRas } = grid([1, 1, 1], 0, exact);
    const [, , w] = spacedAxes({ spacingMmDHW, affineRas, shapeDHW: [1, 1, from] }, [1, 1, 2]);
    expect(w.length).toBe(to);
  });

  // 117 x 91 x 20 voxels of 3 mm: numpy.linalg.solve gives 1.25 where a division gives 1.2499999999999998.
  it("rounds a length where a spacing is not quite a decimal as numpy's solver leaves it", () => {
    const { spacingMmDHW, affineRas } = grid([3, 3, 3], 0, exact);
    const axes = spacedAxes(
      { spacingMmDHW, affineRas, shapeDHW: [20, 91, 117] },
      [4.5, 2.4000000000000004, 3.9000000000000004],
    );
    expect(axes.map(({ length }) => length)).toEqual([14, 114, 90]);
  });

  it("leaves an axis alone whose spacing is within a thousandth of a millimetre", () => {
    const { spacingMmDHW, affineRas } = grid([1, 1, 1], 0, exact);
    const lengths = [1.0009, 1.0011].map(
      (mm) => spacedAxes({ spacingMmDHW, affineRas, shapeDHW: [1, 1, 900] }, [1, 1, mm])[2].length,
    );
    expect(lengths).toEqual([900, 899]);
  });
});
