import { spacedLines } from "../../../../../../ts/data/prepare/graph/spaced.ts";
import type { Lines } from "../../../../../../ts/data/prepare/sample/lines.ts";
import { seeded } from "../../../../../support/body-voxels.ts";
import { laidVolumes } from "../../../../../support/laid-volumes.ts";
import { volumeOf } from "../../../../../support/volume-of.ts";

const wide = { low: -32768, high: 32767 };
type Triple = readonly [number, number, number];
const linesOf = (shapeDHW: Triple, spacingMmDHW: Triple, wanted: Triple, ramp: Triple = [0, 0, 1]): Lines => {
  const voxels = new Int16Array(shapeDHW[0] * shapeDHW[1] * shapeDHW[2]);
  let at = 0;
  for (let d = 0; d < shapeDHW[0]; d++)
    for (let h = 0; h < shapeDHW[1]; h++)
      for (let w = 0; w < shapeDHW[2]; w++) voxels[at++] = ramp[0] * d + ramp[1] * h + ramp[2] * w;
  return spacedLines({ voxels, shapeDHW, ...gridOf(spacingMmDHW) }, wanted, wide);
};
const gridOf = (spacingMmDHW: Triple) => ({
  spacingMmDHW,
  affineRas: [
    [spacingMmDHW[2], 0, 0, 0],
    [0, spacingMmDHW[1], 0, 0],
    [0, 0, spacingMmDHW[0], 0],
    [0, 0, 0, 1],
  ] as const,
});
const line = (lines: Lines, d: number, h: number, w = 0, length = lines.shape[2] - w): number[] => {
  const out = new Float32Array(length);
  lines.line(d, h, w, out);
  return [...out];
};

describe("spacedLines", () => {
  it("begins at the centre of the first voxel and ends at the nearest to that of the last", () => {
    const lines = linesOf([1, 1, 5], [1, 1, 1], [1, 1, 1.5], [0, 0, 10]);
    expect(lines.shape).toEqual([1, 1, 4]);
    expect(line(lines, 0, 0)).toEqual([0, 15, 30, 40]);
  });

  it("mixes all eight neighbours: what grows linearly along each axis is read exactly anywhere", () => {
    const ramp: Triple = [100, 10, 1];
    const lines = linesOf([4, 5, 6], [2, 1, 1], [1.2, 0.7, 0.6], ramp);
    const [depth, rows, columns] = lines.shape;
    expect([depth, rows, columns]).toEqual([6, 7, 9]);
    for (const [d, h] of [
      [0, 0],
      [3, 4],
      [depth - 1, rows - 1],
    ] as const)
      line(lines, d, h).forEach((value, w) => {
        const at = [Math.min(3, d * 0.6), Math.min(4, h * 0.7), Math.min(5, w * 0.6)];
        expect(value).toBeCloseTo(
          at.reduce((sum, place, axis) => sum + place * (ramp[axis] ?? 0), 0),
          4,
        );
      });
  });

  it("gives a part of a line as the whole line has it, and nothing for no voxels", () => {
    const lines = linesOf([2, 2, 9], [1, 1, 1], [0.7, 0.9, 0.4], [3, 5, 7]);
    const whole = line(lines, 1, 1);
    expect(line(lines, 1, 1, 4, 3)).toEqual(whole.slice(4, 7));
    expect(line(lines, 1, 1, 4, 0)).toEqual([]);
  });

  it("clamps to the window what was rounded to float32, at every sampled place", () => {
    const voxels = Int16Array.of(-1200, -900, 500, 1400);
    const laid = { voxels, shapeDHW: [1, 1, 4] as const, ...gridOf([1, 1, 1]) };
    const made = (low: number, high: number): number[] =>
      line(spacedLines(laid, [1, 1, 0.3], { low, high }), 0, 0);
    const free = made(wide.low, wide.high);
    expect(Math.min(...free)).toBe(-1200);
    expect(made(-1000, 1000.5)).toEqual(free.map((hu) => Math.min(1000.5, Math.max(-1000, hu))));
  });

  it.each([
    ["int16", Int16Array],
    ["float32", Float32Array],
  ] as const)("gives columns as whole lines have them, wherever %s voxels are stored", (_, kind) => {
    const random = seeded(5);
    const shapeDHW: Triple = [3, 4, 5];
    const volume = volumeOf(
      new kind(Array.from({ length: 60 }, () => Math.floor(random() * 3000) - 1100)),
      shapeDHW,
    );
    const window = { low: -1000, high: 1000 };
    const wanted: Triple = [0.7, 0.8, 0.6];
    const plain = spacedLines(volume, wanted, window);
    const at = Int32Array.of(1, 2, 2, 4, 7);
    for (const { laid } of laidVolumes(volume)) {
      const lines = spacedLines(laid, wanted, window);
      const read = lines.columns?.(at);
      const out = new Float32Array(at.length);
      for (let d = 0; d < plain.shape[0]; d++)
        for (let h = 0; h < plain.shape[1]; h++) {
          const whole = line(plain, d, h);
          expect(line(lines, d, h)).toEqual(whole);
          expect(line(lines, d, h, 3, 2)).toEqual(whole.slice(3, 5));
          read?.(d, h, out);
          expect([...out]).toEqual([...at].map((column) => whole[column]));
        }
    }
  });
});
