import { noteBeyond, noteOutside, noteTop } from "../../../../../../ts/data/volume/hu/ends.ts";
import { huHistogram } from "../../../../../../ts/data/volume/hu/histogram.ts";
import { ReadLog } from "../../../../../../ts/data/volume/log.ts";

/** A hundred voxels of tissue, some of them of other values. */
const scan = (changed: readonly number[]): readonly number[] =>
  Array.from({ length: 100 }, (_, at) => changed[at] ?? 40);
const told = (
  note: (voxels: Int16Array | Float32Array, log: ReadLog) => void,
  voxels: Int16Array | Float32Array,
  before: readonly string[] = [],
): ReadLog => {
  const log = new ReadLog();
  for (const code of before) log.warn(code, "");
  note(voxels, log);
  return log;
};

describe("what lies below air", () => {
  const note = (voxels: Int16Array | Float32Array, log: ReadLog): void =>
    noteOutside(huHistogram(voxels), log);

  it("is counted, and told with its share and the lowest value", () => {
    const log = told(note, Int16Array.from(scan([-2000, -1251, -1250])));
    expect(log.steps).toEqual([{ step: "outside", belowHu: -1250, voxels: 2, share: 0.02, min: -2000 }]);
    expect(log.warnings).toEqual([
      {
        code: "OUTSIDE_FOV_VALUES",
        message: expect.stringContaining("2.0 % of the voxels lie below -1250 HU (lowest -2000)"),
      },
    ]);
  });

  it("is nothing where the lowest voxel is air, and no warning where it is a few voxels", () => {
    expect(told(note, Int16Array.from(scan([-1250]))).steps).toEqual([]);
    const few = new Int16Array(2000).fill(-1000);
    few[7] = -3000;
    const log = told(note, few);
    expect([log.steps.length, log.warnings]).toEqual([1, []]);
  });
});

describe("what piles up at the top", () => {
  const note = (voxels: Int16Array | Float32Array, log: ReadLog): void =>
    noteTop(voxels, huHistogram(voxels), log);

  it("is told from one voxel in a hundred on, exactly, in whole numbers and in fractions", () => {
    expect(told(note, Int16Array.from(scan([3071]))).warnings).toEqual([
      { code: "TOP_VALUE_PILE", message: expect.stringContaining("1.0 % of the voxels are exactly 3071 HU") },
    ]);
    expect(told(note, Float32Array.from(scan([3071.5, 3071.5, 3071.25]))).warnings[0]?.message).toContain(
      "2.0 % of the voxels are exactly 3071.5 HU",
    );
  });

  it("is not told below metal, of fewer voxels, nor beside a warning of padding", () => {
    expect(told(note, Int16Array.from(scan([1999, 1999]))).warnings).toEqual([]);
    expect(told(note, Int16Array.from([...scan([3071]), 0])).warnings).toEqual([]);
    expect(told(note, Int16Array.from(scan([3071])), ["PADDING_VALUES"]).warnings).toHaveLength(1);
  });
});

describe("what no scanner writes", () => {
  const note = (voxels: Int16Array | Float32Array, log: ReadLog): void =>
    noteBeyond(voxels, huHistogram(voxels), log);

  it("is counted on both sides of 16 bits", () => {
    expect(told(note, Float32Array.from(scan([3e38, -4e4, 32768, -32768]))).warnings).toEqual([
      { code: "BEYOND_HU_VALUES", message: expect.stringMatching(/^2 voxels lie beyond .*highest 3.*e\+38/) },
    ]);
    expect(told(note, Int16Array.from(scan([32767, -32768]))).warnings).toEqual([]);
  });
});
