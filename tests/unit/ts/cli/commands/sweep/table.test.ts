import { sweepTable } from "../../../../../../ts/cli/commands/sweep/table.ts";
import type { SweepDocument } from "../../../../../../ts/run/index.ts";

const row = { seed: 1, steps: 40, runId: "r", reason: null } as const;
const document: SweepDocument = {
  ok: true,
  sweepId: "s",
  dir: "/sweeps/s",
  objective: { metric: "report/rouge1", direction: "min" },
  best: 0,
  trials: [
    { ...row, number: 0, state: "done", assignment: { rate: 0.001, way: "bias" }, value: 0.123456 },
    {
      ...row,
      number: 1,
      state: "failed",
      assignment: { rate: 0.002 },
      value: null,
      reason: "[X] one\ntwo\u001b[31m",
    },
  ],
  wallSeconds: 1,
};

describe("sweepTable", () => {
  it("has a column an option, marks the best trial, and gives the first line of a reason", () => {
    const lines = sweepTable(document).split("\n");
    expect(lines[0]).toMatch(/^TRIAL +STATE +VALUE +STEPS +rate +way +NOTE/);
    expect(lines[1]).toMatch(/0 +done +0\.1235 +40 +0\.001 +bias +best/);
    expect(lines[2]).toMatch(/1 +failed +40 +0\.002 +\[X\] one$/);
    expect(lines.slice(-2)).toEqual(["report/rouge1 on validation, lower is better", "s /sweeps/s"]);
  });

  it("says so where no trial has begun", () => {
    expect(sweepTable({ ...document, best: null, trials: [] })).toContain("no trial has begun");
  });
});
