import fc from "fast-check";
import { resizeClamped } from "../../../../../ts/data/prepare/resize.ts";
import { seeded } from "../../../../support/body-voxels.ts";

type Triple = readonly [number, number, number];
const wide = { low: -32768, high: 32767 };

/**
 * Independent slow version of one axis: exact overlap of cells where it shrinks, linear between centres where
 * it grows.
 */
function axisWeight(from: number, to: number, out: number, at: number): number {
  if (to < from) {
    const [low, high] = [(out * from) / to, ((out + 1) * from) / to];
    return Math.max(0, Math.min(high, at + 1) - Math.max(low, at)) / (from / to);
  }
  const centre = Math.min(from - 1, Math.max(0, ((out + 0.5) * from) / to - 0.5));
  return Math.max(0, 1 - Math.abs(centre - at));
}

/** Independent slow resize: every output voxel is a sum over every input voxel. */
function slow(voxels: ArrayLike<number>, shape: Triple, size: Triple, low: number, high: number): number[] {
  const out: number[] = [];
  for (let d = 0; d < size[0]; d++)
    for (let h = 0; h < size[1]; h++)
      for (let w = 0; w < size[2]; w++) {
        let sum = 0;
        for (let z = 0; z < shape[0]; z++)
          for (let y = 0; y < shape[1]; y++)
            for (let x = 0; x < shape[2]; x++) {
              const weight =
                axisWeight(shape[0], size[0], d, z) *
                axisWeight(shape[1], size[1], h, y) *
                axisWeight(shape[2], size[2], w, x);
              if (weight > 0)
                sum += weight * Math.min(high, Math.max(low, voxels[x + shape[2] * (y + shape[1] * z)] ?? 0));
            }
        out.push(sum);
      }
  return out;
}

describe("resizeClamped", () => {
  it("agrees with an independent slow resize within 1e-3 HU, shrinking and growing each axis on its own", () => {
    const length = fc.integer({ min: 1, max: 6 });
    fc.assert(
      fc.property(
        fc.tuple(length, length, length),
        fc.tuple(length, length, length),
        fc.nat(),
        (shape, size, seed) => {
          const random = seeded(seed);
          const voxels = Int16Array.from(
            { length: shape[0] * shape[1] * shape[2] },
            () => Math.floor(random() * 4000) - 1500,
          );
          const out = new Float32Array(size[0] * size[1] * size[2]);
          resizeClamped(voxels, shape, size, { low: -1000, high: 1000 }, out);
          slow(voxels, shape, size, -1000, 1000).forEach((wanted, i) => {
            expect(Math.abs((out[i] ?? 0) - wanted)).toBeLessThan(1e-3);
          });
        },
      ),
      { numRuns: 150, seed: 8 },
    );
  });

  it("gives the same to the last bit by each of its ways: whole numbers by a table, halves by a sum", () => {
    const random = seeded(5);
    const voxels = Int16Array.from({ length: 7 * 8 * 12 }, () => Math.floor(random() * 4000) - 1500);
    for (const size of [
      [3, 4, 6],
      [5, 4, 5],
      [9, 8, 6],
      [7, 3, 12],
    ] as const) {
      const [byTable, compared] = [0, 1].map(() => new Float32Array(size[0] * size[1] * size[2]));
      if (byTable === undefined || compared === undefined) continue;
      resizeClamped(voxels, [7, 8, 12], size, { low: -1000, high: 1000 }, byTable);
      resizeClamped(Float32Array.from(voxels), [7, 8, 12], size, { low: -1000, high: 1000 }, compared);
      expect(byTable).toEqual(compared);
    }
    // A window with fractions has no whole ends to look up.
    const [fraction, whole] = [new Float32Array(1), new Float32Array(1)];
    resizeClamped(Int16Array.of(-3, 9), [1, 1, 2], [1, 1, 1], { low: -0.5, high: 2.25 }, fraction);
    resizeClamped(Int16Array.of(-3, 9), [1, 1, 2], [1, 1, 1], { low: -1, high: 2 }, whole);
    expect([fraction[0], whole[0]]).toEqual([0.875, 0.5]);
  });

  it("clamps before it averages: padding of -3024 weighs no more than air", () => {
    const out = new Int16Array(1);
    resizeClamped(Int16Array.of(-3024, 1000), [1, 1, 2], [1, 1, 1], { low: -1000, high: 1000 }, out);
    expect(out[0]).toBe(0);
  });

  it("keeps the mean where it shrinks", () => {
    const random = seeded(11);
    const voxels = Int16Array.from({ length: 9 * 10 * 12 }, () => Math.floor(random() * 1000));
    const out = new Float32Array(3 * 5 * 4);
    resizeClamped(voxels, [9, 10, 12], [3, 5, 4], wide, out);
    const mean = (values: ArrayLike<number>): number =>
      Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;
    expect(mean(out)).toBeCloseTo(mean(voxels), 3);
  });

  it("leaves a constant constant and commutes with flips", () => {
    const out = new Int16Array(5 * 3 * 4);
    resizeClamped(new Int16Array(3 * 7 * 2).fill(37), [3, 7, 2], [5, 3, 4], wide, out);
    expect([...new Set(out)]).toEqual([37]);
    const line = Int16Array.of(1, 5, 2, 8, 3, 9, 4);
    for (const to of [3, 5, 7, 11]) {
      const [plain, turned] = [new Float32Array(to), new Float32Array(to)];
      resizeClamped(line, [1, 1, 7], [1, 1, to], wide, plain);
      resizeClamped(line.toReversed(), [1, 1, 7], [1, 1, to], wide, turned);
      turned.reverse().forEach((value, i) => {
        expect(value).toBeCloseTo(plain[i] ?? Number.NaN, 4);
      });
    }
  });

  it("only clamps when the size stays, and rounds halves upward into int16", () => {
    const out = new Int16Array(4);
    resizeClamped(
      Float32Array.of(-1200.5, 0.5, -0.5, 900.49),
      [1, 2, 2],
      [1, 2, 2],
      { low: -1000, high: 800 },
      out,
    );
    expect([...out]).toEqual([-1000, 1, 0, 800].map((value) => value + 0));
  });
});
