import { rouge1, rouge1Metric } from "../../../../../ts/eval/metrics/rouge1.ts";

describe("rouge1", () => {
  it("is the F-measure of shared words: 2 * 2 / (3 + 4)", () => {
    expect(rouge1("big liver cyst", "a cyst of liver")).toBeCloseTo(4 / 7, 12);
  });

  it("counts a repeated word as often as both texts have it", () => {
    expect(rouge1("cyst cyst cyst", "cyst cyst liver")).toBeCloseTo(2 / 3, 12);
  });

  it("does not care for case, punctuation or order", () => {
    expect(rouge1("Liver: CYST!", "cyst, liver.")).toBe(1);
  });

  it.each([
    ["", "cyst"],
    ["cyst", ""],
    ["", ""],
    ["...", "cyst"],
    ["cyst", "liver"],
  ])("is 0 for %j against %j", (prediction, target) => {
    expect(rouge1(prediction, target)).toBe(0);
  });
});

describe("the metric rouge1", () => {
  it("scores as rouge1 does, and names tokens and stemmer in its signature", () => {
    expect(rouge1Metric.score("big liver cyst", "a cyst of liver")).toBe(
      rouge1("big liver cyst", "a cyst of liver"),
    );
    expect(rouge1Metric.id).toBe("tomoe.rouge1/1(F,tokens:a-z0-9-lower,stemmer:no)");
  });
});
