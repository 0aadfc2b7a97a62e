import { setTimeout as sleep } from "node:timers/promises";
import { TomoeError } from "../../../../../ts/errors.ts";
import { firstPlan } from "../../../../../ts/run/train/first-plan.ts";
import { StepRecorder } from "../../../../../ts/run/train/record-steps.ts";
import type { StepResult } from "../../../../../ts/schema/stage.ts";
import { readEvents, readMetrics } from "../../../../../ts/track/read/index.ts";
import { digestPlan } from "../../../../../ts/worker/index.ts";
import { caught } from "../../../../support/caught.ts";
import { newJob, plainPolicy, stageOf, type TestJob } from "../fixtures.ts";

const resultOf = (step: number, loss = 2 - step / 10): StepResult => ({
  step,
  loss,
  gradientNorm: 0.5,
  learningRateScale: 1,
  objectiveLosses: { language: loss / 2, facts: 0.25 },
  terms: { language: loss / 2, facts: 0.25, balance: loss / 2 - 0.25 },
  cosines: [],
  planDigest: "p",
  batchDigest: "b",
  expertLoad: { step, tokensLGE: [[[7, 9]], [[3, 5]]] },
  seconds: 0.125,
  rank: 0,
});

async function recorderOf(bitExact = true, before?: TestJob) {
  const test = before ?? (await newJob());
  await test.job.owned.beginAttempt();
  const { stage } = stageOf(test.job.resolved, "shared");
  const plan = firstPlan({
    resolved: test.job.resolved,
    policy: plainPolicy(),
    stage,
    lifted: true,
    previous: null,
  });
  return { ...test, plan, recorder: await StepRecorder.open({ job: test.job, stage, bitExact }) };
}

/** Makes every write of metrics wait until it is let go, or fail. */
async function heldMetrics({ job }: TestJob) {
  const log = await job.owned.metrics();
  const append = log.append.bind(log);
  const held: ((error?: Error) => void)[] = [];
  log.append = async (records) => {
    const error = await new Promise<Error | undefined>((resolve) => held.push(resolve));
    if (error !== undefined) throw error;
    await append(records);
  };
  return {
    waiting: () => held.length,
    letGo: async (error?: Error): Promise<void> => {
      while (held.length === 0) await sleep(1);
      held.shift()?.(error);
    },
  };
}

