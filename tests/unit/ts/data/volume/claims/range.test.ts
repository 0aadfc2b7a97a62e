import { noteStatedRange, type StatedRange } from "../../../../../../ts/data/volume/claims/range.ts";
import { ReadLog } from "../../../../../../ts/data/volume/log.ts";

const told = (stated: StatedRange | undefined, min: number, max: number): readonly string[] => {
  const log = new ReadLog();
  noteStatedRange(stated, { min, max }, log);
  return log.warnings.map(({ code, message }) => `${code}: ${message}`);
};
const by = "ElementMin and ElementMax";

describe("noteStatedRange", () => {
  it("says nothing where nothing is stated, or the voxels lie within, by rounding too", () => {
    expect(told(undefined, -5000, 5000)).toEqual([]);
    expect(told({ low: -1024, high: 3071, by }, -1000, 700)).toEqual([]);
    expect(told({ low: -1024, high: 700.2, by }, -1024.9, 701)).toEqual([]);
    expect(told({ low: Number.NEGATIVE_INFINITY, high: 100, by }, -9000, 99)).toEqual([]);
  });

  it.each([
    [-1100, 50],
    [-1000, 300],
  ])("tells of voxels in %d..%d with both ranges and the fields", (min, max) => {
    expect(told({ low: -1024, high: 200, by }, min, max)).toEqual([
      expect.stringMatching(
        `^STATED_RANGE_DISAGREES: .*-1024\\.\\.200 \\(ElementMin and ElementMax\\).*${min}\\.\\.${max}`,
      ),
    ]);
  });

  it("tells of one end where one alone is stated", () => {
    const none = Number.POSITIVE_INFINITY;
    expect(told({ low: 0, high: none, by }, -1000, 300)).toEqual([
      expect.stringContaining("lie at or above 0 (ElementMin"),
    ]);
    expect(told({ low: -none, high: 100, by }, -1000, 300)).toEqual([
      expect.stringContaining("lie at or below 100 (ElementMin"),
    ]);
  });
});
