import type { SweepJob } from "../../../../../ts/run/sweep/job.ts";
import { TrialQueue } from "../../../../../ts/run/sweep/queue.ts";
import type { SweepPlan } from "../../../../../ts/schema/sweep/plan.ts";
import { type Before, type Sampler, samplerOf, trialSeed } from "../../../../../ts/sweep/index.ts";
import { createSweep } from "../../../../../ts/track/index.ts";
import { planOf } from "../../sweep/fixtures.ts";
import { freshSweeps, newSweep, removeSweeps } from "../../track/sweeps/fixtures.ts";

afterAll(removeSweeps);

async function jobOf(change: Partial<SweepPlan>, sampler = samplerOf(planOf(change))) {
  const plan = planOf(change);
  const ledger = await createSweep(freshSweeps(), { ...newSweep, plan }, { notice: () => undefined });
  const told: string[] = [];
  const onProgress: SweepJob["onProgress"] = (event) => {
    if (event.kind === "notice") told.push(event.text);
  };
  return { job: { ledger, onProgress, sampler } as unknown as SweepJob, ledger, told };
}

describe("TrialQueue", () => {
  it("gives trials by number, each in the ledger with assignment and seed before it is given, until the budget is spent", async () => {
    const { job, ledger, told } = await jobOf({ budget: { trials: 2 } });
    const queue = new TrialQueue(job);
    expect([await queue.take(), await queue.take(), await queue.take()]).toEqual([0, 1, undefined]);
    expect(ledger.records.slice(1)).toEqual(
      [0, 1].map((trial) => ({
        kind: "trial",
        trial,
        assignment: { "stages.shared.learningRate": expect.any(Number) },
        seed: trialSeed(7, trial),
      })),
    );
    expect(told[1]).toMatch(/^trial 1: stages\.shared\.learningRate=0\.\d+$/);
    await ledger.close();
  });

  it("gives several takers at once a trial each, and no more than there are", async () => {
    const { job, ledger } = await jobOf({ budget: { trials: 3 } });
    const queue = new TrialQueue(job);
    const taken = await Promise.all([0, 1, 2, 3, 4].map(() => queue.take()));
    expect(taken).toEqual([0, 1, 2, undefined, undefined]);
    expect(ledger.records.length).toBe(4);
    await ledger.close();
  });

  it("begins with the trials that an earlier process left open, in their order, whatever the budget", async () => {
    const { job, ledger } = await jobOf({ budget: { trials: 3 } });
    const first = new TrialQueue(job);
    for (let count = 0; count < 3; count += 1) await first.take();
    await ledger.append({ kind: "trial-ended", trial: 1, state: "done", value: 1, steps: 2, reason: null });
    const second = new TrialQueue(job);
    expect([await second.take(), await second.take(), await second.take()]).toEqual([0, 2, undefined]);
    await ledger.close();
  });

  it("counts steps of trials that ended, and the hours of every process", async () => {
    const { job, ledger } = await jobOf({ budget: { steps: 5 } });
    const queue = new TrialQueue(job);
    expect(await queue.take()).toBe(0);
    expect(await queue.take()).toBe(1);
    const over = { kind: "trial-ended", trial: 0, steps: 5 } as const;
    await ledger.append({ ...over, state: "failed", value: null, reason: "why" });
    expect(await queue.take()).toBeUndefined();
    await ledger.close();
    const hours = await jobOf({ budget: { hours: 1 } });
    await hours.ledger.append({ kind: "worked", seconds: 3599 });
    expect(await new TrialQueue(hours.job).take()).toBe(0);
    await hours.ledger.append({ kind: "worked", seconds: 1 });
    await hours.ledger.append({ ...over, state: "done", value: 1, reason: null });
    expect(await new TrialQueue(hours.job).take()).toBeUndefined();
    await hours.ledger.close();
  });

  it("asks for one proposal at a time, with every trial that was begun before it, and writes who proposed", async () => {
    const seen: (readonly number[])[] = [];
    let asking = 0;
    const slow: Sampler = {
      most: undefined,
      propose: async (trial: number, before: Before) => {
        asking += 1;
        expect(asking).toBe(1);
        seen.push(before.trials.map(({ number }) => number));
        await new Promise((resolve) => setTimeout(resolve, 5 - trial));
        asking -= 1;
        return { assignment: { "stages.shared.learningRate": trial }, by: "optuna 5.0.0" };
      },
      close: () => Promise.resolve(),
    };
    const { job, ledger } = await jobOf({ budget: { trials: 3 } }, slow);
    const queue = new TrialQueue(job);
    expect(await Promise.all([queue.take(), queue.take(), queue.take()])).toEqual([0, 1, 2]);
    expect(seen).toEqual([[], [0], [0, 1]]);
    expect(ledger.records.slice(1)).toEqual(
      [0, 1, 2].map((trial) => expect.objectContaining({ trial, by: "optuna 5.0.0" })),
    );
    await ledger.close();
  });

  it("leaves no trial behind where none could be proposed, and the number to the next taker", async () => {
    const drawn = samplerOf(planOf());
    let fails = true;
    const shaky: Sampler = {
      most: undefined,
      propose: async (trial, before) => {
        if (fails) throw new Error("gone");
        return (await drawn?.propose(trial, before)) ?? { assignment: {} };
      },
      close: () => Promise.resolve(),
    };
    const { job, ledger } = await jobOf({}, shaky);
    const queue = new TrialQueue(job);
    await expect(queue.take()).rejects.toThrow("gone");
    expect(ledger.records.length).toBe(1);
    fails = false;
    expect(await queue.take()).toBe(0);
    expect(new TrialQueue(job)).toBeDefined();
    await ledger.close();
  });

  it("tells its time once, piece by piece", async () => {
    const { job, ledger } = await jobOf({});
    const queue = new TrialQueue(job);
    await queue.tellTime();
    await queue.tellTime();
    const worked = ledger.records.flatMap((record) => (record.kind === "worked" ? [record.seconds] : []));
    expect(worked.length).toBe(2);
    for (const seconds of worked) expect(seconds).toBeGreaterThanOrEqual(0);
    await ledger.close();
  });
});
