import { policyFor } from "../../../../../ts/run/choose-policy.ts";
import { budgetOf, triedOptions, type Wanted } from "../../../../../ts/run/knobs/budget.ts";
import { optionsOf } from "../../../../../ts/run/knobs/options.ts";
import type { StageOutcome } from "../../../../../ts/run/knobs/outcome.ts";
import { type StageShares, tryStage } from "../../../../../ts/run/knobs/try-stage.ts";
import type { StageAt } from "../../../../../ts/run/knobs/variation.ts";
import type { Batch } from "../../../../../ts/schema/batch.ts";
import type { TrialJob, TriedStage, WorkerClient, WorkerPool } from "../../../../../ts/worker/index.ts";
import { resolvedWith } from "../fixtures.ts";
import { long, longSet, stagesAt } from "./stages.ts";

const stages = stagesAt();
const { wanted: all } = budgetOf(stages, triedOptions(stages, optionsOf(long.config)), () => false);

function shared(): StageAt {
  const found = stages.find(({ stage }) => stage.name === "shared");
  if (found === undefined) throw new RangeError("no stage");
  return found;
}

const wantedIn = (at: StageAt, ...names: readonly string[]): readonly Wanted[] =>
  all.filter((one) => one.at === at && names.some((name) => one.option.path.endsWith(name)));

const batch = (step: number, volumes: number): Batch => ({
  step,
  globalVolumeCount: volumes,
  volumes: [],
  items: [],
});

const shares = (ranks = 1): StageShares => ({
  whole: (step) => Array.from({ length: ranks }, () => batch(step, 8)),
  cut: (step) => Array.from({ length: ranks }, () => batch(step, 2)),
});

interface Told extends Partial<TriedStage> {
  /** Where its steps end, as one number. */
  readonly end?: number;
}

/** Ranks that end where `told` says of a trial's stage and plan, and the jobs they were given. */
function poolOf(told: (job: TrialJob, trial: TrialJob["trials"][number], round: number) => Told, ranks = 1) {
  const jobs: TrialJob[] = [];
  const rank = (at: number): Partial<WorkerClient> => ({
    facts: { rank: at } as WorkerClient["facts"],
    tryStage: async (job) => {
      if (at === 0) jobs.push(job);
      const words = job.trials.map((trial) => told(job, trial, jobs.length - 1));
      return await Promise.resolve(
        job.trials.map(({ beside, batches }, place): TriedStage => {
          const { end = 0, ...rest } = words[place] ?? {};
          return {
            diverged: false,
            losses: batches.map(() => 4),
            gradientNorms: batches.map(() => 1),
            moved: 2,
            apart: Math.abs(end - (words[beside]?.end ?? 0)),
            seconds: 3,
            unreached: [],
            still: [],
            stray: [],
            idle: [],
            ...rest,
          };
        }),
      );
    },
  });
  const clients = Array.from({ length: ranks }, (_, at) => rank(at) as WorkerClient);
  const pool = {
    ranks: clients,
    all: async <T>(call: (one: WorkerClient) => Promise<T>) => await Promise.all(clients.map(call)),
  } as unknown as WorkerPool;
  return { pool, jobs };
}

async function tried(
  names: readonly string[],
  told: Parameters<typeof poolOf>[0],
): Promise<{ readonly outcome: StageOutcome; readonly jobs: readonly TrialJob[] }> {
  const at = shared();
  const { pool, jobs } = poolOf(told);
  const { signal } = new AbortController();
  const outcome = await tryStage(pool, at, wantedIn(at, ...names), { shares: shares(), signal });
  return { outcome, jobs };
}

