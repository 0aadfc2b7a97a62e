import { type EvalPage, type PageItem, renderEvalPage } from "../../../../../ts/plots/eval/page.ts";

const item: PageItem = {
  task: "closed-vqa",
  types: ["organ"],
  question: "Which organ contains the lesion?",
  target: "liver",
  prediction: "A. liver",
  options: [
    { letter: "A", text: "liver", probability: 0.75, isRight: true },
    { letter: "B", text: "spleen", probability: 0.25, isRight: false },
  ],
  route: "routed to closed-vqa (99% sure)",
  isCut: false,
  isRight: true,
};
const page: EvalPage = {
  title: "Evaluation 20261129",
  facts: [
    ["run", "20261128-toy"],
    ["cases", "2"],
  ],
  scorecard: [
    {
      task: "closed-vqa",
      metric: "accuracy.micro",
      value: 0.6,
      ciLow: 0.4,
      ciHigh: 0.75,
      chance: 0.25,
      n: 40,
      clusters: 12,
      signature: "tomoe-eval/2|profile:strict",
    },
    {
      task: "report",
      metric: "cider",
      value: 2.5,
      ciLow: 1.5,
      ciHigh: 3.5,
      chance: null,
      n: 12,
      clusters: 12,
      signature: "tomoe-eval/2|cider",
    },
  ],
  gates: [{ gate: "closed-vqa/accuracy.micro>=0.9", value: 0.6, held: false }],
  gaps: {
    heading: "Against adversaries",
    title: "What the image bought",
    note: "the system minus each adversary",
    rows: [
      {
        label: "over blank",
        note: "40 items",
        difference: 0.1,
        low: -0.05,
        high: 0.2,
        verdict: "not separable",
        isPrimary: true,
      },
    ],
  },
  confusion: {
    letters: ["A", "B"],
    counts: [
      [3, 1, 0],
      [0, 2, 1],
    ],
  },
  calibration: {
    n: 7,
    ece: 0.1,
    brier: 0.2,
    bins: [{ from: 0, to: 1, n: 7, confidence: 0.5, accuracy: 0.4 }],
  },
  warnings: ["FEW_PATIENTS: twelve"],
  cases: [
    {
      id: "case-1",
      subject: "P1",
      planes: [{ name: "axial", grey: { pixels: new Uint8Array([0, 255, 128, 64]), width: 2, height: 2 } }],
      items: [item],
    },
  ],
  ofCases: 2,
  hasScans: true,
};
const draw = (more: Partial<EvalPage> = {}): string => renderEvalPage({ ...page, ...more });
const withItem = (more: Partial<PageItem>): string =>
  draw({ cases: [{ id: "c", subject: "P", planes: [], items: [{ ...item, ...more }] }] });

describe("the page of an evaluation", () => {
  it("holds everything within itself: no script, no address, no file beside it", () => {
    const html = draw();
    expect(html).not.toMatch(/<script|<link|@import|url\(|https?:\/\/(?!www\.w3\.org\/2000\/svg)/);
    expect(html).toContain("default-src 'none'");
    expect([...html.matchAll(/src="([^"]{10})/g)].every(([, start]) => start === "data:image")).toBe(true);
  });

  it("is light or dark as its reader has it", () => {
    expect(draw()).toContain("color-scheme:light dark");
    expect(draw()).toMatch(/@media \(prefers-color-scheme:dark\)\{:root/);
  });

  it("shows every number with interval, items, patients, and its signature", () => {
    const html = draw();
    expect(html).toContain("<strong>0.600</strong>");
    expect(html).toContain("[0.400, 0.750]");
    expect(html).toContain("closed-vqa/accuracy.micro: tomoe-eval/2|profile:strict");
    // A number beyond 0..1 has no bar.
    expect(html.match(/class="range"/g)).toHaveLength(1);
  });

  it("shows gates, gaps, confusion, calibration and warnings where there are some, and no heading where not", () => {
    const html = draw();
    for (const told of [
      "missed:",
      "What the image bought",
      "Right and chosen options",
      "FEW_PATIENTS: twelve",
    ])
      expect(html).toContain(told);
    const bare = draw({
      gates: [],
      gaps: { ...page.gaps, rows: [] },
      confusion: null,
      calibration: null,
      warnings: [],
    });
    for (const heading of ["Gates", "Against adversaries", "Closed answers", "Warnings"])
      expect(bare).not.toContain(`<h2>${heading}</h2>`);
    expect(draw({ calibration: null })).not.toContain("Confidence and accuracy");
  });

  it("shows a case with its planes, both texts, options with probabilities, and route", () => {
    const html = draw();
    expect(html).toContain('alt="axial plane"');
    expect(html).toContain("A. liver \u2713");
    expect(html).toContain("75.0%");
    expect(html).toContain("routed to closed-vqa (99% sure)");
    expect(html).toContain('<p class="good"><span class="tag">model</span> A. liver</p>');
    expect(html).toContain("The first 1 of 2 cases");
    expect(draw({ ofCases: 1 })).toContain("All 1 cases");
  });

  it("has no part without content, and no place for scans that no case can have", () => {
    const bare = draw({ scorecard: [], ofCases: 0, cases: [] });
    for (const heading of ["Scorecard", "Cases"]) expect(bare).not.toContain(`<h2>${heading}</h2>`);
    const unseen = draw({ hasScans: false });
    expect(unseen).toContain("<h3>case-1");
    expect(unseen).not.toMatch(/at hand|<figure|planes through the middle/);
  });

  it("says where a scan is not at hand, an answer is nothing, wrong, or was cut", () => {
    const html = withItem({ prediction: "", isRight: false, isCut: true });
    expect(html).toContain("The scan is not at hand.");
    expect(html).toContain('<p class="poor"><span class="tag">model</span> <em>nothing</em></p>');
    expect(html).toContain("cut by the limit of tokens");
    expect(withItem({ isRight: null, options: [] })).toContain('<p><span class="tag">model</span>');
  });

  it("escapes every text of data and model", () => {
    const evil = '<img src=x onerror="alert(1)">&';
    const html = withItem({
      question: evil,
      target: evil,
      prediction: evil,
      types: [evil],
      route: evil,
      options: [{ letter: "A", text: evil, probability: null, isRight: false }],
    });
    expect(html).not.toContain("<img src=x");
    expect(html.match(/&lt;img src=x onerror=&quot;alert\(1\)&quot;&gt;&amp;/g)?.length).toBe(6);
    const names = draw({
      title: evil,
      warnings: [evil],
      facts: [[evil, evil]],
      cases: [{ id: evil, subject: evil, planes: [], items: [] }],
      gaps: { heading: evil, title: evil, note: evil, rows: page.gaps.rows },
    });
    expect(names).not.toContain("<img src=x");
  });
});
