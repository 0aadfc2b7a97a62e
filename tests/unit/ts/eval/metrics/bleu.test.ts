import {
  bleu1,
  bleuCounts,
  bleuMetric,
  bleuOf,
  corpusBleuMetric,
  tokens13a,
} from "../../../../../ts/eval/metrics/bleu.ts";

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
    expect(bleuMetric(1).score("a cyst", "a liver cyst")).toBe(bleu1("a cyst", "a liver cyst"));
    expect(bleuMetric(1).id).toBe(
      "tomoe.bleu1/1(max-order:1,tokens:13a,brevity:per-sample,smoothing:none,case:kept)",
    );
  });
});

describe("what BLEU adds up", () => {
  it("is lengths, matches and n-grams of each order", () => {
    expect(bleuCounts("a b c d", "a b c x", 4)).toEqual([4, 4, 3, 2, 1, 0, 4, 3, 2, 1]);
    expect(bleuCounts("", "a b", 2)).toEqual([0, 2, 0, 0, 0, 0]);
    expect(bleuCounts("a a a", "a", 1)).toEqual([3, 1, 1, 3]);
  });

  it("gives the product of precisions, smoothed where an order has no match", () => {
    const options = { order: 2, smoothing: "exp", effectiveOrder: false } as const;
    expect(bleuOf([4, 4, 3, 2, 4, 3], options)).toBeCloseTo(Math.sqrt((3 / 4) * (2 / 3)), 12);
    expect(bleuOf([4, 4, 2, 0, 4, 3], options)).toBeCloseTo(Math.sqrt((2 / 4) * (1 / 6)), 12);
    expect(bleuOf([4, 4, 2, 0, 4, 3], { ...options, smoothing: "none" })).toBe(0);
    expect(bleuOf([4, 8, 4, 3, 4, 3], options)).toBeCloseTo(Math.exp(-1), 12);
    expect(bleuOf([4, 4, 0, 0, 4, 3], options)).toBe(0);
  });

  it("leaves out orders that a text is too short for where that is asked for", () => {
    const counts = bleuCounts("liver cyst", "liver cyst", 4);
    expect(bleuOf(counts, { order: 4, smoothing: "exp", effectiveOrder: true })).toBe(1);
    expect(bleuOf(counts, { order: 4, smoothing: "exp", effectiveOrder: false })).toBe(0);
  });
});

describe("BLEU of a corpus", () => {
  it("is of the sums, not the mean of samples, and keeps an empty prediction in its lengths", () => {
    const metric = corpusBleuMetric(4);
    const pairs = [
      ["there is a cyst in the liver", "there is a cyst in the liver"],
      ["", "no effusion is seen at all here"],
    ] as const;
    const sums = new Array<number>(metric.size).fill(0);
    for (const [prediction, target] of pairs)
      for (const [at, count] of metric.statistics(prediction, target).entries())
        sums[at] = (sums[at] ?? 0) + count;
    expect(metric.value(sums)).toBeCloseTo(Math.exp(1 - 14 / 7), 12);
  });

  it("folds case where it is told to", () => {
    const [kept, lower] = [corpusBleuMetric(4), corpusBleuMetric(4, true)];
    const pair = ["The Cyst In Liver", "the cyst in liver"] as const;
    expect(lower.value(lower.statistics(...pair))).toBeCloseTo(1, 12);
    expect(kept.value(kept.statistics(...pair))).toBe(0);
    expect([kept.id, lower.id].map((id) => /case:\w+/.exec(id)?.[0])).toEqual(["case:kept", "case:lower"]);
  });
});
