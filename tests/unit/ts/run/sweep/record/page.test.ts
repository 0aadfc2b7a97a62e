import { sweepDocument } from "../../../../../../ts/run/sweep/record/document.ts";
import { sweepPage } from "../../../../../../ts/run/sweep/record/page.ts";
import type { SweepPlan } from "../../../../../../ts/schema/sweep/plan.ts";
import type { SweepHeader, SweepRecord } from "../../../../../../ts/schema/sweep/records.ts";
import { sweepState } from "../../../../../../ts/sweep/index.ts";
import { balance, planOf, rates } from "../../../sweep/fixtures.ts";
import { newSweep } from "../../../track/sweeps/fixtures.ts";

const space: SweepPlan["space"] = {
  rate: rates,
  balance,
  weight: {
    kind: "when",
    option: "balance",
    is: "loss",
    draws: { kind: "float", low: 0.1, high: 1, log: false },
  },
};

function pageOf(records: readonly SweepRecord[], change: Partial<SweepPlan> = {}) {
  const header: SweepHeader = {
    kind: "sweep",
    format: "tomoe.sweep/1",
    sweepId: "20261129-223134-rates-kvte",
    ordinal: 1,
    createdAt: "",
    ...newSweep,
    plan: planOf({ space, ...change }),
  };
  const state = sweepState([header, ...records]);
  if (state === undefined) throw new Error("no state");
  return sweepPage(state, sweepDocument(state, "/sweeps/s", false));
}

const trial = (number: number, assignment: Readonly<Record<string, number | string>>): SweepRecord => ({
  kind: "trial",
  trial: number,
  assignment,
  seed: 100 + number,
});
const ended = (number: number, state: "done" | "pruned" | "failed", value: number | null): SweepRecord => ({
  kind: "trial-ended",
  trial: number,
  state,
  value,
  steps: 40,
  reason: state === "done" ? null : "why | <b>\nmore",
});
const records = [
  trial(0, { rate: 0.001, balance: "bias" }),
  trial(1, { rate: 0.002, balance: "loss", weight: 0.5 }),
  trial(2, { rate: 0.003, balance: "none" }),
  trial(3, { rate: 0.004, balance: "bias" }),
  ended(0, "done", 0.25),
  ended(1, "done", 0.75),
  ended(2, "pruned", 0.1),
];

describe("the page of a sweep", () => {
  const { markdown, html } = pageOf(records, { pruner: { kind: "asha", minSteps: 5, reduction: 3 } });

  it("has a row for each trial that ended, with its options, and marks the best", () => {
    const rows = markdown.split("\n").filter((line) => /^\| \d/.test(line));
    expect(rows).toEqual([
      "| 0 | done | 0.2500 | 40 | 100 | 0.001 | bias |  |  |",
      "| 1 (best) | done | 0.7500 | 40 | 101 | 0.002 | loss | 0.5 |  |",
      "| 2 | pruned | 0.1000 | 40 | 102 | 0.003 | none |  | why \\| <b> |",
    ]);
    expect(html.match(/<tr>/g)?.length).toBe(4);
    expect(html).toContain("<td>why | &lt;b&gt;</td>");
  });

  it("says what was sought, how, and what such a value is worth", () => {
    for (const page of [markdown, html]) {
      expect(page).toContain("closed-vqa/accuracy.micro on the validation split, higher is better.");
      expect(page).toContain("Sampler random, sweep seed 7, 1 seed a trial, pruner asha.");
      expect(page).toContain("Overrides of every trial: router.topK=1");
      expect(page).toContain("score the best on the test split before it is told");
    }
  });

  it("is one file with three pictures for light and for dark, that loads and runs nothing", () => {
    expect(html.match(/<svg /g)?.length).toBe(3);
    expect(html).toContain("color-scheme:light dark");
    expect(html.match(/prefers-color-scheme:dark/g)?.length).toBe(4);
    expect(html).not.toMatch(/<script|<link|<img|src=|@import|url\(/);
    expect(html.replaceAll("http://www.w3.org/2000/svg", "")).not.toMatch(/https?:/);
  });

  it("is a page before any trial ended, and of failures alone", () => {
    for (const some of [[], [trial(0, { rate: 1 }), ended(0, "failed", null)]]) {
      const { html: page } = pageOf(some);
      expect(page).not.toMatch(/NaN|Infinity|undefined/);
      expect(page.match(/<svg /g)?.length).toBe(3);
    }
  });
});
