import type { SweepHeader, SweepRecord } from "../../../../ts/schema/sweep/records.ts";
import { sweepState } from "../../../../ts/sweep/state.ts";
import { planOf } from "./fixtures.ts";

const header: SweepHeader = {
  kind: "sweep",
  format: "tomoe.sweep/1",
  sweepId: "s",
  ordinal: 1,
  createdAt: "",
  plan: planOf(),
  input: {},
  set: [],
  digest: "",
  ownPolicy: false,
  runsDir: "/runs",
  device: "cpu",
};
const trial = (number: number): SweepRecord => ({
  kind: "trial",
  trial: number,
  assignment: { a: number },
  seed: number,
});
const run = (number: number, attempt: number): SweepRecord => ({
  kind: "run",
  trial: number,
  member: 0,
  attempt,
  seed: number,
  runId: `run-${number}-${attempt}`,
});

describe("sweepState", () => {
  it("tells trials in order of number with their runs and ends, and adds the hours up", () => {
    const end = {
      kind: "run-ended",
      trial: 0,
      member: 0,
      attempt: 0,
      state: "failed",
      runId: "run-0-0",
    } as const;
    const ended: SweepRecord = { ...end, value: null, steps: 3, reason: "why", final: false };
    const over: SweepRecord = {
      kind: "trial-ended",
      trial: 0,
      state: "failed",
      value: null,
      steps: 3,
      reason: "why",
    };
    const state = sweepState([
      header,
      trial(0),
      trial(1),
      run(1, 0),
      run(0, 0),
      { kind: "worked", seconds: 1.5 },
      ended,
      over,
      { kind: "worked", seconds: 2 },
    ]);
    expect(state?.workedSeconds).toBe(3.5);
    expect(state?.trials.map(({ number, seed, assignment }) => [number, seed, assignment])).toEqual([
      [0, 0, { a: 0 }],
      [1, 1, { a: 1 }],
    ]);
    expect(state?.trials[0]).toMatchObject({ begun: [run(0, 0)], ended: [ended], end: over });
    expect(state?.trials[1]).toMatchObject({ begun: [run(1, 0)], ended: [], end: undefined });
  });

  it("is none of records without a header, with two, or of a trial that was never proposed", () => {
    expect(sweepState([])).toBeUndefined();
    expect(sweepState([trial(0)])).toBeUndefined();
    expect(sweepState([header, header])).toBeUndefined();
    expect(sweepState([header, run(3, 0)])).toBeUndefined();
  });
});
