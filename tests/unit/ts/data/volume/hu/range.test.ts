import { huHistogram } from "../../../../../../ts/data/volume/hu/histogram.ts";
import { refuseByRange } from "../../../../../../ts/data/volume/hu/range.ts";
import { bodyVoxels } from "../../../../../support/body-voxels.ts";
import { caught } from "../../../../../support/caught.ts";

const stored = { storedDtype: "int16", scaled: false };
const body = bodyVoxels(20, 16, 6);
const spread = (low: number, high: number): Float32Array =>
  Float32Array.from({ length: 101 }, (_, i) => low + ((high - low) * i) / 100);
const judge = (voxels: Int16Array | Float32Array, evidence = stored): void =>
  refuseByRange(huHistogram(voxels), evidence);

describe("the range of voxels", () => {
  it.each([
    ["a body", body],
    ["30 HU, no less", spread(0, 30)],
    ["a narrow range of air", spread(-1010, -990)],
    ["a narrow range of bone", spread(900, 915)],
    ["a top that is no picture's", spread(0, 300)],
    ["a picture's top over a bottom that is not 0", spread(-1, 255)],
  ])("passes %s", (_, voxels) => {
    expect(() => judge(voxels)).not.toThrow();
  });

  it.each([
    ["one value", new Int16Array(9).fill(-1024), "constant", "every voxel is -1024"],
    ["0..1", spread(0, 1), "normalised", "min-max normalised to 0..1"],
    ["-1..1", spread(-1, 1), "normalised", "normalised to -1..1"],
    ["zero mean", spread(-3, 8), "normalised", "zero mean and unit deviation"],
    ["29.9 HU around 0", spread(-10, 19.9), "normalised", "-10..19.9"],
    ["0..100", spread(0, 100), "normalised", "exactly 0 to exactly 100"],
    ["0..255", spread(0, 255), "8-bit", "exactly 0 to exactly 255: an 8-bit picture"],
    ["0..4095", spread(0, 4095), "normalised", "exactly 0 to exactly 4095: a rescaled picture"],
    ["0..65535", spread(0, 65535), "normalised", "exactly 0 to exactly 65535"],
  ])("refuses %s", async (_, voxels, cause, said) => {
    const error = await caught(() => judge(voxels));
    expect([error.code, error.details.cause]).toEqual(["DATA_NOT_HU", cause]);
    expect(error.message).toContain(said);
    expect(error.hint).toMatch(/^(Use|The) .*\.$/);
  });

  it("refuses unscaled 8-bit numbers by their type, and takes scaled ones", async () => {
    for (const storedDtype of ["uint8", "int8"]) {
      const error = await caught(() => judge(body, { storedDtype, scaled: false }));
      expect([error.details.cause, error.hint]).toEqual([
        "8-bit",
        "Use the original scan: a picture of it has lost its HU.",
      ]);
      expect(() => judge(body, { storedDtype, scaled: true })).not.toThrow();
    }
  });
});
