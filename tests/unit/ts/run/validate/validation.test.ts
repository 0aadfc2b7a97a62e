import { readFileSync } from "node:fs";
import { join } from "node:path";
import { trainAttempt } from "../../../../../ts/run/train/attempt.ts";
import { listCheckpoints, readEvents, readMetrics } from "../../../../../ts/track/read/index.ts";
import { workerDied } from "../../../../support/scripted-pool.ts";
import { newJob, type TestJob } from "../fixtures.ts";
import { lossesScript, validatedJob, validationCorpus } from "./fixtures.ts";

/** All that a run's record says of its validations and of its training, and the weights it ended with. */
async function recordOf({ job }: TestJob) {
  const { paths } = job.owned;
  const events = await readEvents(paths.events, "validation");
  const metrics = await readMetrics(paths.metrics);
  const newest = await job.owned.latestCheckpoint();
  return {
    looks: events.map(({ data }) => data),
    numbers: metrics
      .filter(({ name }) => name.startsWith("validation."))
      .map(({ stage, step, name, value }) => [stage, step, name, value]),
    losses: metrics
      .filter(({ name }) => name === "loss")
      .map(({ stage, step, value }) => [stage, step, value]),
    weights: readFileSync(join(newest?.ref.dir ?? "", "weights.safetensors"), "utf8"),
  };
}

const placesOf = ({ looks }: Awaited<ReturnType<typeof recordOf>>) =>
  looks.map(({ stage, step }) => `${stage}/${step}`);

describe("a validation on a schedule", () => {
  it("comes every so many steps of a stage on volumes and behind its last, and changes no loss and no weight", async () => {
    const [plain, test] = [await newJob({ corpus: validationCorpus() }), await validatedJob("{every:4}")];
    for (const one of [plain, test]) expect(await trainAttempt(await one.attempt())).toBe(true);
    const [without, found] = [await recordOf(plain), await recordOf(test)];
    expect(placesOf(found)).toEqual(["shared/4", "shared/6", "specific/2"]);
    expect(without.looks).toEqual([]);
    expect([found.losses, found.weights]).toEqual([without.losses, without.weights]);
    // At the step that it stands behind.
    expect(
      found.numbers.filter(([, , name]) => name === "validation.loss").map(([stage, step]) => [stage, step]),
    ).toEqual([
      ["shared", 3],
      ["shared", 5],
      ["specific", 1],
    ]);
    expect(found.numbers.map(([, , name]) => name)).toContain("validation.closed-vqa/accuracy.micro");
  });

  it("records what was decided: the best of the stage, and how many looks ago that was", async () => {
    const test = await validatedJob("{every:2}", { script: lossesScript(3, 1, 2, 5) });
    await trainAttempt(await test.attempt());
    const { looks } = await recordOf(test);
    expect(looks).toEqual([
      {
        stage: "shared",
        step: 2,
        value: 3,
        monitor: "loss",
        best: { stage: "shared", step: 2, value: 3 },
        since: 0,
        ends: false,
      },
      {
        stage: "shared",
        step: 4,
        value: 1,
        monitor: "loss",
        best: { stage: "shared", step: 4, value: 1 },
        since: 0,
        ends: false,
      },
      {
        stage: "shared",
        step: 6,
        value: 2,
        monitor: "loss",
        best: { stage: "shared", step: 4, value: 1 },
        since: 1,
        ends: false,
      },
      // Another stage weighs and routes otherwise: it begins anew.
      {
        stage: "specific",
        step: 2,
        value: 5,
        monitor: "loss",
        best: { stage: "specific", step: 2, value: 5 },
        since: 0,
        ends: false,
      },
    ]);
    expect(test.notices.filter((line) => line.startsWith("validation"))[2]).toMatch(
      /^validation after step 6 of shared: loss 2\.000, closed-vqa\/accuracy\.micro .*; best at step 4, 1 since$/,
    );
  });

  it("writes a checkpoint at each best look and keeps the last stage's best beside the newest", async () => {
    const test = await validatedJob("{every:1}", { script: lossesScript(3, 1, 2, 2, 2, 2, 4, 5) });
    await trainAttempt(await test.attempt());
    const kept = (await listCheckpoints(test.job.owned.paths.checkpoints)).map(
      ({ stage, step }) => `${stage}/${step}`,
    );
    expect(kept).toEqual(["shared/6", "specific/1", "specific/2"]);
    const middle = await validatedJob("{every:1}", {
      script: {
        ...lossesScript(3, 1, 2),
        failStep: ({ stage, step }) => (stage === "specific" && step === 0 ? workerDied() : undefined),
      },
    });
    await expect(trainAttempt(await middle.attempt())).rejects.toThrow("step 0 of stage specific");
    const then = (await listCheckpoints(middle.job.owned.paths.checkpoints)).map(
      ({ stage, step }) => `${stage}/${step}`,
    );
    // Steps 2, 4 and 6 by the stage's own rule, 1 and 2 as the best: 2 stays, 1 is no longer the best.
    expect(then).toEqual(["shared/2", "shared/4", "shared/6"]);
  });
});

