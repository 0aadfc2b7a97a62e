import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { casesOf, type MirroredCase, mirrorCase } from "../../../../../ts/data/dataset/index.ts";
import type { Corpus } from "../../../../../ts/run/prepare/material.ts";
import { trainAttempt } from "../../../../../ts/run/train/attempt.ts";
import { StepFailure } from "../../../../../ts/run/train/step-failure.ts";
import type { RoutingPlan } from "../../../../../ts/schema/router.ts";
import { readEvents, readMetrics } from "../../../../../ts/track/read/index.ts";
import type { Moment } from "../../../../support/scripted-model.ts";
import { workerDied } from "../../../../support/scripted-pool.ts";
import { scriptedLift } from "../../../../support/scripted-rank.ts";
import { corpusOf, newJob, plainPolicy, type TestJob } from "../fixtures.ts";

/** Names of the checkpoints that are there, and the weights of the newest. */
function kept({ job }: TestJob): { readonly names: readonly string[]; readonly weights: string } {
  const { checkpoints } = job.owned.paths;
  const names = readdirSync(checkpoints)
    .filter((name) => /^\d/.test(name))
    .sort();
  return {
    names,
    weights: readFileSync(join(checkpoints, names.at(-1) ?? "", "weights.safetensors"), "utf8"),
  };
}

/** Losses by "stage/step" as recorded. */
async function losses({ job }: TestJob): Promise<readonly (readonly [string, number])[]> {
  return (await readMetrics(job.owned.paths.metrics))
    .filter(({ name }) => name === "loss")
    .map(({ stage, step, value }) => [`${stage}/${step}`, value] as const);
}

const at =
  (stage: string, step: number, attempt = 1) =>
  (moment: Moment) =>
    moment.stage === stage && moment.step === step && moment.attempt === attempt;

