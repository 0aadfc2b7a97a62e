import { evalDocument } from "../../../../../../ts/cli/commands/eval/document.ts";

const number = {
  task: "closed-vqa",
  metric: "accuracy.micro",
  value: 0.8,
  ciLow: 0.7,
  ciHigh: 0.9,
  n: 80,
  clusters: 20,
  unit: "patient",
  chance: 0.25,
  majority: 0.3,
  answerMode: "loglik-sum",
  designEffect: 1.2,
  signature: "tomoe-eval/2|profile:strict",
};

const pair = {
  task: "closed-vqa",
  metric: "accuracy.micro",
  primary: true,
  a: "loglik-sum",
  b: "generate",
  first: 0.8,
  second: 0.6,
  difference: -0.2,
  ciLow: -0.3,
  ciHigh: -0.1,
  p: 0.001,
  pHolm: 0.001,
  verdict: "second is lower",
  better: "higher",
  mde: 0.12,
  n: 80,
  clusters: 20,
  perSeed: null,
  signature: "tomoe-eval/2|profile:strict|paired:second-minus-first",
};

const stage = {
  name: "generate",
  digest: "0".repeat(64),
  cached: false,
  rows: 279,
  failed: 0,
  seconds: 12.5,
};

const bin = {
  from: 0,
  to: 0.1,
  n: 0,
  confidence: null,
  accuracy: null,
};

const document = {
  ok: true,
  evalId: "20261129-101500-small-abcd",
  dir: "/evals/20261129-101500-small-abcd",
  runId: "20261129-091500-small-efgh",
  checkpoint: "000008-specific-00000004",
  stages: [
    stage,
    {
      ...stage,
      name: "extract",
    },
    {
      ...stage,
      name: "score",
    },
    {
      ...stage,
      name: "aggregate",
    },
    {
      ...stage,
      name: "compare",
      cached: true,
      seconds: 0,
    },
  ],
  scorecard: [
    number,
    {
      ...number,
      metric: "accuracy.micro.generate",
      answerMode: "generate",
      truncated: 7,
    },
  ],
  comparison: [pair],
  adversaries: [
    {
      ...pair,
      adversary: "other-scan",
      a: "other-scan",
      b: "20261129-091500-small-efgh",
    },
    {
      ...pair,
      adversary: "majority",
      primary: false,
      pHolm: null,
      verdict: "not tested",
    },
  ],
  closed: {
    confusion: {
      by: "strict",
      letters: ["A", "B"],
      counts: [
        [30, 5, 0],
        [4, 40, 1],
      ],
    },
    calibration: {
      n: 80,
      ece: 0.04,
      brier: 0.3,
      bins: [
        bin,
        {
          ...bin,
          from: 0.9,
          to: 1,
          n: 80,
          confidence: 0.95,
          accuracy: 0.9,
        },
      ],
    },
  },
  rows: {
    given: 60,
    expected: 60,
    scored: 60,
    failed: 0,
  },
  inputs: [{ role: "rows", path: "predictions.jsonl", sha256: "0".repeat(64) }],
  gates: [
    {
      gate: "closed-vqa/accuracy.micro.ciLow>=0.5",
      value: 0.7,
      held: true,
    },
  ],
  warnings: [
    {
      code: "TRUNCATED",
      message: "report: 5 of 6 texts hit the limit of their generation",
    },
  ],
  files: ["results.json", "predictions.jsonl"],
};

const fits = (value: unknown): boolean => evalDocument.safeParse(value).success;
const without = (value: object, key: string): object =>
  Object.fromEntries(Object.entries(value).filter(([name]) => name !== key));

describe("the document of tomoe eval", () => {
  it("fits its schema, also with keys that a later version adds", () => {
    expect(evalDocument.parse(document)).toMatchObject(document);
    expect(
      fits({
        ...document,
        added: true,
        stages: [
          {
            ...stage,
            added: 1,
          },
        ],
      }),
    ).toBe(true);
  });

  it.each([
    "evalId",
    "dir",
    "stages",
    "scorecard",
    "comparison",
    "adversaries",
    "closed",
    "rows",
    "gates",
    "inputs",
    "warnings",
    "files",
  ])("is none without %s", (key) => {
    expect(fits(without(document, key))).toBe(false);
  });

  it.each(["name", "digest", "cached", "rows", "failed", "seconds"])("has no stage without %s", (key) => {
    expect(
      fits({
        ...document,
        stages: [without(stage, key)],
      }),
    ).toBe(false);
  });

  it.each(["value", "ciLow", "ciHigh", "n", "clusters", "chance", "signature"])(
    "has no number without %s",
    (key) => {
      expect(
        fits({
          ...document,
          scorecard: [without(number, key)],
        }),
      ).toBe(false);
    },
  );

  it.each(["adversary", "first", "second", "difference", "ciLow", "ciHigh", "p", "pHolm", "verdict"])(
    "has no gap without %s",
    (key) => {
      expect(
        fits({
          ...document,
          adversaries: document.adversaries.map((gap) => without(gap, key)),
        }),
      ).toBe(false);
    },
  );

  it("may have nothing to compare, no closed question, and no calibration", () => {
    expect(
      fits({
        ...document,
        comparison: [],
        adversaries: [],
        closed: null,
        gates: [],
      }),
    ).toBe(true);
    expect(
      fits({
        ...document,
        closed: {
          ...document.closed,
          calibration: null,
        },
      }),
    ).toBe(true);
  });

  it("knows the five stages and no other", () => {
    expect(
      fits({
        ...document,
        stages: [
          {
            ...stage,
            name: "judge",
          },
        ],
      }),
    ).toBe(false);
  });

  it("has whole counts", () => {
    for (const rows of [1.5, "3", null])
      expect(
        fits({
          ...document,
          stages: [
            {
              ...stage,
              rows,
            },
          ],
        }),
      ).toBe(false);
  });
});
