import type { PairedEntry, PredictionRow } from "../../../../../../ts/eval/index.ts";
import {
  comparisonPage,
  type ScorePage,
  scorePage,
} from "../../../../../../ts/run/eval/record/result-pages.ts";

const row = (id: string, more: Partial<PredictionRow> = {}): PredictionRow => ({
  id,
  case: `case-${id}`,
  task: "closed-vqa",
  question: "Which organ?",
  choices: ["liver", "spleen"],
  target: "spleen",
  prediction: "B. spleen",
  ...more,
});
const made: ScorePage = {
  name: "ours",
  digest: "d".repeat(64),
  gates: [{ gate: "closed-vqa/accuracy.micro>=0.9", value: 0.5, held: false }],
  warnings: [{ code: "FEW_PATIENTS", message: "two" }],
  entries: [
    {
      task: "closed-vqa",
      metric: "accuracy.micro",
      value: 0.5,
      ciLow: 0.1,
      ciHigh: 0.9,
      n: 2,
      clusters: 2,
      chance: 0.5,
      signature: "tomoe-eval/2|x",
    },
  ],
  closed: {
    confusion: {
      by: "strict",
      letters: ["A", "B"],
      counts: [
        [0, 0, 0],
        [0, 1, 1],
      ],
    },
    calibration: null,
  },
  by: "strict",
  rows: [row("1"), row("2", { prediction: "hm" })],
  dropped: 3,
};
const pair: PairedEntry = {
  task: "closed-vqa",
  metric: "accuracy.micro",
  primary: true,
  a: "base",
  b: "ours",
  first: 0.4,
  second: 0.6,
  difference: 0.2,
  ciLow: -0.1,
  ciHigh: 0.3,
  p: 0.2,
  pHolm: 0.4,
  verdict: "not separable",
  better: "higher",
  mde: 0.3,
  n: 60,
  clusters: 12,
  perSeed: null,
  signature: "x",
};

describe("the page of a scorecard", () => {
  it("has numbers, gates, confusion, warnings, and each case with its question, texts and verdict", () => {
    const html = scorePage(made);
    for (const told of [
      "Scorecard of ours",
      "2 scored, 3 dropped",
      "d".repeat(64),
      "closed-vqa/accuracy.micro: tomoe-eval/2|x",
      "missed:",
      "Right and chosen options",
      "FEW_PATIENTS: two",
      "Which organ?",
      '<p class="good"><span class="tag">model</span> B. spleen</p>',
      '<p class="poor"><span class="tag">model</span> hm</p>',
      "All 2 cases",
    ])
      expect(html).toContain(told);
    expect(html).not.toMatch(/at hand|What the image bought/);
  });

  it("judges an answer by what names its option", () => {
    const rows = [row("1", { prediction: "A", choiceLogProbs: [-5, -1] })];
    expect(scorePage({ ...made, rows })).toContain('<p class="poor"><span class="tag">model</span> A</p>');
    const html = scorePage({ ...made, rows, by: "loglik-sum" });
    expect(html).toContain('<p class="good"><span class="tag">model</span> A</p>');
    expect(html).toContain("<dt>options are named by</dt><dd>loglik-sum</dd>");
  });

  it("of texts alone has no part of closed answers", () => {
    const html = scorePage({ ...made, closed: null, rows: [row("1", { task: "report" })] });
    expect(html).not.toContain("Closed answers");
    expect(html).not.toContain("options are named by");
  });
});

describe("the page of a comparison", () => {
  it("has a forest of differences, primaries before the others, with what the corrected test says", () => {
    const other = {
      ...pair,
      metric: "unparsed",
      primary: false,
      pHolm: null,
      verdict: "not tested",
    } as const;
    const html = comparisonPage({ ...made, systems: ["base", "ours"], entries: [other, pair] });
    expect(html).toContain("closed-vqa accuracy.micro: ours - base");
    expect(html).toContain("not separable, p 0.400 (Holm)");
    expect(html).toContain("not tested, p 0.200");
    const sure = comparisonPage({ ...made, systems: ["base", "ours"], entries: [{ ...pair, pHolm: 1e-5 }] });
    expect(sure).toContain("p &lt;0.001 (Holm)");
    expect(html.indexOf("accuracy.micro: ours")).toBeLessThan(html.indexOf("unparsed: ours"));
    expect(html).toContain("base, ours");
    expect(html).not.toMatch(/<h2>(?:Scorecard|Cases)/);
  });
});
