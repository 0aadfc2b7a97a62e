import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sweepDocument } from "../../../../../../ts/run/sweep/record/document.ts";
import { trialLines, writeSweepFiles } from "../../../../../../ts/run/sweep/record/files.ts";
import type { SweepRecord } from "../../../../../../ts/schema/sweep/records.ts";
import { sweepState } from "../../../../../../ts/sweep/index.ts";
import { begunSweep, freshSweeps, removeSweeps } from "../../../track/sweeps/fixtures.ts";

afterAll(removeSweeps);

const trial = (number: number): SweepRecord => ({
  kind: "trial",
  trial: number,
  assignment: { a: number },
  seed: number,
});
const ended = (number: number, value: number | null): SweepRecord => ({
  kind: "trial-ended",
  trial: number,
  state: value === null ? "failed" : "done",
  value,
  steps: 3,
  reason: value === null ? "why" : null,
});

async function ledgerOf(...records: readonly SweepRecord[]) {
  const { ledger } = await begunSweep(freshSweeps());
  for (const record of records) await ledger.append(record);
  const state = sweepState(ledger.records);
  if (state === undefined) throw new Error("no state");
  return { ledger, state };
}

describe("the files of a sweep", () => {
  it("hold the trials that ended in order of number, and the best assignment, and are replaced whole", async () => {
    const { ledger, state } = await ledgerOf(trial(0), trial(1), trial(2), ended(1, 0.5), ended(0, null));
    await writeSweepFiles(ledger, state);
    const row = { steps: 3 };
    expect(
      readFileSync(join(ledger.dir, "trials.jsonl"), "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line)),
    ).toEqual([
      { number: 0, state: "failed", assignment: { a: 0 }, seed: 0, value: null, ...row, reason: "why" },
      { number: 1, state: "done", assignment: { a: 1 }, seed: 1, value: 0.5, ...row, reason: null },
    ]);
    expect(JSON.parse(readFileSync(join(ledger.dir, "best.json"), "utf8"))).toEqual({ a: 1 });
    await ledger.append(ended(2, 0.75));
    await writeSweepFiles(ledger, sweepState(ledger.records) ?? state);
    expect(JSON.parse(readFileSync(join(ledger.dir, "best.json"), "utf8"))).toEqual({ a: 2 });
    await ledger.close();
  });

  it("have no best while no trial is done", async () => {
    const { ledger, state } = await ledgerOf(trial(0), ended(0, null));
    await writeSweepFiles(ledger, state);
    expect(existsSync(join(ledger.dir, "best.json"))).toBe(false);
    await ledger.close();
  });
});

describe("sweepDocument", () => {
  it("tells open trials as running or waiting; the lines of the file leave them out", async () => {
    const { ledger, state } = await ledgerOf(trial(0), { kind: "worked", seconds: 4 });
    const running = sweepDocument(state, ledger.dir, true);
    expect(running).toMatchObject({ ok: true, best: null, wallSeconds: 4, trials: [{ state: "running" }] });
    expect(sweepDocument(state, ledger.dir, false).trials[0]?.state).toBe("waiting");
    expect(trialLines(running.trials)).toBe("");
    await ledger.close();
  });
});
