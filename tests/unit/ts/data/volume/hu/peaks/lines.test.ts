import {
  belongs,
  explains,
  isInPlace,
  linesOf,
  offsetOf,
  peaksOf,
  strayed,
} from "../../../../../../../ts/data/volume/hu/peaks/lines.ts";

const at = (scale: number, add: number) => ({
  air: scale * belongs.air.hu + add,
  fat: scale * belongs.fat.hu + add,
  soft: scale * belongs.soft.hu + add,
});

describe("peaks and lines", () => {
  it("peaks in place stray by nothing, and by what they lie off in units of what is usual", () => {
    const peaks = peaksOf(at(1, 0));
    expect(peaks.map(({ hu }) => hu)).toEqual([-1000, -97, 50]);
    expect(strayed(peaks)).toBe(0);
    expect(strayed(peaksOf({ air: -985, fat: undefined, soft: 78 }))).toBeCloseTo(2, 9);
    expect([isInPlace(peaks), isInPlace(peaksOf(at(1, 60)))]).toEqual([true, false]);
  });

  it.each([60, -60, 150, -300])("an offset of %d HU is found and undone", (add) => {
    const [line] = linesOf(at(1, add));
    expect(line).toMatchObject({ kind: "offset", factor: 1, addHu: -add });
    expect(line?.size).toBe(`${Math.abs(add)} HU too ${add > 0 ? "high" : "low"}`);
    expect(line?.left).toBeCloseTo(0, 9);
    expect(offsetOf(peaksOf(at(1, add))).addHu).toBe(-add);
  });

  it.each([
    [0.9, 0],
    [1.1, 0],
    [2, 0],
    [0.9, -102.4],
    [1.25, 256],
  ])("a scale of %d with %d added is found and undone", (scale, add) => {
    const [line] = linesOf(at(scale, add));
    expect(line?.kind).toBe("scaled");
    for (const hu of [-1000, 50])
      expect(Math.abs((scale * hu + add) * (line?.factor ?? 0) + (line?.addHu ?? 0) - hu)).toBeLessThan(6);
  });

  it("a lone peak above air may be soft tissue, and after that fat", () => {
    const lines = linesOf({ air: -1097.5, fat: undefined, soft: -107 });
    expect(lines.some(({ kind, factor }) => kind === "scaled" && Math.abs(1 / factor - 1.1) < 0.01)).toBe(
      true,
    );
  });

  it("what scans in HU differ by needs no line, and no line explains peaks of no body", () => {
    expect(linesOf(at(1, 20))).toEqual([]);
    expect(linesOf(at(1.04, 0))).toEqual([]);
    expect(linesOf({ air: -1000, fat: 400, soft: 900 })).toEqual([]);
    expect(explains(offsetOf(peaksOf(at(1, 34))))).toBe(false);
    expect(explains(offsetOf(peaksOf(at(1, 36))))).toBe(true);
  });
});
