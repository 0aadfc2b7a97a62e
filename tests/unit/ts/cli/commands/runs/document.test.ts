import type { ZodType } from "zod";
import {
  cause,
  runsCompareDocument,
  runsDiffDocument,
  runsLsDocument,
  runsShowDocument,
} from "../../../../../../ts/cli/commands/runs/document.ts";
import {
  runsGcDocument,
  runsRestoreDocument,
  runsRmDocument,
} from "../../../../../../ts/cli/commands/trash/document.ts";
import { whyDocument } from "../../../../../../ts/cli/commands/why/document.ts";

type Keys = Readonly<Record<string, unknown>>;

const summary = {
  runId: "r",
  dir: "/runs/r",
  status: "finished",
  reason: null,
  experimentName: "x",
  seed: 1,
  createdAt: "2026-11-29T00:00:00.000Z",
  endedAt: null,
  attempt: 1,
  tags: {},
  checkpoints: 0,
  bytes: 12,
  owner: null,
  resume: null,
};
const difference = { kind: "config", path: "a.b", a: 1, b: null };
const moved = { runId: "r", dir: "/runs/.trash/r", bytes: 12 };
const dependent = { runId: "r", kind: "eval", id: "e" };
const gap = {
  task: "report",
  metric: "rouge1",
  a: 0.1,
  b: 0.2,
  difference: 0.1,
  ciLow: -0.1,
  ciHigh: 0.3,
  separable: false,
  paired: true,
};
const beside = { runId: "r", value: 0.1, ciLow: 0, ciHigh: 1, n: 4, clusters: 2 };

/** A document of each command with every key that scripts may rely on. */
const documents: readonly (readonly [string, ZodType, Keys])[] = [
  ["runs ls", runsLsDocument, { ok: true, runsDir: "/runs", runs: [summary] }],
  [
    "runs show",
    runsShowDocument,
    { ok: true, run: summary, metrics: [], checkpoints: [], scorecard: null, problems: [] },
  ],
  [
    "runs compare",
    runsCompareDocument,
    {
      ok: true,
      runs: [summary],
      metrics: [{ task: "report", metric: "rouge1", values: [beside, null] }],
      training: [{ stage: "shared", name: "loss", values: [{ runId: "r", step: 3, value: "NaN" }, null] }],
      family: { primary: [], tests: 0 },
      comparison: [],
      warnings: [],
    },
  ],
  [
    "runs diff",
    runsDiffDocument,
    { ok: true, a: "r", b: "s", differences: [difference], equal: { seed: 1 } },
  ],
  ["runs rm", runsRmDocument, { ok: true, removed: [moved], dependents: [dependent], bytes: 12 }],
  ["runs restore", runsRestoreDocument, { ok: true, restored: [moved], bytes: 12 }],
  [
    "runs gc",
    runsGcDocument,
    { ok: true, dryRun: true, runs: [{ runId: "r", bytes: 12 }], dependents: [dependent], bytes: 12 },
  ],
  ["why", whyDocument, { ok: true, a: "r", b: "s", gap: [gap], causes: [difference], warnings: [] }],
];

describe.each(documents)("the document of %s", (_name, schema, document) => {
  it("may have keys that are new, and lacks none that scripts rely on", () => {
    expect(schema.safeParse({ ...document, later: 1 }).success).toBe(true);
    for (const key of Object.keys(document).filter((name) => name !== "scorecard")) {
      const { [key]: _left, ...rest } = document;
      expect([key, schema.safeParse(rest).success]).toEqual([key, false]);
    }
  });

  it("is refused where a key is of another kind", () => {
    for (const key of Object.keys(document).filter((name) => name !== "scorecard"))
      expect([key, schema.safeParse({ ...document, [key]: Symbol("other") }).success]).toEqual([key, false]);
  });
});

describe("a cause", () => {
  it("is of one of five kinds, with both values whatever they are", () => {
    for (const kind of ["config", "data", "code", "environment", "seed"])
      expect(cause.parse({ ...difference, kind })).toMatchObject({ kind, a: 1, b: null });
    expect(cause.safeParse({ ...difference, kind: "weather" }).success).toBe(false);
  });
});

describe("a gap", () => {
  it("has every number that stands beside its verdict", () => {
    for (const key of Object.keys(gap)) {
      const { [key as keyof typeof gap]: _left, ...rest } = gap;
      const document = { ok: true, a: "r", b: "s", gap: [rest], causes: [], warnings: [] };
      expect([key, whyDocument.safeParse(document).success]).toEqual([key, false]);
    }
  });
});
