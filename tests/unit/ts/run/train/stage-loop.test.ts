import { buildStageSpec } from "../../../../../ts/config/index.ts";
import { bug, TomoeError } from "../../../../../ts/errors.ts";
import { planInForce } from "../../../../../ts/router/index.ts";
import { stageBatches } from "../../../../../ts/run/train/batches.ts";
import { firstPlan } from "../../../../../ts/run/train/first-plan.ts";
import { runStage, type StageLoop } from "../../../../../ts/run/train/stage-loop.ts";
import type { RouterPolicy, RoutingPlan } from "../../../../../ts/schema/router.ts";
import { digestPlan } from "../../../../../ts/worker/index.ts";
import { caught } from "../../../../support/caught.ts";
import type { Script } from "../../../../support/scripted-model.ts";
import { newJob, plainPolicy, stageOf } from "../fixtures.ts";

interface Options {
  readonly script?: Script;
  readonly policy?: RouterPolicy;
  readonly set?: readonly string[];
  readonly change?: Partial<StageLoop>;
}

/** The stage "shared" on scripted ranks, and all that its loop said in the order it was said. */
async function loopOf(options: Options = {}) {
  const { script, policy = plainPolicy(), set } = options;
  const test = await newJob({ policy, ...(script && { script }), ...(set && { set }) });
  const { job, pool } = await test.attempt();
  await pool.same("lift", (rank) => rank.liftModel(1));
  const { resolved } = job;
  const { stage, index } = stageOf(resolved, "shared");
  const batches = stageBatches({ job, stage, ranks: pool.ranks.length });
  const said: string[] = [];
  const begun: (readonly [number, string])[] = [];
  const plans: RoutingPlan[] = [];
  const governing: number[] = [];
  const loop: StageLoop = {
    pool,
    spec: buildStageSpec(resolved.config, stage, index),
    policy,
    book: { plans: [firstPlan({ resolved, policy, stage, lifted: true, previous: null })] },
    batchOf: (step, rank) => batches.at(step, rank),
    minStepDeadlineMs: 1000,
    checkpointDue: (done) => done % 4 === 0,
    onBegin: ({ keptTensors, baseDigest }) => {
      begun.push([keptTensors, baseDigest]);
    },
    onStep: (result, plan) => {
      said.push(`step ${result.step}`);
      governing.push(plan.effectiveFromStep);
    },
    onPlan: (plan, digest) => {
      expect(digest).toBe(digestPlan(plan));
      plans.push(plan);
      said.push(`plan ${plan.effectiveFromStep}`);
    },
    checkpoint: async (nextStep) => {
      await Promise.resolve();
      said.push(`checkpoint ${nextStep}`);
    },
    stop: test.controller.signal,
    ...options.change,
  };
  return { ...test, job, pool, loop, said, begun, plans, governing };
}