describe("StepRecorder", () => {
  const cosines = [
    { block: "vision.blocks.2", one: "report", other: "closed-vqa", cosine: -0.25 },
    { block: "language.layers.0", one: "report", other: "closed-vqa", cosine: 0.5 },
  ];

  it("records how the gradients of tasks agree at the steps that look, behind the step's numbers", async () => {
    const { recorder, job } = await recorderOf();
    recorder.step({ ...resultOf(0), cosines });
    recorder.step(resultOf(1));
    await recorder.settled();
    const events = await readEvents(job.owned.paths.events, "task-cosines");
    expect(events.map(({ key, data }) => [key, data])).toEqual([
      ["shared/0", { stage: "shared", step: 0, cosines }],
    ]);
    expect((await readMetrics(job.owned.paths.metrics, { name: "loss" })).map(({ step }) => step)).toEqual([
      0, 1,
    ]);
  });

  it("takes the same cosines of a step again, and no others in a run that repeats bit for bit", async () => {
    const first = await recorderOf();
    first.recorder.step({ ...resultOf(0), cosines });
    await first.recorder.settled();
    const again = await recorderOf(true, first);
    again.recorder.step({ ...resultOf(0), cosines });
    await again.recorder.settled();
    expect(await readEvents(first.job.owned.paths.events, "task-cosines")).toHaveLength(1);
    const other = await recorderOf(true, first);
    other.recorder.step({ ...resultOf(0), cosines: cosines.slice(1) });
    expect((await caught(() => other.recorder.settled())).code).toBe("REPLAY_DIVERGED");
  });

  it("records what became of experts over some steps, by attempt where numbers may differ", async () => {
    const exact = await recorderOf();
    exact.recorder.experts(0, 49, [{ site: "s", dead: [1] }]);
    await exact.recorder.settled();
    const loose = await recorderOf(false, exact);
    loose.recorder.experts(0, 49, [{ site: "s", dead: [] }]);
    await loose.recorder.settled();
    const events = await readEvents(exact.job.owned.paths.events, "experts");
    expect(events.map(({ key, data }) => [key, data])).toEqual([
      ["shared/49", { stage: "shared", steps: [0, 49], looks: [{ site: "s", dead: [1] }] }],
      [undefined, { stage: "shared", steps: [0, 49], looks: [{ site: "s", dead: [] }] }],
    ]);
  });

  it("records a validation at the step it stands behind, and what was decided on it, before it resolves", async () => {
    const { recorder, job } = await recorderOf();
    recorder.step(resultOf(1));
    const numbers = new Map([
      ["loss", 0.5],
      ["closed-vqa/accuracy.micro", Number.NaN],
    ]);
    await recorder.validation(2, numbers, { value: 0.5 });
    const stored = (await readMetrics(job.owned.paths.metrics)).slice(-2);
    expect(stored.map(({ step, name, value, measured }) => [step, name, value, measured])).toEqual([
      [1, "validation.loss", 0.5, undefined],
      [1, "validation.closed-vqa/accuracy.micro", Number.NaN, undefined],
    ]);
    // Once more is no other record; another decision at the same step is.
    await recorder.validation(2, numbers, { value: 0.5 });
    const events = await readEvents(job.owned.paths.events, "validation");
    expect(events.map(({ key, data }) => [key, data])).toEqual([["shared/2", { value: 0.5 }]]);
    const failure = await caught(() => recorder.validation(2, numbers, { value: 0.25 }));
    expect(failure.code).toBe("REPLAY_DIVERGED");
  });

  it("keeps a validation beside an earlier one where numbers may differ", async () => {
    const { recorder, job, ...test } = await recorderOf();
    await recorder.validation(2, new Map([["loss", 0.5]]), { value: 0.5 });
    const again = await recorderOf(false, { ...test, job });
    await again.recorder.validation(2, new Map([["loss", 0.75]]), { value: 0.75 });
    const events = await readEvents(job.owned.paths.events, "validation");
    expect(events.map(({ key, data }) => [key, data.value])).toEqual([
      ["shared/2", 0.5],
      [undefined, 0.75],
    ]);
    const stored = await readMetrics(job.owned.paths.metrics, { name: "validation.loss" });
    expect(stored.map(({ value, measured }) => [value, measured])).toEqual([
      [0.5, undefined],
      [0.75, true],
    ]);
  });

  it("records every value of a step: loss by objective, load by layer, group and expert, time as measured", async () => {
    const { recorder, job } = await recorderOf();
    recorder.step(resultOf(0));
    await recorder.settled();
    const stored = await readMetrics(job.owned.paths.metrics);
    expect(stored.map(({ name, value, measured }) => [name, value, measured ?? false])).toEqual([
      ["loss", 2, false],
      ["gradientNorm", 0.5, false],
      ["learningRateScale", 1, false],
      ["loss.language", 1, false],
      ["loss.facts", 0.25, false],
      ["term.language", 1, false],
      ["term.facts", 0.25, false],
      ["term.balance", 0.75, false],
      ["load.0.0.0", 7, false],
      ["load.0.0.1", 9, false],
      ["load.1.0.0", 3, false],
      ["load.1.0.1", 5, false],
      ["seconds", 0.125, true],
    ]);
    expect(new Set(stored.map(({ stage, step }) => `${stage}/${step}`))).toEqual(new Set(["shared/0"]));
  });

  it("records how undecided the gates of each group were that had tokens", async () => {
    const { recorder, job } = await recorderOf();
    const tokensLGE = [
      [
        [7, 9],
        [0, 0],
      ],
    ];
    recorder.step({ ...resultOf(0), expertLoad: { step: 0, tokensLGE, gateEntropyLG: [[0.625, 0]] } });
    await recorder.settled();
    const stored = await readMetrics(job.owned.paths.metrics);
    const gates = stored.filter(({ name }) => name.startsWith("gateEntropy."));
    expect(gates.map(({ name, value, measured }) => [name, value, measured])).toEqual([
      ["gateEntropy.0.0", 0.625, undefined],
    ]);
  });

  it("states the seconds since the stage began, by the job's clock", async () => {
    const clock = { ms: 5000 };
    const test = await newJob();
    await test.job.owned.beginAttempt();
    const { stage } = stageOf(test.job.resolved, "shared");
    const job = { ...test.job, now: () => clock.ms };
    const recorder = await StepRecorder.open({ job, stage, bitExact: true });
    for (const ms of [5250, 7000]) {
      clock.ms = ms;
      recorder.step(resultOf(ms === 5250 ? 0 : 1));
    }
    await recorder.settled();
    const stored = await readMetrics(job.owned.paths.metrics);
    expect(stored.filter(({ name }) => name === "loss").map(({ wallSeconds }) => wallSeconds)).toEqual([
      0.25, 2,
    ]);
  });

  it("reports nothing before it is on the disk, and everything in its order after", async () => {
    const { recorder, progress, ...test } = await recorderOf();
    const { letGo } = await heldMetrics({ ...test, progress });
    for (const step of [0, 1, 2]) recorder.step(resultOf(step));
    for (const done of [0, 1, 2]) {
      await sleep(2);
      expect(progress).toHaveLength(done);
      expect(
        (await readMetrics(test.job.owned.paths.metrics)).filter(({ name }) => name === "loss"),
      ).toHaveLength(done);
      await letGo();
      while (progress.length === done) await sleep(1);
      expect(progress.at(-1)).toEqual({
        kind: "step",
        stage: "shared",
        step: done,
        steps: 6,
        loss: 2 - done / 10,
        seconds: 0.125,
      });
    }
    await recorder.settled();
  });

  it("stops the next step after a failed write, with what the write failed with", async () => {
    const { recorder, progress, ...test } = await recorderOf();
    const { letGo } = await heldMetrics({ ...test, progress });
    const full = new TomoeError("DISK_FULL", "no room for the metrics", { hint: "Free some." });
    recorder.step(resultOf(0));
    await letGo(full);
    await expect(recorder.settled()).rejects.toBe(full);
    expect(await caught(() => recorder.step(resultOf(1)))).toBe(full);
    expect(await caught(() => recorder.plan(test.plan, "d"))).toBe(full);
    expect(progress).toEqual([]);
  });

  it("writes nothing of what was queued behind a failed write: the record stays without a gap", async () => {
    const { recorder, progress, plan, ...test } = await recorderOf();
    const { letGo, waiting } = await heldMetrics({ ...test, progress });
    recorder.step(resultOf(0));
    recorder.plan(plan, digestPlan(plan));
    recorder.step(resultOf(1));
    await letGo(new Error("the disk failed"));
    await expect(recorder.settled()).rejects.toThrow("the disk failed");
    expect(waiting()).toBe(0);
    expect(await readMetrics(test.job.owned.paths.metrics)).toEqual([]);
    expect(await readEvents(test.job.owned.paths.events)).toEqual([]);
  });

  it("records a plan with its digest under stage and step, and none that has no experts", async () => {
    const { recorder, job, plan } = await recorderOf();
    recorder.plan({ ...plan, layers: [] }, "no experts");
    recorder.plan(plan, digestPlan(plan));
    recorder.plan({ ...plan, effectiveFromStep: 3 }, "later");
    await recorder.settled();
    const events = await readEvents(job.owned.paths.events);
    expect(events.map(({ kind, key, data }) => [kind, key, data.stage, data.digest])).toEqual([
      ["plan", "shared/0", "shared", digestPlan(plan)],
      ["plan", "shared/3", "shared", "later"],
    ]);
    expect(events[0]?.data.plan).toEqual(plan);
  });

  it("takes the same values again for the same, and ends at others: a resumed run must repeat its numbers", async () => {
    const { recorder, job, ...test } = await recorderOf();
    recorder.step(resultOf(0));
    await recorder.settled();
    const again = await recorderOf(true, { job, ...test });
    again.recorder.step(resultOf(0));
    await again.recorder.settled();
    again.recorder.step(resultOf(0, 1.5));
    const failure = await caught(() => again.recorder.settled());
    expect(failure.code).toBe("REPLAY_DIVERGED");
    expect((await readMetrics(job.owned.paths.metrics)).filter(({ name }) => name === "loss")).toHaveLength(
      1,
    );
  });

  it("keeps other values beside the old ones, by attempt, where numbers may differ for a stated reason", async () => {
    const { recorder, job, plan, ...test } = await recorderOf();
    recorder.step(resultOf(0));
    recorder.plan(plan, "one");
    await recorder.settled();
    const again = await recorderOf(false, { job, ...test });
    again.recorder.step(resultOf(0, 1.5));
    again.recorder.plan(plan, "another");
    await again.recorder.settled();
    const losses = (await readMetrics(job.owned.paths.metrics)).filter(({ name }) => name === "loss");
    expect(losses.map(({ attempt, value }) => [attempt, value])).toEqual([
      [1, 2],
      [2, 1.5],
    ]);
    const events = await readEvents(job.owned.paths.events);
    expect(events.map(({ key, data }) => [key, data.digest])).toEqual([
      ["shared/0", "one"],
      [undefined, "another"],
    ]);
  });
});
