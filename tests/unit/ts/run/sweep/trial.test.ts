import { experimentIn, type SweepJob, stateOf } from "../../../../../ts/run/sweep/job.ts";
import { carryOutTrial } from "../../../../../ts/run/sweep/trial.ts";
import type { SweepPlan } from "../../../../../ts/schema/sweep/plan.ts";
import { samplerOf } from "../../../../../ts/sweep/index.ts";
import { createSweep } from "../../../../../ts/track/index.ts";
import { caught } from "../../../../support/caught.ts";
import { workerDied } from "../../../../support/scripted-pool.ts";
import { newSweep } from "../../track/sweeps/fixtures.ts";
import { own, removeScratch, type Start, started, sweepOf } from "./fixtures.ts";

afterAll(removeScratch);

/** A ledger with one trial in it, and the job of a process that works on it. */
async function jobOf(plan: Partial<SweepPlan>, script: Start["script"] = {}) {
  const { options, workers } = started({ script });
  const { plan: whole } = sweepOf(plan);
  const set = [...options.set, "execution.maxRestarts=0"];
  const ledger = await createSweep(
    options.sweepsDir,
    { ...newSweep, plan: whole, set },
    { notice: () => undefined },
  );
  await ledger.append({ kind: "trial", trial: 0, assignment: { "router.biasRate": 0.02 }, seed: 5 });
  const { header } = stateOf({ ledger });
  const sampler = samplerOf(whole);
  if (sampler === undefined) throw new Error("a plan that draws has a sampler");
  const { runsDir, device, signal, onProgress } = options;
  const job: SweepJob = {
    ledger,
    header,
    experiment: own,
    device,
    runsDir,
    sampler,
    parallel: 1,
    signal,
    onProgress,
    workers,
  };
  return { job, ledger, workers };
}

describe("carryOutTrial", () => {
  it("does the seeds of a trial in turn and stops at the first that fails for good", async () => {
    let starts = 0;
    const failStart = () => {
      starts += 1;
      return starts >= 2 ? workerDied() : undefined;
    };
    const { job, ledger } = await jobOf({ seeds: 3, retries: 1 }, { failStart });
    const end = await carryOutTrial(job, 0);
    expect(end).toMatchObject({ kind: "trial-ended", trial: 0, state: "failed", value: null, steps: 3 });
    expect(end.reason).toContain("[WORKER_DIED]");
    const [trial] = stateOf(job).trials;
    expect(trial?.ended.map(({ member, attempt, state }) => [member, attempt, state])).toEqual([
      [0, 0, "done"],
      [1, 0, "failed"],
      [1, 1, "failed"],
    ]);
    expect(trial?.end).toEqual(end);
    await ledger.close();
  });

  it("does nothing again that the ledger knows the end of", async () => {
    const { job, ledger, workers } = await jobOf({ seeds: 2 });
    const ended = {
      kind: "run-ended",
      trial: 0,
      attempt: 0,
      state: "done",
      steps: 3,
      reason: null,
      final: true,
    } as const;
    await ledger.append({ ...ended, member: 0, runId: "a", value: 0.25 });
    await ledger.append({ ...ended, member: 1, runId: "b", value: 0.75 });
    expect(await carryOutTrial(job, 0)).toMatchObject({ state: "done", value: 0.5, steps: 6 });
    expect(workers.started).toEqual([]);
    await ledger.close();
  });

  it("is a bug of ours for a trial that is not in the ledger", async () => {
    const { job, ledger } = await jobOf({});
    expect((await caught(() => carryOutTrial(job, 4))).code).toBe("INTERNAL");
    await ledger.close();
  });
});

describe("experimentIn", () => {
  it("is what the ledger holds, with the policy that was given", () => {
    const header = { input: { name: "x" } } as never;
    expect(experimentIn(header, undefined)).toEqual({ kind: "experiment", input: { name: "x" } });
    expect(experimentIn(header, own.policy)).toMatchObject({ policy: own.policy });
  });
});
