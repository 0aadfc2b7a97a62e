import { noteCoarse } from "../../../../../../ts/data/volume/hu/coarse.ts";
import { huHistogram } from "../../../../../../ts/data/volume/hu/histogram.ts";
import { ReadLog } from "../../../../../../ts/data/volume/log.ts";
import { bodyVoxels } from "../../../../../support/body-voxels.ts";

const body = bodyVoxels(40, 40, 12);
const told = (voxels: Int16Array | Float32Array): readonly string[] => {
  const log = new ReadLog();
  noteCoarse(huHistogram(voxels), log);
  return log.warnings.map(({ code, message }) => `${code}: ${message}`);
};

describe("noteCoarse", () => {
  it("says nothing of what a scanner writes, in whole numbers, in fours or as fractions", () => {
    expect(told(body)).toEqual([]);
    expect(told(body.map((hu) => 4 * Math.floor(hu / 4)))).toEqual([]);
    expect(told(Float32Array.from(body, (hu) => 1.7 * hu + 0.3))).toEqual([]);
  });

  it("says nothing of few voxels, of one tissue, nor of a picture without noise", () => {
    expect(told(body.subarray(0, 999).map((hu) => 16 * Math.floor(hu / 16)))).toEqual([]);
    expect(told(new Int16Array(5000).map((_, i) => 16 * (i % 5)))).toEqual([]);
    expect(told(new Int16Array(5000).map((_, i) => (i % 2 === 0 ? -1000 : i % 9)))).toEqual([]);
  });

  it.each([8, 16, 24])("tells of steps of %d HU", (step) => {
    expect(told(body.map((hu) => step * Math.floor(hu / step)))).toEqual([
      expect.stringMatching(new RegExp(`^HU_COARSE: between -?\\d+ and \\d+ HU .* mostly ${step} HU apart`)),
    ]);
  });
});
