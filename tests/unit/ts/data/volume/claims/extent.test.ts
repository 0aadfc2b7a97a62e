import { noteExtent } from "../../../../../../ts/data/volume/claims/extent.ts";
import type { Affine } from "../../../../../../ts/data/volume/geometry.ts";
import { ReadLog } from "../../../../../../ts/data/volume/log.ts";

const grid = (x: number, y: number, z: number): Affine => ({
  columns: [
    [-x, 0, 0],
    [0, y, 0],
    [0, 0, z],
  ],
  origin: [0, 0, 0],
});
const told = (
  affine: Affine,
  shape: readonly [number, number, number],
  stackAxis: 0 | 1 | 2 = 2,
): readonly string[] => {
  const log = new ReadLog();
  noteExtent(affine, shape, stackAxis, log);
  return log.warnings.map(({ code, message }) => `${code}: ${message}`);
};

describe("noteExtent", () => {
  it.each<[string, Affine, readonly [number, number, number]]>([
    ["a chest", grid(0.7, 0.7, 1), [512, 512, 300]],
    ["a whole body", grid(0.98, 0.98, 5), [512, 512, 380]],
    ["an inner ear", grid(0.2, 0.2, 0.6), [512, 512, 40]],
    ["a tooth by cone beam", grid(0.2, 0.2, 0.2), [400, 400, 400]],
    ["a small crop", grid(0.7, 0.7, 1), [40, 63, 10]],
    ["a single thick slice", grid(0.7, 0.7, 100), [512, 512, 1]],
  ])("says nothing of %s", (_, affine, shape) => {
    expect(told(affine, shape)).toEqual([]);
  });

  it.each<[string, Affine, readonly [number, number, number], string]>([
    [
      "centimetres given as mm",
      grid(0.07, 0.07, 0.1),
      [512, 512, 300],
      "EXTENT_TOO_SMALL: the voxels span 35.84",
    ],
    ["tenths of mm given as mm", grid(7, 7, 10), [512, 512, 300], "EXTENT_TOO_LARGE: the voxels span 3584"],
    [
      "a stack of metres",
      grid(0.7, 0.7, 10),
      [512, 512, 300],
      "EXTENT_TOO_LARGE: the voxels span 358.4 x 358.4 x 3000",
    ],
  ])("tells of %s", (_, affine, shape, said) => {
    expect(told(affine, shape)).toEqual([expect.stringContaining(said)]);
  });

  it("takes the other two axes for the picture where another one is the stack", () => {
    expect(told(grid(1, 0.07, 0.07), [300, 512, 512], 0)).toEqual([
      expect.stringContaining("EXTENT_TOO_SMALL"),
    ]);
    expect(told(grid(8, 0.7, 0.7), [300, 512, 512], 0)).toEqual([]);
  });
});
