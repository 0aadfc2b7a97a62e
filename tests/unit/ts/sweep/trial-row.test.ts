import type { TrialState } from "../../../../ts/sweep/state.ts";
import { trialRow } from "../../../../ts/sweep/trial-row.ts";

const common = { trial: 2, member: 0 } as const;
const open: TrialState = {
  number: 2,
  assignment: { a: 1 },
  seed: 9,
  begun: [
    { kind: "run", ...common, attempt: 0, seed: 9, runId: "first" },
    { kind: "run", ...common, attempt: 1, seed: 9, runId: "second" },
  ],
  ended: [
    {
      kind: "run-ended",
      ...common,
      attempt: 0,
      state: "failed",
      runId: "first",
      value: null,
      steps: 4,
      reason: "w",
      final: false,
    },
  ],
  end: undefined,
};

describe("trialRow", () => {
  it("runs while somebody works on it and waits while nobody does, with the steps that came to their end", () => {
    const row = {
      number: 2,
      assignment: { a: 1 },
      seed: 9,
      value: null,
      steps: 4,
      runId: "second",
      reason: null,
    };
    expect(trialRow(open, true)).toEqual({ ...row, state: "running" });
    expect(trialRow(open, false)).toEqual({ ...row, state: "waiting" });
    expect(trialRow({ ...open, begun: [], ended: [] }, false)).toMatchObject({ runId: null, steps: 0 });
  });

  it("is what its end says once there is one", () => {
    const end = {
      kind: "trial-ended",
      trial: 2,
      state: "done",
      value: 0.5,
      steps: 12,
      reason: null,
    } as const;
    expect(trialRow({ ...open, end }, true)).toMatchObject({
      state: "done",
      value: 0.5,
      steps: 12,
      runId: "second",
    });
    const failed = { ...end, state: "failed", value: null, reason: "[WORKER_DIED] gone" } as const;
    expect(trialRow({ ...open, end: failed }, false)).toMatchObject({
      state: "failed",
      value: null,
      reason: failed.reason,
    });
  });
});