describe("runStage", () => {
  it("steps, decides and writes a checkpoint where one is due and after the last step", async () => {
    const { loop, said, begun } = await loopOf();
    expect(await runStage(loop)).toMatchObject({ nextStep: 6, stopped: false });
    expect(begun).toEqual([[1, "b".repeat(64)]]);
    expect(said).toEqual([
      "plan 0",
      ...[0, 1, 2].flatMap((step) => [`step ${step}`, `plan ${step + 1}`]),
      "step 3",
      "plan 4",
      "checkpoint 4",
      "step 4",
      "plan 5",
      "step 5",
      "plan 6",
      "checkpoint 6",
    ]);
  });

  it.each([1, 2, 4])(
    "has a plan wait planLag = %i steps after the load it was decided on",
    async (planLag) => {
      const { loop, plans, governing } = await loopOf({ policy: plainPolicy(planLag) });
      await runStage(loop);
      expect(plans.map(({ effectiveFromStep }) => effectiveFromStep)).toEqual([
        0,
        ...[0, 1, 2, 3, 4, 5].map((step) => step + planLag),
      ]);
      // At step s governs what was decided on the load of step s - planLag.
      expect(governing).toEqual([0, 1, 2, 3, 4, 5].map((step) => (step < planLag ? 0 : step)));
    },
  );

  it("hands a checkpoint the plans that may still govern, those decided ahead too", async () => {
    const books: (readonly number[])[] = [];
    const { loop } = await loopOf({
      policy: plainPolicy(3),
      change: {
        checkpoint: async (nextStep, book) => {
          await Promise.resolve();
          books.push(book.plans.map(({ effectiveFromStep }) => effectiveFromStep));
          expect(planInForce(book.plans, nextStep)).toBe(book.plans[0]);
        },
      },
    });
    await runStage(loop);
    expect(books).toEqual([
      [4, 5, 6],
      [6, 7, 8],
    ]);
  });

  it("goes on from a book with plans of its own, at the step the ranks are at", async () => {
    let stop = (): void => undefined;
    const { loop, said, plans, controller } = await loopOf({
      policy: plainPolicy(2),
      script: { onStep: ({ step }) => (step === 2 ? stop() : undefined) },
    });
    stop = () => controller.abort();
    expect(await runStage(loop)).toMatchObject({ nextStep: 3, stopped: true });
    const before = said.length;
    const book = { plans: plans.slice(-2) };
    const { signal } = new AbortController();
    expect(await runStage({ ...loop, book, stop: signal })).toMatchObject({ nextStep: 6, stopped: false });
    const after = said.slice(before);
    expect(after.slice(0, 3)).toEqual(["plan 3", "plan 4", "step 3"]);
    expect(after.filter((line) => line.startsWith("step"))).toEqual(["step 3", "step 4", "step 5"]);
  });

  it("commands each rank the batch that is its own, fed ahead as far as its credits reach", async () => {
    const { loop, workers } = await loopOf({ set: ["execution.ranks=2"], script: { credits: 2 } });
    await runStage(loop);
    const fed = [...workers.fed.keys()].filter((key) => key.startsWith("1/shared/"));
    expect(fed).toHaveLength(12);
    expect(fed.slice(0, 4).sort()).toEqual(["1/shared/0/0", "1/shared/0/1", "1/shared/1/0", "1/shared/1/1"]);
  });

  it.each(["load", "plan"] as const)(
    "stops when ranks differ in their %s, naming them and the step",
    async (what) => {
      const { loop, pool, said } = await loopOf({
        set: ["execution.ranks=2"],
        script: what === "load" ? { tokens: ({ step, rank }) => (step === 2 ? rank : 5) } : {},
      });
      if (what === "plan") {
        const open = pool.openStage.bind(pool);
        pool.openStage = async (spec, options) => {
          const sessions = await open(spec, options);
          const [, second] = sessions;
          if (second === undefined) throw bug("two ranks");
          const step = second.step.bind(second);
          second.step = async (command) => {
            const result = await step(command);
            return command.step === 2 ? { ...result, planDigest: "another" } : result;
          };
          return sessions;
        };
      }
      const failure = await caught(() => runStage(loop));
      expect([failure.code, failure.what]).toEqual([
        "WIRE_DIGEST",
        "ranks 0 and 1 disagree on the plan or the load of step 2",
      ]);
      expect(failure.details).toEqual({ step: 2, ranks: [0, 1] });
      expect(said.at(-1)).toBe("plan 2");
    },
  );

  it("finishes the step in flight when it is stopped, writes a checkpoint and gives the streams up", async () => {
    let stop = (): void => undefined;
    const { loop, said, controller, workers } = await loopOf({
      script: { onStep: ({ step }) => (step === 1 ? stop() : undefined) },
    });
    stop = () => controller.abort();
    expect(await runStage(loop)).toMatchObject({ nextStep: 2, stopped: true });
    expect(said.slice(-3)).toEqual(["step 1", "plan 2", "checkpoint 2"]);
    expect(workers.calls.at(-1)).toBe("1 cancel shared");
  });

  it("is not stopped but done when the last step is the one in flight", async () => {
    let stop = (): void => undefined;
    const { loop, said, controller } = await loopOf({
      script: { onStep: ({ step }) => (step === 5 ? stop() : undefined) },
    });
    stop = () => controller.abort();
    expect(await runStage(loop)).toMatchObject({ nextStep: 6, stopped: false });
    expect(said.filter((line) => line.startsWith("checkpoint"))).toEqual(["checkpoint 4", "checkpoint 6"]);
  });

  it("gives the streams up and throws as it came what a step, a checkpoint or the record fails with", async () => {
    const failure = new TomoeError("DISK_FULL", "no room", { hint: "Free some." });
    const throwing = (): never => {
      throw failure;
    };
    const changes: readonly Options[] = [
      { script: { failStep: ({ step }) => (step === 2 ? failure : undefined) } },
      { change: { checkpoint: async () => await Promise.reject(failure) } },
      { change: { onStep: throwing } },
      { change: { onPlan: throwing } },
      { change: { batchOf: throwing } },
      { policy: { ...plainPolicy(), nextPlan: throwing } },
    ];
    for (const change of changes) {
      const { loop, workers } = await loopOf(change);
      await expect(runStage(loop)).rejects.toBe(failure);
      expect(workers.calls.at(-1)).toBe("1 cancel shared");
    }
  });

  it("refuses a policy that would change a step that is done", async () => {
    const hasty: RouterPolicy = {
      ...plainPolicy(),
      id: "hasty",
      nextPlan: (plan, load) => ({ ...plan, effectiveFromStep: load.step, topK: 2 }),
    };
    // At step 0 the first plan governs already, so that the same time means the same plan.
    const { loop } = await loopOf({ policy: hasty });
    const failure = await caught(() => runStage(loop));
    expect(failure.what).toBe('policy "hasty" decided on step 1 a plan that takes effect at step 1');
  });

  it("ends the stage on every rank when all steps are done", async () => {
    const { loop, pool } = await loopOf({ set: ["execution.ranks=2"] });
    const ended: number[] = [];
    const open = pool.openStage.bind(pool);
    pool.openStage = async (spec, options) =>
      (await open(spec, options)).map((session) => {
        const end = session.end.bind(session);
        return Object.assign(session, {
          end: async () => {
            ended.push(await end());
            return ended.at(-1);
          },
        });
      });
    await runStage(loop);
    expect(ended).toEqual([6, 6]);
  });

  it("ends early where that is wanted between two steps, with a checkpoint that says so, and asks for no batch behind it", async () => {
    const asked: number[] = [];
    const { loop, said, workers } = await loopOf({
      change: {
        between: async (nextStep) => {
          asked.push(nextStep);
          return await Promise.resolve({ saves: nextStep === 1, ends: nextStep === 3 });
        },
      },
    });
    const ended: boolean[] = [];
    const { checkpoint } = loop;
    const end = await runStage({
      ...loop,
      checkpoint: async (nextStep, book, early) => {
        ended.push(early);
        await checkpoint(nextStep, book, early);
      },
    });
    expect(end).toMatchObject({ nextStep: 3, stopped: false });
    expect(asked).toEqual([1, 2, 3]);
    expect(said.filter((line) => line.startsWith("checkpoint"))).toEqual(["checkpoint 1", "checkpoint 3"]);
    expect(ended).toEqual([false, true]);
    expect(workers.calls).not.toContain("1 cancel shared");
  });
});
