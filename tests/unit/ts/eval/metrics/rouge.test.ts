import { rouge, rouge1, rougeMetric } from "../../../../../ts/eval/metrics/rouge.ts";

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
    expect(rougeMetric("1", "plain").score("big liver cyst", "a cyst of liver")).toBe(
      rouge1("big liver cyst", "a cyst of liver"),
    );
    expect(rougeMetric("1", "plain").id).toBe("tomoe.rouge1/2(F,tokens:a-z0-9-lower,stemmer:no)");
  });
});

describe("the other orders of ROUGE", () => {
  it.each([
    ["2", "the cyst is small", "the cyst is in it", (2 * 2) / (3 + 4)],
    ["2", "cyst", "cyst", 0],
    ["L", "a b c d e", "a c e", (2 * 3) / (5 + 3)],
    ["L", "left lung nodule", "nodule left lung", (2 * 2) / (3 + 3)],
    ["1", "", "", 0],
  ] as const)("%s of %j against %j is %d", (order, prediction, target, value) => {
    expect(rouge(order, "plain", prediction, target)).toBeCloseTo(value, 12);
  });

  it("match stems of words of more than three letters where stems are asked for", () => {
    expect(rouge("1", "plain", "nodules measuring", "nodule measures")).toBe(0);
    expect(rouge("1", "stem", "nodules measuring", "nodule measures")).toBe(1);
    expect(rouge("1", "stem", "has", "ha")).toBe(0);
  });

  it("see every script where words are asked for, and the reference's alone where not", () => {
    const report = "肝臓に嚢胞があります。";
    for (const order of ["1", "2", "L"] as const) {
      expect(rouge(order, "plain", report, report)).toBe(0);
      expect(rouge(order, "words", report, report)).toBeCloseTo(1, 12);
    }
    expect(rouge("1", "plain", "Gr\u00f6\u00dfe", "Gr e")).toBe(1);
    expect(rouge("1", "words", "Gr\u00f6\u00dfe", "Gr e")).toBe(0);
  });

  it("are named with their tokens in signatures, and say which read English alone", () => {
    expect(rougeMetric("L", "stem").id).toBe("tomoe.rougeL/2(F,tokens:a-z0-9-lower,stemmer:porter-nltk)");
    expect(rougeMetric("2", "words")).toMatchObject({ readsEnglishAlone: false, kind: "within" });
    expect(rougeMetric("2", "plain").readsEnglishAlone).toBe(true);
  });
});
