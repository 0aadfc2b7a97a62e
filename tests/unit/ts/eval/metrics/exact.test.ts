import { exactMatch, exactMetric } from "../../../../../ts/eval/metrics/exact.ts";

describe("exactMatch", () => {
  it.each([
    ["Left lung.", "left  lung"],
    ["\uFF21xial", "axial"],
    ['"cyst"', "cyst"],
    ["(left)", "left"],
    ["\u201Cportal venous\u201D!", "Portal venous"],
  ])("takes %j for %j", (prediction, target) => {
    expect(exactMatch(prediction, target)).toBe(1);
  });

  it.each([
    ["", "cyst"],
    ["", "."],
    [".", "."],
    ["5", "-5"],
    ["50", "50%"],
    ["left", "left lung"],
    ["not cyst", "cyst"],
  ])("does not take %j for %j", (prediction, target) => {
    expect(exactMatch(prediction, target)).toBe(0);
  });
});

describe("the metric exact", () => {
  it("scores 1 or 0, and names what it folds in its signature", () => {
    expect([exactMetric.score("Axial.", "axial"), exactMetric.score("coronal", "axial")]).toEqual([1, 0]);
    expect(exactMetric.id).toBe("tomoe.exact/2(nfkc,lower,outer-marks-stripped)");
  });
});