describe("trainAttempt", () => {
  it("goes through all stages in order: model, slices, one lift, volumes, task experts", async () => {
    const test = await newJob();
    expect(await trainAttempt(await test.attempt())).toBe(true);
    expect(test.workers.calls).toEqual([
      "1 fitTokenizer",
      "1 createModel",
      "1 stage flat",
      "1 save",
      "1 lift",
      "1 stage shared",
      ...Array.from({ length: 3 }, () => "1 save"),
      "1 stage specific",
      "1 save",
    ]);
    expect((await losses(test)).map(([place]) => place)).toEqual([
      ...[0, 1, 2].map((step) => `flat/${step}`),
      ...[0, 1, 2, 3, 4, 5].map((step) => `shared/${step}`),
      "specific/0",
      "specific/1",
    ]);
    const events = await readEvents(test.job.owned.paths.events);
    const lifted = events.find(({ kind }) => kind === "lifted");
    const { tensors, ...counts } = scriptedLift;
    expect(lifted?.data).toEqual(counts);
    const file = readFileSync(join(test.job.owned.dir, "lift.json"), "utf8");
    expect(JSON.parse(file)).toEqual({ ...counts, tensors });
    expect(events.filter(({ kind }) => kind === "stage").map(({ data }) => data)).toEqual(
      [
        ["flat", 0, ""],
        ["shared", 1, "b".repeat(64)],
        ["specific", 1, "b".repeat(64)],
      ].map(([stage, keptTensors, baseDigest]) => ({
        stage,
        trainableParameters: 10,
        keptTensors,
        baseDigest,
        optimizerGroups: [
          { component: "language", learningRate: 1e-3, weightDecay: 0, tensors: 2, parameters: 10 },
        ],
      })),
    );
  });

  /** Plans by "stage/step they govern from", as the run records them. */
  async function plansOf({ job }: TestJob): Promise<ReadonlyMap<string, RoutingPlan>> {
    const plans = (await readEvents(job.owned.paths.events)).filter(({ kind }) => kind === "plan");
    return new Map(
      plans.map(({ data }) => {
        const { stage, plan } = data as unknown as { readonly stage: string; readonly plan: RoutingPlan };
        return [`${stage}/${plan.effectiveFromStep}`, plan];
      }),
    );
  }

  /** One expert always gets more, so that no bias comes back to where it began. */
  const tokens = (_moment: Moment, expert: number): number => 100 * expert;

  it.each([1, 3])(
    "begins a stage under the plan in force where the one before ended, at a planLag of %i",
    async (planLag) => {
      const whole = await newJob({ policy: plainPolicy(planLag), script: { tokens } });
      await trainAttempt(await whole.attempt());
      const plans = await plansOf(whole);
      const [last] = plans.get("shared/6")?.layers ?? [];
      expect(last?.biasGE[0]?.some((bias) => bias !== 0)).toBe(true);
      expect(plans.get("specific/0")?.layers).toEqual([
        { site: "vision.blocks.1.mlp", biasGE: Array.from({ length: 3 }, () => last?.biasGE[0]) },
      ]);

      // Killed between the stages, the plan comes from the checkpoint at the end of the one before.
      const failStep = (moment: Moment) => (at("specific", 0)(moment) ? workerDied() : undefined);
      const killed = await newJob({ policy: plainPolicy(planLag), script: { tokens, failStep } });
      await expect(trainAttempt(await killed.attempt())).rejects.toThrow("step 0 of stage specific");
      const { owned } = killed.job;
      const resumed = await newJob({ policy: plainPolicy(planLag), script: { tokens }, owned });
      expect(await trainAttempt(await resumed.attempt())).toBe(true);
      expect(resumed.workers.calls).toContain("2 load 000004-shared-00000006 without optimizer");
      expect([...(await plansOf(resumed))]).toEqual([...plans]);
    },
  );

  it("keeps the plan in force from one shared stage to the next", async () => {
    const warm = { name: "warm", trains: ["tokenRouter"], steps: 4, checkpointEvery: 100 };
    const test = await newJob({ script: { tokens } });
    const { resolved } = test.job;
    const [shared, ...others] = resolved.config.stages;
    if (shared === undefined) throw new RangeError("the experiment has no stage");
    const stages = [{ ...shared, ...warm } as typeof shared, shared, ...others];
    const job = { ...test.job, resolved: { ...resolved, config: { ...resolved.config, stages } } };
    const attempt = await test.attempt();
    await trainAttempt({ ...attempt, job });
    const plans = await plansOf(test);
    expect(plans.get("shared/0")?.layers).toEqual(plans.get("warm/4")?.layers);
    expect(plans.get("warm/4")?.layers[0]?.biasGE).not.toEqual([[0, 0]]);
  });

  it("skips what is done: a second attempt after the last step opens no stage", async () => {
    const test = await newJob();
    await trainAttempt(await test.attempt());
    const before = await losses(test);
    expect(await trainAttempt(await test.attempt())).toBe(true);
    expect(test.workers.calls.filter((call) => call.startsWith("2 "))).toEqual([
      "2 load 000005-specific-00000002 without optimizer",
    ]);
    expect(await losses(test)).toEqual(before);
  });

  it("lifts once: an attempt that begins after the lift does not lift again", async () => {
    const test = await newJob({
      script: { failStep: (moment) => (at("shared", 3)(moment) ? workerDied() : undefined) },
    });
    await expect(trainAttempt(await test.attempt())).rejects.toThrow(StepFailure);
    expect(await trainAttempt(await test.attempt())).toBe(true);
    expect(test.workers.calls.filter((call) => / lift$/.test(call))).toEqual(["1 lift"]);
    expect(test.workers.calls).toContain("2 load 000002-shared-00000002 with optimizer");
  });

  it("lifts again where the lift was not in a checkpoint yet, from the weights of the stage before", async () => {
    const whole = await newJob();
    await trainAttempt(await whole.attempt());
    const test = await newJob({
      script: { failStep: (moment) => (at("shared", 0)(moment) ? workerDied() : undefined) },
    });
    await expect(trainAttempt(await test.attempt())).rejects.toThrow("step 0 of stage shared");
    expect(await trainAttempt(await test.attempt())).toBe(true);
    expect(test.workers.calls.filter((call) => / lift$/.test(call))).toEqual(["1 lift", "2 lift"]);
    expect(kept(test).weights).toBe(kept(whole).weights);
  });

  it("names the step that failed and the volumes of its global batch", async () => {
    const test = await newJob({
      set: ["execution.ranks=2"],
      script: {
        failStep: (moment) => (at("shared", 3)(moment) && moment.rank === 1 ? workerDied() : undefined),
      },
    });
    const failure = await trainAttempt(await test.attempt()).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(StepFailure);
    const { place, cause } = failure as StepFailure;
    const fed = [0, 1].flatMap((rank) => test.workers.fed.get(`1/shared/3/${rank}`)?.volumes ?? []);
    expect(place).toEqual({ stage: "shared", step: 3, volumes: fed.map(({ volumeId }) => volumeId) });
    expect(place.volumes).toHaveLength(4);
    expect(cause).toMatchObject({ code: "WORKER_DIED" });
  });

  it("stops resumable at any step, and what it leaves goes on to the numbers of a run that was not stopped", async () => {
    const whole = await newJob();
    await trainAttempt(await whole.attempt());
    const reference = { losses: await losses(whole), weights: kept(whole).weights };
    const places = [
      ["flat", 0],
      ["flat", 2],
      ["shared", 0],
      ["shared", 2],
      ["shared", 5],
      ["specific", 0],
    ] as const;
    for (const [stage, step] of places) {
      let stop: (() => void) | undefined;
      const test = await newJob({
        script: { onStep: (moment) => (at(stage, step)(moment) ? stop?.() : undefined) },
      });
      stop = () => test.controller.abort();
      expect(await trainAttempt(await test.attempt())).toBe(false);
      const done = (await losses(test)).at(-1)?.[0];
      // The step in flight is finished; at the end of a stage the first step of the next one is.
      expect([stage, step, done]).toEqual([
        stage,
        step,
        expect.stringMatching(/^(flat|shared|specific)\/\d$/),
      ]);
      const resumed = await newJob({ owned: test.job.owned });
      expect(await trainAttempt(await resumed.attempt())).toBe(true);
      expect(await losses(resumed)).toEqual(reference.losses);
      expect(kept(resumed).weights).toBe(reference.weights);
    }
  });

  it("comes to the same numbers wherever workers are lost, as often as they are", async () => {
    const whole = await newJob();
    await trainAttempt(await whole.attempt());
    const reference = await losses(whole);
    const places = fc.array(fc.integer({ min: 0, max: 10 }), { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(places, fc.integer({ min: 1, max: 4 }), async (failing, every) => {
        const test = await newJob({
          set: [`stages.shared.checkpointEvery=${every}`],
          script: {
            failStep: ({ stage, step, attempt }) => {
              const ordinal = step + { flat: 0, shared: 3, specific: 9 }[stage as "flat"];
              return failing[attempt - 1] === ordinal ? workerDied() : undefined;
            },
          },
        });
        let isDone = false;
        for (let attempts = 0; !isDone && attempts <= failing.length; attempts += 1)
          isDone = await trainAttempt(await test.attempt()).catch((error: unknown) => {
            if (error instanceof StepFailure) return false;
            throw error;
          });
        expect(isDone).toBe(true);
        expect(await losses(test)).toEqual(reference);
      }),
      { numRuns: 8, seed: 20261128 },
    );
  });

  describe("on volumes that are changed", () => {
    const set = [
      "stages.shared.augment.flip=0.5",
      "stages.shared.augment.rotateDegrees=8",
      "stages.shared.augment.shiftHu=40",
      "stages.specific.augment.gain=0.1",
    ];

    /** The training cases with a mirror image each, but for one. */
    function mirrored(): Corpus {
      const corpus = corpusOf();
      const mirrors = new Map<string, MirroredCase>(
        casesOf(corpus.volumes, "train").map((entry, index) => [
          entry.row.case,
          index === 0
            ? { why: "nobody can tell", item: null }
            : mirrorCase(entry, { view: "axial", isPicture: false }, { side: ["left", "right"] }),
        ]),
      );
      return { ...corpus, mirrors };
    }

    it("comes to other weights than on volumes as they are, and to the same ones each time", async () => {
      const weights = async (more: readonly string[], corpus = mirrored()): Promise<string> => {
        const test = await newJob({ set: more, corpus });
        await trainAttempt(await test.attempt());
        return kept(test).weights;
      };
      const changed = await weights(set);
      expect(await weights(set)).toBe(changed);
      expect(await weights([])).not.toBe(changed);
      // What may be mirrored changes what is fed.
      expect(await weights(set, corpusOf())).not.toBe(changed);
    });

    it("goes on behind a kill at any step as if there had been none", async () => {
      const whole = await newJob({ set, corpus: mirrored() });
      await trainAttempt(await whole.attempt());
      for (const [stage, step] of [
        ["shared", 3],
        ["specific", 1],
      ] as const) {
        const script = {
          failStep: (moment: Moment) => (at(stage, step)(moment) ? workerDied() : undefined),
        };
        const test = await newJob({ set, corpus: mirrored(), script });
        await expect(test.attempt().then(trainAttempt)).rejects.toThrow(StepFailure);
        await trainAttempt(await test.attempt());
        expect(kept(test).weights).toBe(kept(whole).weights);
        expect(await losses(test)).toEqual(await losses(whole));
      }
    });
  });
});
