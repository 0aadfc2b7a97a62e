import { bleu1, bleu1Metric, tokens13a } from "../../../../../ts/eval/metrics/bleu1.ts";

describe("tokens13a", () => {
  it.each([
    ["Cyst, 3.5 cm.", ["Cyst", ",", "3.5", "cm", "."]],
    ["2,000 (mild)", ["2,000", "(", "mild", ")"]],
    ["T12-L1 5-6", ["T12", "-", "L1", "5", "-", "6"]],
    ["a &amp; b &lt;1", ["a", "&", "b", "<", "1"]],
    ["ground-\nglass", ["groundglass"]],
    ["", []],
  ])("cuts %j", (text, tokens) => {
    expect(tokens13a(text)).toEqual(tokens);
  });
});

describe("bleu1", () => {
  it("is precision times brevity penalty: 1 * exp(1 - 4/2)", () => {
    expect(bleu1("liver cyst", "a liver cyst there")).toBeCloseTo(Math.exp(-1), 12);
  });

  it("clips a repeated word and has no penalty for a long answer", () => {
    expect(bleu1("cyst cyst cyst cyst cyst", "a cyst is there")).toBeCloseTo(1 / 5, 12);
  });

  it("keeps case", () => {
    expect(bleu1("Cyst", "cyst")).toBe(0);
  });

  it("gives a report with two wrong words a high score: wording is not truth", () => {
    expect(
      bleu1(
        "There is no nodule in the left upper lobe of the lung.",
        "There is a nodule in the right upper lobe of the lung.",
      ),
    ).toBeGreaterThan(0.8);
  });

  it.each([
    ["", "cyst"],
    ["cyst", ""],
    [" \n", "cyst"],
  ])("is 0 for %j against %j", (prediction, target) => {
    expect(bleu1(prediction, target)).toBe(0);
  });
});

describe("the metric bleu1", () => {
  it("scores as bleu1 does, and names order, tokens and brevity penalty in its signature", () => {
    expect(bleu1Metric.score("a cyst", "a liver cyst")).toBe(bleu1("a cyst", "a liver cyst"));
    expect(bleu1Metric.id).toBe("tomoe.bleu1/1(max-order:1,tokens:13a,brevity:per-sample,smoothing:none)");
  });
});