describe("a validation whatever the run is", () => {
  it("sees the same with two ranks, of which one answers", async () => {
    const wishes = 'validation={"every":2}';
    const records = await Promise.all(
      [1, 2].map(async (ranks) => {
        const test = await newJob({
          corpus: validationCorpus(),
          set: [wishes, `execution.ranks=${ranks}`],
        });
        expect(await trainAttempt(await test.attempt())).toBe(true);
        return await recordOf(test);
      }),
    );
    expect(records[1]).toEqual(records[0]);
  });

  it("looks at nothing in a stage that trains no language, before the lift, and where nothing is wanted", async () => {
    const test = await newJob({
      corpus: validationCorpus(),
      set: [
        'validation={"every":1}',
        'stages.shared.objectives={"facts":1}',
        'stages.shared.trains=["upperVision","tokenExperts","tokenRouter","factHeads"]',
      ],
    });
    await trainAttempt(await test.attempt());
    expect(placesOf(await recordOf(test))).toEqual(["specific/1", "specific/2"]);
  });

  it("is the same number that the recipe monitors, a metric as well as the loss", async () => {
    const test = await validatedJob("{every:3,monitor:'closed-vqa/accuracy.micro'}");
    await trainAttempt(await test.attempt());
    const { looks, numbers } = await recordOf(test);
    const monitored = numbers.filter(([, , name]) => name === "validation.closed-vqa/accuracy.micro");
    expect(looks.map(({ value }) => value)).toEqual(monitored.map(([, , , value]) => value));
    expect(looks.every(({ monitor }) => monitor === "closed-vqa/accuracy.micro")).toBe(true);
  });
});

describe("an early stop", () => {
  /** No look is better than the first: a patience of two ends the stage behind its third. */
  const impatient = () => validatedJob("{every:1,patience:2}", { script: lossesScript(1, 2, 3, 1, 2) });

  it("ends the stage with a checkpoint that says so, and the next one begins", async () => {
    const test = await impatient();
    expect(await trainAttempt(await test.attempt())).toBe(true);
    const found = await recordOf(test);
    expect(found.losses.map(([stage, step]) => `${stage}/${step}`)).toEqual([
      "flat/0",
      "flat/1",
      "flat/2",
      "shared/0",
      "shared/1",
      "shared/2",
      "specific/0",
      "specific/1",
    ]);
    expect(found.looks.map(({ step, ends }) => [step, ends])).toEqual([
      [1, false],
      [2, false],
      [3, true],
      [1, false],
      [2, false],
    ]);
    expect(test.workers.calls).not.toContain("1 cancel shared");
    expect(test.notices.some((line) => line.endsWith("2 since: the stage ends here"))).toBe(true);
  });

  it("of the last stage leaves the final checkpoint, and a later attempt has nothing left to do", async () => {
    const test = await validatedJob("{every:1,patience:1}", { script: lossesScript(9, 1, 1, 1) });
    // Shared ends behind its third look, specific behind its second, which is its last step as well.
    expect(await trainAttempt(await test.attempt())).toBe(true);
    const newest = await test.job.owned.latestCheckpoint();
    expect(newest?.manifest).toMatchObject({ stage: "specific", final: true });
    const before = await recordOf(test);
    expect(await trainAttempt(await test.attempt())).toBe(true);
    expect(await recordOf(test)).toEqual(before);
  });

  it("holds when the run goes on from there: the stage is not taken up again", async () => {
    const test = await impatient();
    const whole = await impatient();
    await trainAttempt(await whole.attempt());
    const failing = await validatedJob("{every:1,patience:2}", {
      owned: test.job.owned,
      script: {
        ...lossesScript(1, 2, 3),
        failStep: ({ stage }) => (stage === "specific" ? workerDied() : undefined),
      },
    });
    await expect(trainAttempt(await failing.attempt())).rejects.toThrow("step 0 of stage specific");
    const resumed = await validatedJob("{every:1,patience:2}", {
      owned: test.job.owned,
      script: lossesScript(1, 2),
    });
    expect(await trainAttempt(await resumed.attempt())).toBe(true);
    expect(resumed.workers.calls).toContain("2 load 000004-shared-00000003 without optimizer");
    expect(await recordOf(resumed)).toEqual(await recordOf(whole));
  });
});

describe("a run that was interrupted in the middle of a validation", () => {
  it("goes on to the record and the weights of one that was not, killed or stopped at any look", async () => {
    const whole = await validatedJob();
    await trainAttempt(await whole.attempt());
    const expected = await recordOf(whole);
    // 1-based count of calls that score: two a look.
    for (const call of [1, 2, 4, 6, 7])
      for (const how of ["killed", "stopped"] as const) {
        let calls = 0;
        const weights = new Set<string>();
        let interrupt = (): void => undefined;
        const script = {
          logProbs: (query: { readonly queryId: string }, at: string) => {
            const key = `${at} ${query.queryId.endsWith("-c")}`;
            if (!weights.has(key)) {
              weights.add(key);
              calls += 1;
              if (calls === call) interrupt();
            }
            return undefined as unknown as readonly number[];
          },
        };
        const test = await validatedJob("{every:2}", { script });
        interrupt = () => {
          if (how === "stopped") test.controller.abort();
          throw workerDied();
        };
        const attempt = await test.attempt();
        if (how === "killed") await expect(trainAttempt(attempt)).rejects.toThrow("of stage");
        else await trainAttempt(attempt);
        const resumed = await validatedJob("{every:2}", { owned: test.job.owned });
        expect(await trainAttempt(await resumed.attempt())).toBe(true);
        expect(await recordOf(resumed)).toEqual(expected);
      }
  });
});