describe("tryStage", () => {
  it("does the first steps whole, then cut, once more, and with each option changed", async () => {
    const { jobs } = await tried(["weightDecay", "clipNorm"], () => ({ end: 1 }));
    const [job] = jobs;
    expect(job?.trials).toEqual([
      { stage: 0, plan: 0, firstStep: 0, beside: 0, batches: [2, 3] },
      { stage: 0, plan: 0, firstStep: 0, beside: 1, batches: [0, 1] },
      { stage: 0, plan: 0, firstStep: 0, beside: 1, batches: [0, 1] },
      { stage: 1, plan: 1, firstStep: 0, beside: 1, batches: [0, 1] },
      { stage: 2, plan: 2, firstStep: 0, beside: 1, batches: [0, 1] },
    ]);
    expect(job?.batches.map(({ step, globalVolumeCount }) => [step, globalVolumeCount])).toEqual([
      [0, 2],
      [1, 2],
      [0, 8],
      [1, 8],
    ]);
    const { spec } = shared();
    expect(job?.stages.slice(0, 2)).toEqual([spec, { ...spec, weightDecay: 1 }]);
  });

  it("tries the other end where the first shows nothing, and no further", async () => {
    const { outcome, jobs } = await tried(["epsilon"], (job, { stage }, round) => ({
      end: stage === 0 || round === 0 ? 0 : (job.stages[stage]?.optimizer.epsilon ?? 0),
    }));
    expect(jobs.map(({ stages: told }) => told.map(({ optimizer }) => optimizer.epsilon))).toEqual([
      [1e-8, 1e-17],
      [1e-8, 1e-2],
    ]);
    // The whole steps are done once.
    expect(jobs[1]?.trials).toHaveLength(3);
    expect(outcome.options).toEqual([
      { path: "stages.0.optimizer.epsilon", tried: 1e-2, effect: "update", change: 0.005 },
    ]);
  });

  it("tells the last end tried of what has no effect at either", async () => {
    const { outcome } = await tried(["epsilon"], () => ({ end: 0 }));
    expect(outcome.options).toEqual([
      { path: "stages.0.optimizer.epsilon", tried: 1e-2, effect: "none", change: 0 },
    ]);
  });

  it("tries what follows the schedule at the end of the stage, beside the same end without a change", async () => {
    const { jobs, outcome } = await tried(["schedule", "clipNorm"], (_, { firstStep, stage }) => ({
      end: firstStep + stage,
    }));
    const [job] = jobs;
    expect(job?.trials.slice(3)).toEqual([
      { stage: 0, plan: 0, firstStep: 1998, beside: 3, batches: [0, 1] },
      { stage: 1, plan: 1, firstStep: 0, beside: 1, batches: [0, 1] },
      { stage: 2, plan: 2, firstStep: 1998, beside: 3, batches: [0, 1] },
    ]);
    expect(outcome.options.map(({ change }) => change)).toEqual([0.5, 1]);
  });

  it("tries what a policy decides by beside the plan that it would have decided itself", async () => {
    const resolved = resolvedWith(...longSet, "router.softSteps=40");
    const at = stagesAt(resolved, policyFor(resolved)).find(({ stage }) => stage.name === "shared");
    if (at === undefined) throw new RangeError("no stage");
    const wanted = triedOptions([at], optionsOf(resolved.config)).filter(({ option }) =>
      /softSteps|clipNorm/.test(option.path),
    );
    const { pool, jobs } = poolOf((job, { plan }) => ({ end: job.plans[plan]?.topK ?? 0 }));
    const { signal } = new AbortController();
    const outcome = await tryStage(pool, at, wanted, { shares: shares(), signal });
    const [job] = jobs;
    // Begun with both experts, one step on still with both, and softened over one step with one.
    expect(job?.plans.map(({ topK }) => topK)).toEqual([2, 1, 2, 2]);
    expect(job?.trials.slice(3)).toEqual([
      { stage: 3, plan: 3, firstStep: 0, beside: 3, batches: [0, 1] },
      { stage: 1, plan: 1, firstStep: 0, beside: 3, batches: [0, 1] },
      { stage: 2, plan: 2, firstStep: 0, beside: 1, batches: [0, 1] },
    ]);
    expect(outcome.options[0]).toEqual({ path: "router.softSteps", tried: 1, effect: "update", change: 0.5 });
  });

  it("calls the first loss an effect before the update is one", async () => {
    const { outcome } = await tried(["objectives.language"], (_, { stage }) =>
      stage === 0 ? { end: 0 } : { end: 1, losses: [1, 1] },
    );
    expect(outcome.options).toEqual([
      { path: "stages.0.objectives.language", tried: 1e-9, effect: "loss", change: 0.75 },
    ]);
  });

  it("calls what less memory changes by rounding neither", async () => {
    const { outcome } = await tried(["microBatch"], (_, { stage }) => ({ end: stage === 0 ? 0 : 1e-6 }));
    expect(outcome.options).toEqual([
      { path: "stages.0.microBatch", tried: 1, effect: "memory", change: 5e-7 },
    ]);
  });

  it("calls steps that are not finite an effect", async () => {
    const { outcome } = await tried(["learningRate"], (_, { stage }) =>
      stage === 0 ? {} : { diverged: true, losses: [], end: 0 },
    );
    expect(outcome.options[0]).toMatchObject({ effect: "not finite", change: 1 });
  });

  it("takes the rounding of float32 for no effect", async () => {
    const effectOf = async (change: Told): Promise<unknown> =>
      (await tried(["clipNorm"], (_, { stage }) => (stage === 0 ? { end: 0 } : change))).outcome.options[0]
        ?.effect;
    expect(await effectOf({ end: 1e-4 })).toBe("none");
    expect(await effectOf({ end: 3e-4 })).toBe("update");
    expect(await effectOf({ losses: [4 + 1e-6, 4] })).toBe("none");
    expect(await effectOf({ losses: [4 + 1e-5, 4] })).toBe("loss");
  });

  it("takes nothing for an effect that two equal trials differ by", async () => {
    const wobble =
      (apart: number) =>
      (_: TrialJob, { stage, batches }: TrialJob["trials"][number]) => {
        const isAgain = stage === 0 && batches[0] === 0;
        return stage === 0 ? { apart: isAgain ? 0.1 : 0 } : { apart };
      };
    const effect = async (apart: number): Promise<string | undefined> =>
      (await tried(["clipNorm"], wobble(apart))).outcome.options[0]?.effect;
    expect([await effect(0.39), await effect(0.41)]).toEqual(["none", "update"]);
  });

  it("tells what the whole steps took and which tensors no gradient reached", async () => {
    const { outcome } = await tried([], () => ({
      unreached: ["a"],
      still: ["b"],
      stray: ["c"],
      idle: ["lora"],
    }));
    expect(outcome).toEqual({
      stage: "shared",
      path: "stages.0",
      secondsPerStep: 1.5,
      unreached: ["a"],
      still: ["b"],
      stray: ["c"],
      idle: ["lora"],
      options: [],
    });
  });

  it("gives each rank its own shares of the same trials", async () => {
    const at = shared();
    const { pool } = poolOf(() => ({ end: 1 }), 2);
    const seen: TrialJob[] = [];
    for (const rank of pool.ranks) {
      const told = rank.tryStage.bind(rank);
      Object.assign(rank, {
        tryStage: async (job: TrialJob) => {
          seen.push(job);
          return await told(job);
        },
      });
    }
    const each: StageShares = {
      whole: (step) => [batch(step, 8), batch(step, 80)],
      cut: (step) => [batch(step, 2), batch(step, 20)],
    };
    await tryStage(pool, at, wantedIn(at, "clipNorm"), {
      shares: each,
      signal: new AbortController().signal,
    });
    const counts = seen.map(({ batches }) => batches.map(({ globalVolumeCount }) => globalVolumeCount));
    expect(counts.slice(0, 2)).toEqual([
      [2, 2, 8, 8],
      [20, 20, 80, 80],
    ]);
    expect(seen[0]?.trials).toEqual(seen[1]?.trials);
  });
});
