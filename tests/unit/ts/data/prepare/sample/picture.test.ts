import { Picture } from "../../../../../../ts/data/prepare/sample/picture.ts";

describe("Picture", () => {
  const window = { low: -160, high: 240 };
  const level = (hu: number): number => Math.round((255 * (Math.min(240, Math.max(-160, hu)) + 160)) / 400);

  it("has for every int16 the level that the formula gives", () => {
    const voxels = Int16Array.from({ length: 65536 }, (_, i) => i - 32768);
    const out = new Uint8Array(65536);
    new Picture({ voxels }, window).levels(0, 1, out);
    expect(out).toEqual(Uint8Array.from(voxels, level));
  });

  it("rounds fractions of float32 from the value itself", () => {
    const voxels = Float32Array.of(-160, 0.4, 0.8, 239.9, 1e6, -1e6);
    const out = new Uint8Array(6);
    new Picture({ voxels }, window).levels(0, 1, out);
    expect([...out]).toEqual([...voxels].map(level));
  });

  it("reads with any step, backwards too", () => {
    const picture = new Picture({ voxels: Int16Array.of(0, 1, 2, 3, 4, 5, 6) }, { low: 0, high: 255 });
    const read = (from: number, step: number): number[] => {
      const out = new Uint8Array(3);
      picture.levels(from, step, out);
      return [...out];
    };
    expect([read(0, 3), read(6, -2), read(2, 1)]).toEqual([
      [0, 3, 6],
      [6, 4, 2],
      [2, 3, 4],
    ]);
  });

  it("has one level where the window has no width", () => {
    expect(new Picture({ voxels: Int16Array.of(7) }, { low: 7, high: 7 }).levelOf(7)).toBe(0);
  });
});
