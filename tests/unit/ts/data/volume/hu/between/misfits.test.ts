import fc from "fast-check";
import { isFlat, noteMisfits } from "../../../../../../../ts/data/volume/hu/between/misfits.ts";
import { ReadLog } from "../../../../../../../ts/data/volume/log.ts";
import { bodyVoxels } from "../../../../../../support/body-voxels.ts";

const [nx, ny, nz] = [48, 40, 12];
const plane = nx * ny;
/** A body with a table behind it and an arm at its side: no mirror image of it is like it. */
function lopsided(seed = 1, noise = 8): Int16Array {
  return bodyVoxels(nx, ny, nz, seed, noise).map((hu, i) => {
    const [x, y] = [i % nx, Math.floor(i / nx) % ny];
    return y < 3 ? hu + 900 : x < 6 && y > 20 && y < 30 ? hu + 1040 : hu;
  });
}
const body = lopsided();
const told = (voxels: Int16Array | Float32Array, shape = [nx, ny, nz] as const): readonly string[] => {
  const log = new ReadLog();
  noteMisfits(voxels, shape, log);
  return log.warnings.map(({ code, message }) => `${code}: ${message}`);
};
type From = (x: number, y: number, z: number) => readonly [x: number, y: number, z: number];
/** The body with some slices taken from elsewhere in it. */
const moved = (slices: readonly number[], from: From): Int16Array =>
  body.map((hu, i) => {
    const z = Math.floor(i / plane);
    if (!slices.includes(z)) return hu;
    const [x, y, other] = from(i % nx, Math.floor(i / nx) % ny, z);
    return body[other * plane + y * nx + x] ?? 0;
  });
const mirrors: readonly (readonly [string, From])[] = [
  ["mirrored from side to side", (x, y, z) => [nx - 1 - x, y, z]],
  ["mirrored from top to bottom", (x, y, z) => [x, ny - 1 - y, z]],
  ["turned by half a circle", (x, y, z) => [nx - 1 - x, ny - 1 - y, z]],
];

describe("noteMisfits", () => {
  it("says nothing of bodies, whatever their seed and noise, nor of one slice", () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.integer({ min: 0, max: 60 }), (seed, noise) => {
        expect(told(lopsided(seed, noise))).toEqual([]);
      }),
      { numRuns: 6, seed: 41 },
    );
    expect(told(body.subarray(0, plane), [nx, ny, 1])).toEqual([]);
  });

  it.each(mirrors)("names the places where a slice, a block or an end is %s", (how, from) => {
    expect(told(moved([8], from))).toEqual([
      expect.stringContaining(
        `SLICES_TURNED: between slices 8 and 9, 9 and 10 of 12 along the stack the picture is ${how}`,
      ),
    ]);
    expect(told(moved([7, 8, 9, 10, 11], from))).toEqual([
      expect.stringContaining("between slices 7 and 8 of 12"),
    ]);
    expect(told(moved([0], from))).toEqual([expect.stringContaining("between slices 1 and 2 of 12")]);
  });

  it("names a few of many such places", () => {
    const [said] = told(moved([0, 2, 4, 6, 8, 10], mirrors[0]?.[1] ?? ((...at) => at)));
    expect(said).toContain("8 and 9, 9 and 10, ... of 12");
  });

  it("names slices that are unlike both neighbours: moved sideways, noise, or from elsewhere", () => {
    const misfit = "SLICES_MISFIT: 1 of 12 slices (10) along the stack is unlike both neighbours";
    expect(told(moved([9], (x, y, z) => [(x + 8) % nx, y, z]))).toEqual([expect.stringContaining(misfit)]);
    const noise = body.map((hu, i) => (Math.floor(i / plane) === 9 ? ((i * 7919) % 2000) - 1000 : hu));
    expect(told(noise)).toEqual([expect.stringContaining(misfit)]);
    expect(told(moved([2, 9], (x, y, z) => [x, y, 11 - z]))).toEqual([
      expect.stringContaining("2 of 12 slices (3, 10) along the stack are unlike"),
    ]);
  });

  it("names slices of one value, and says nothing else of them", () => {
    const filled = (value: number, slices: readonly number[]): Int16Array =>
      body.map((hu, i) => (slices.includes(Math.floor(i / plane)) ? value : hu));
    expect(told(filled(-1024, [5]))).toEqual([
      expect.stringContaining(
        "SLICES_EMPTY: 1 of 12 slices (6) along the stack holds one value alone (-1024 HU)",
      ),
    ]);
    expect(told(Float32Array.from(filled(0, [10, 11])))).toEqual([
      expect.stringContaining("2 of 12 slices (11, 12) along the stack hold one value alone (0 HU)"),
    ]);
    expect(told(new Int16Array(nz * plane))).toEqual([]);
  });

  it("takes slices of fewer than 8 columns or rows for no pictures", () => {
    const stripes = Int16Array.from({ length: 7 * 20 * 4 }, (_, i) =>
      Math.floor(i / 140) === 1 ? i % 900 : i % 7,
    );
    expect(told(stripes, [7, 20, 4])).toEqual([]);
  });
});

describe("isFlat", () => {
  it("is true of one value alone", () => {
    expect([
      isFlat(Int16Array.of(3, 3, 3)),
      isFlat(Int16Array.of(3, 3, 4)),
      isFlat(new Float32Array(0)),
    ]).toEqual([true, false, true]);
  });
});
