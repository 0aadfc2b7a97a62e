import { tokenF1, tokenF1Metric } from "../../../../../ts/eval/metrics/token-f1.ts";

describe("the F-measure of words", () => {
  it.each([
    ["liver cyst", "liver cyst", 1],
    ["Cyst of the LIVER", "liver cyst", (2 * 2) / (4 + 2)],
    ["cyst cyst", "cyst", 2 / 3],
    ["spleen", "liver", 0],
    ["", "liver", 0],
    ["liver", "", 0],
    ["肝臓に嚢胞", "肝臓に嚢胞", 1],
    ["große Läsion", "grosse Lasion", 0],
  ])("of %j against %j is %d", (prediction, target, value) => {
    expect(tokenF1(prediction, target)).toBeCloseTo(value, 12);
    expect(tokenF1Metric.score(prediction, target)).toBe(tokenF1(prediction, target));
  });
});
