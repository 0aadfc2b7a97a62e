import { recordSchema } from "../../../../../ts/schema/sweep/records.ts";

const end = { trial: 0, value: null, steps: 3, reason: "why" } as const;
const ofRun = {
  ...end,
  kind: "run-ended",
  member: 0,
  attempt: 1,
  state: "failed",
  runId: null,
  final: false,
} as const;

describe("recordSchema", () => {
  it.each([
    [{ kind: "trial", trial: 3, assignment: { "router.topK": 2, way: "a" }, seed: 7 }],
    [{ kind: "run", trial: 3, member: 1, attempt: 0, seed: 7, runId: "r" }],
    [ofRun],
    [{ ...end, kind: "trial-ended", state: "done", value: 0.25, reason: null }],
    [{ kind: "worked", seconds: 0.5 }],
  ])("takes %j", (record) => {
    expect(recordSchema.parse(record)).toEqual(record);
  });

  it.each([
    ["a trial below 0", { kind: "trial", trial: -1, assignment: {}, seed: 7 }],
    ["an end that runs on", { ...ofRun, state: "running" }],
    ["a key of another version", { ...ofRun, colour: "red" }],
    ["a kind that is none", { kind: "thought" }],
    ["a header of another format", { kind: "sweep", format: "tomoe.sweep/2" }],
  ])("refuses %s", (_, record) => {
    expect(recordSchema.safeParse(record).success).toBe(false);
  });
});
