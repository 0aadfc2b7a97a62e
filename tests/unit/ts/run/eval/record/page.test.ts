import type { AdversaryEntry } from "../../../../../../ts/eval/index.ts";
import { casesShown } from "../../../../../../ts/run/eval/record/cases.ts";
import type { EvalDocument } from "../../../../../../ts/run/eval/record/document.ts";
import { evalPage } from "../../../../../../ts/run/eval/record/page.ts";
import type { ScanPlanes } from "../../../../../../ts/run/eval/record/planes.ts";
import type { Row } from "../../../../../../ts/track/read/index.ts";

const gap = (more: Partial<AdversaryEntry>): AdversaryEntry => ({
  adversary: "blank",
  task: "closed-vqa",
  metric: "accuracy.micro",
  primary: true,
  a: "blank",
  b: "run",
  first: 0.4,
  second: 0.6,
  difference: 0.2,
  ciLow: 0.1,
  ciHigh: 0.3,
  p: 0.001,
  pHolm: 0.004,
  verdict: "second is higher",
  better: "higher",
  mde: 0.1,
  n: 60,
  clusters: 12,
  perSeed: null,
  signature: "tomoe-eval/2|x",
  ...more,
});

const document: EvalDocument = {
  ok: true,
  evalId: "20261129-101500-toy-k3f9",
  dir: "evals/x",
  runId: "20261128-090000-toy-b2c4",
  checkpoint: "step-40",
  stages: [],
  scorecard: [],
  comparison: [],
  adversaries: [
    gap({}),
    gap({ metric: "type.organ", primary: false, pHolm: null, verdict: "not tested" }),
    gap({ metric: "accuracy.macro", primary: false, pHolm: null, verdict: "not tested", p: 0.02 }),
  ],
  closed: null,
  rows: { given: 3, expected: 3, scored: 3, failed: 1 },
  gates: [],
  inputs: [],
  warnings: [{ code: "FEW_PATIENTS", message: "twelve" }],
  files: [],
};

const row = (id: string, more: Row | object = {}): Row =>
  ({
    id,
    case: `case-${id}`,
    subject: `P${id}`,
    task: "closed-vqa",
    question: "Which organ?",
    type: "organ",
    choices: ["liver", "spleen"],
    target: "spleen",
    prediction: "B. spleen",
    choiceLogProbs: [Math.log(0.25), Math.log(0.75)],
    route: { task: "closed-vqa", confidence: 0.987, fallback: false },
    ...more,
  }) as Row;
const none: ReadonlyMap<string, ScanPlanes> = new Map();

describe("the page of an evaluation's document", () => {
  it("says which run and checkpoint it is of, and how many items failed", () => {
    const html = evalPage(document, [row("1")], none);
    for (const told of [document.evalId, document.runId, "step-40", "3 scored of 3 expected, 1 failed"])
      expect(html).toContain(told);
    expect(html).toContain("FEW_PATIENTS: twelve");
  });

  it("shows gaps over all questions, types left to the document, with what the test says", () => {
    const html = evalPage(document, [], none);
    expect(html).toContain("closed-vqa accuracy.micro, over blank");
    expect(html).toContain("the system is higher, p 0.004 (Holm)");
    expect(html).toContain("not tested, p 0.020");
    expect(html).toContain("60 items of 12 patients: 0.600 and 0.400");
    expect(html).not.toContain("type.organ, over");
  });

  it("shows options with their probabilities, the right one marked, and the route", () => {
    const html = evalPage(document, [row("1")], none);
    expect(html).toContain("B. spleen \u2713");
    expect(html).toContain("75.0%");
    expect(html).toContain("routed to closed-vqa (99% sure)");
    expect(html).toContain('<p class="good"><span class="tag">model</span> B. spleen</p>');
  });

  it.each([
    [
      "a wrong answer",
      { prediction: "A. liver" },
      '<p class="poor"><span class="tag">model</span> A. liver</p>',
    ],
    ["a fallback", { route: { task: "report", fallback: true } }, "routed to report, as a fallback"],
    ["a cut answer", { truncated: true }, "cut by the limit of tokens"],
    ["several types", { type: ["organ", "side"] }, "organ \u00b7 side"],
    ["no question", { question: undefined }, "<strong>1</strong>"],
    ["a target that is a letter", { target: "B" }, "B. spleen \u2713"],
  ])("shows %s as what it is", (_what, more, told) => {
    expect(evalPage(document, [row("1", more)], none)).toContain(told);
  });

  it("shows no probability where none is known, and no options of an open question", () => {
    const said = { choiceLogProbs: [null, null] };
    expect(evalPage(document, [row("1", said)], none)).not.toMatch(/NaN|75\.0%/);
    const {
      choices: _choices,
      choiceLogProbs: _logProbs,
      ...open
    } = row("1", { task: "open-vqa", route: undefined });
    const html = evalPage(document, [open as Row], none);
    expect(html).not.toContain('class="options"');
    expect(html).toContain('<p><span class="tag">model</span> B. spleen</p>');
  });

  it("puts the questions of a case together, with its planes where they are at hand", () => {
    const grey = { pixels: new Uint8Array(4), width: 2, height: 2 };
    const planes: ReadonlyMap<string, ScanPlanes> = new Map([["case-1", [{ name: "axial", grey }]]]);
    const html = evalPage(document, [row("1"), row("2"), row("3", { case: "case-1" })], planes);
    expect(html.match(/<article/g)).toHaveLength(2);
    expect(html.match(/alt="axial plane"/g)).toHaveLength(1);
    expect(html.match(/The scan is not at hand/g)).toHaveLength(1);
  });

  it("shows the first cases alone where there are many, and says so", () => {
    const many = Array.from({ length: casesShown + 5 }, (_, at) => row(String(at)));
    const html = evalPage(document, many, none);
    expect(html.match(/<article/g)).toHaveLength(casesShown);
    expect(html).toContain(`The first ${casesShown} of ${casesShown + 5} cases`);
  });
});
