import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { resumeSweep, runSweep, sweepStatus } from "../../../../../ts/run/sweep/sweep.ts";
import type { PointRecord } from "../../../../../ts/schema/sweep/records.ts";
import { listRuns, openSweep, readMetrics } from "../../../../../ts/track/read/index.ts";
import { caught } from "../../../../support/caught.ts";
import type { Script } from "../../../../support/scripted-model.ts";
import { ScriptedWorkers } from "../../../../support/scripted-pool.ts";
import { removeScratch, type Start, started, tiny, trialsOf } from "./fixtures.ts";

afterAll(removeScratch);

const plan: Start["plan"] = {
  budget: { trials: 6 },
  pruner: { kind: "asha", minSteps: 2, reduction: 2 },
};
const set = [...tiny, "stages.shared.steps=4", "stages.shared.checkpointEvery=1"];
const start = (script: Script = {}, change: Start = {}) => started({ plan, set, script, ...change });

async function pointsOf(sweepsDir: string): Promise<readonly PointRecord[]> {
  const { records } = await openSweep(sweepsDir, "latest");
  return records.flatMap((record) => (record.kind === "point" ? [record] : []));
}

describe("a sweep with a pruner", () => {
  const undisturbed = start();
  let lines = "";
  let ledger: readonly string[] = [];
  beforeAll(async () => {
    const { dir } = await runSweep(undisturbed.options);
    lines = trialsOf(dir);
    ledger = readFileSync(join(dir, "ledger/000000.jsonl"), "utf8").trim().split("\n");
  });

  it("measures every trial at its rungs, and ends those that are behind at that very step", async () => {
    const { options } = undisturbed;
    const { trials, best } = await sweepStatus(options.sweepsDir, "latest");
    const points = await pointsOf(options.sweepsDir);
    const pruned = trials.filter(({ state }) => state === "pruned");
    expect(pruned.length).toBeGreaterThan(0);
    expect(trials.some(({ state }) => state === "done")).toBe(true);
    expect(points.filter(({ steps }) => steps === 2).map(({ trial }) => trial)).toEqual([0, 1, 2, 3, 4, 5]);
    for (const { number, steps, value, reason, runId } of pruned) {
      const last = points.findLast(({ trial }) => trial === number);
      expect([steps, value]).toEqual([last?.done, last?.value]);
      expect(reason).toBe(`behind the others after ${last?.steps} steps on volumes`);
      const losses = await readMetrics(join(options.runsDir, runId ?? "", "metrics"), { name: "loss" });
      expect(losses.length).toBe(steps);
    }
    for (const { state, steps } of trials) if (state === "done") expect(steps).toBe(5);
    // The last step's number is the scorecard's: it is not measured twice.
    expect(points.some(({ done }) => done === 5)).toBe(false);
    expect(trials.find(({ number }) => number === best)?.state).toBe("done");
    const status = new Map(listRuns(options.runsDir).map((run) => [run.runId, run.status]));
    expect(pruned.map(({ runId }) => status.get(runId ?? ""))).toEqual(pruned.map(() => "interrupted"));
  });

  it("trains as without one: what is measured in the middle changes no number of a trial that goes on", async () => {
    const { options } = undisturbed;
    const without = start({}, { plan: { budget: { trials: 6 } } });
    const plain = await runSweep(without.options);
    const { trials } = await sweepStatus(options.sweepsDir, "latest");
    const done = trials.filter(({ state }) => state === "done");
    for (const { number, value } of done) expect(value).toBe(plain.trials[number]?.value);
  });

  it("decides as it did after a kill at any point of its ledger", async () => {
    const { options } = start();
    const { dir } = await runSweep(options);
    expect(trialsOf(dir)).toBe(lines);
    const path = join(dir, "ledger/000000.jsonl");
    const own = readFileSync(path, "utf8").trim().split("\n");
    expect(own.length).toBe(ledger.length);
    const behind = own.flatMap((line, at) => (/"kind":"point"/.test(line) ? [at, at + 1] : []));
    for (const kept of behind.slice(-6)) {
      writeFileSync(path, `${own.slice(0, kept).join("\n")}\n`);
      await resumeSweep({ ...options, reference: "latest" });
      expect(trialsOf(dir)).toBe(lines);
    }
  });

  it("decides as it did where it was stopped between two rungs", async () => {
    const controller = new AbortController();
    let seen = 0;
    const workers = new ScriptedWorkers({
      onStep: () => {
        seen += 1;
        if (seen === 9) controller.abort();
      },
    });
    const { options } = start();
    const stopped = await caught(() => runSweep({ ...options, workers, signal: controller.signal }));
    expect(stopped.code).toBe("STOPPED_RESUMABLE");
    const { dir } = await resumeSweep({ ...options, reference: "latest" });
    expect(trialsOf(dir)).toBe(lines);
  });

  it("looks at the first of several seeds, and begins no further one of a trial that ends there", async () => {
    const { options } = start({}, { plan: { ...plan, seeds: 2, budget: { trials: 4 } } });
    const { trials } = await runSweep(options);
    const points = await pointsOf(options.sweepsDir);
    expect(points.every(({ member }) => member === 0)).toBe(true);
    const members = (number: number): number =>
      listRuns(options.runsDir).filter(({ tags }) => tags.trial === String(number)).length;
    for (const { number, state } of trials) expect(members(number)).toBe(state === "done" ? 2 : 1);
  });

  it("by the median rule ends nothing before enough others have come as far", async () => {
    const pruner = { kind: "median", every: 2, minSteps: 2, trials: 3 } as const;
    const { options, notices } = start({}, { plan: { budget: { trials: 5 }, pruner } });
    const { trials } = await runSweep(options);
    expect(trials.slice(0, 3).every(({ state }) => state === "done")).toBe(true);
    expect(notices().filter((text) => /^trial 0 at step 2: [\d.e-]+, goes on$/.test(text)).length).toBe(1);
  });
});
