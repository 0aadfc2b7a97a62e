import fc from "fast-check";
import { sliceSample } from "../../../../../../../ts/data/phantom/draw/slices.ts";
import { phantomSeed } from "../../../../../../../ts/data/phantom/truth/seeds.ts";
import { slicesOff } from "../../../../../../../ts/data/volume/hu/between/slices.ts";
import { bodyVoxels, seeded } from "../../../../../../support/body-voxels.ts";

const [nx, ny, nz] = [24, 20, 12];
const plane = nx * ny;
const body = bodyVoxels(nx, ny, nz);
const inSlices = (which: readonly number[], change: (hu: number) => number, voxels = body): Int16Array =>
  voxels.map((hu, at) => (which.includes(Math.floor(at / plane)) ? Math.round(change(hu)) : hu));

describe("slicesOff", () => {
  it.each([
    ["60 HU too high", 60],
    ["60 HU too low", -60],
    ["100 HU too high", 100],
  ])("names slices that lie %s, one, several or a block at the end", (words, add) => {
    for (const which of [[5], [2, 6, 10], [9, 10, 11]]) {
      const [reason] = slicesOff(
        inSlices(which, (hu) => hu + add),
        plane,
      );
      expect(reason).toContain(`${which.length} of ${nz} slices are off the others`);
      expect(reason).toContain(`${which.map((slice) => slice + 1).join(", ")} along the stack lies about `);
      const [, size, side] = /about (\d+) HU (too \w+)/.exec(reason ?? "") ?? [];
      expect(Math.abs(Number(size) - Math.abs(add))).toBeLessThanOrEqual(8);
      expect(words).toContain(side);
    }
  });

  it("names slices on another scale, by what their air moves", () => {
    for (const [scale, moved] of [
      [0.9, 100],
      [1.1, -100],
    ] as const) {
      const [reason] = slicesOff(
        inSlices([4, 5], (hu) => scale * hu),
        plane,
      );
      expect(reason).toMatch(/2 of 12 slices .* another scale: .* slices 5, 6 /);
      expect(reason).toContain(moved > 0 ? "too high" : "too low");
    }
  });

  it("follows the commonest tissue where there is no air", () => {
    const crop = body.map((hu) => (hu < -300 ? 40 + (hu & 15) : hu));
    expect(slicesOff(crop, plane)).toEqual([]);
    expect(
      slicesOff(
        inSlices([6], (hu) => hu + 60, crop),
        plane,
      )[0],
    ).toContain("slice 7 along the stack");
  });

  it("says nothing of any body, whatever its seed and noise, nor of slices that are padding", () => {
    fc.assert(
      fc.property(fc.nat(1000), fc.integer({ min: 0, max: 30 }), (seed, noise) => {
        expect(slicesOff(bodyVoxels(nx, ny, 8, seed, noise), plane)).toEqual([]);
      }),
      { numRuns: 8, seed: 6 },
    );
    expect(
      slicesOff(
        inSlices([0, 1, 11], () => -2000),
        plane,
      ),
    ).toEqual([]);
    expect(
      slicesOff(
        inSlices([7], (hu) => (hu < -900 ? -2000 : hu)),
        plane,
      ),
    ).toEqual([]);
  });

  it.each(["axial", "coronal", "sagittal", "oblique"] as const)(
    "says nothing of %s slices that have nothing to do with each other",
    (plane) => {
      const [side, count] = [32, 24];
      const images = Array.from({ length: 8 * count }, (_, at) =>
        sliceSample(phantomSeed(3, "slices", at), [side, side]),
      )
        .filter((sample) => sample.plane === plane)
        .slice(0, count);
      expect(images.length).toBeGreaterThan(10);
      const stack = new Int16Array(images.length * side * side);
      for (const [at, { image }] of images.entries()) stack.set(image.voxels, at * side * side);
      expect(slicesOff(stack, side * side)).toEqual([]);
    },
  );

  it("takes fat that muscle follows for anatomy, and an offset of muscle to where fat lies for none", () => {
    const random = seeded(4);
    const tissue = (share: number, add = 0): Int16Array =>
      Int16Array.from({ length: plane }, (_, at) =>
        Math.round((at < share * plane ? -100 : 45) + add + 12 * (random() - 0.5)),
      );
    const joined = (...slices: readonly Int16Array[]): Int16Array =>
      Int16Array.from(slices.flatMap((slice) => [...slice]));
    expect(slicesOff(joined(tissue(0.7), tissue(0.7), tissue(0.25)), plane)).toEqual([]);
    expect(slicesOff(joined(tissue(0), tissue(0), tissue(0, -145)), plane)[0]).toContain("1 of 3 slices");
  });

  it("judges no single slice and no tiny ones", () => {
    expect(slicesOff(body.subarray(0, plane), plane)).toEqual([]);
    expect(slicesOff(Int16Array.of(0, 1000, 0, 1000), 1)).toEqual([]);
  });
});
