import { conduct } from "../../../../../ts/run/attempts.ts";
import { trainAttempt } from "../../../../../ts/run/train/attempt.ts";
import { readEvents } from "../../../../../ts/track/read/index.ts";
import type { Script } from "../../../../support/scripted-model.ts";
import { workerDied } from "../../../../support/scripted-pool.ts";
import { newJob, type TestJob } from "../fixtures.ts";

/** The looks of a run's record: stage, steps, and of each site and group who is dead or hot. */
async function looksOf({ job }: TestJob) {
  const events = await readEvents(job.owned.paths.events, "experts");
  return events.map(({ data }) => data as unknown as Looked);
}

interface Looked {
  readonly stage: string;
  readonly steps: readonly [number, number];
  readonly looks: readonly {
    readonly site: string;
    readonly group: string;
    readonly shares: readonly number[];
    readonly entropy: number;
    readonly dead: readonly number[];
    readonly hot: readonly number[];
  }[];
}

async function trained(script: Script, ...set: readonly string[]): Promise<TestJob> {
  const test = await newJob({ script, set: ["router.alarm.every=2", ...set] });
  await trainAttempt(await test.attempt());
  return test;
}

/** The second expert of two gets nothing from a step on. */
const starves =
  (from: number) =>
  ({ step }: { readonly step: number }, expert: number): number =>
    expert === 0 || step < from ? 10 : 0;

describe("the experts of a stage", () => {
  it("are looked at so many steps together, the rest of a stage by itself, and only where there are some", async () => {
    const test = await trained({ tokens: (_, expert) => 10 + 10 * expert }, "stages.shared.steps=5");
    const looks = await looksOf(test);
    expect(looks.map(({ stage, steps }) => [stage, steps])).toEqual([
      ["shared", [0, 1]],
      ["shared", [2, 3]],
      ["shared", [4, 4]],
      ["specific", [0, 1]],
    ]);
    expect(looks[0]?.looks).toEqual([
      {
        site: "vision.blocks.1.mlp",
        group: "shared",
        shares: [expect.closeTo(1 / 3), expect.closeTo(2 / 3)],
        body: null,
        entropy: expect.closeTo(0.9183, 4),
        dead: [],
        hot: [],
      },
    ]);
    expect(looks[3]?.looks.map(({ group }) => group)).toEqual(["report", "closed-vqa", "open-vqa"]);
    expect(test.notices.filter((text) => text.includes("expert"))).toEqual([]);
  });

  it("are called dead and hot by the rule of the recipe, and told when that changes", async () => {
    const test = await trained({ tokens: starves(2) }, "router.alarm.hotAbove=1.5");
    const looks = await looksOf(test);
    const shared = looks.filter(({ stage }) => stage === "shared");
    expect(shared.map((one) => [one.looks[0]?.dead, one.looks[0]?.hot])).toEqual([
      [[], []],
      [[1], [0]],
      [[1], [0]],
    ]);
    const told = test.notices.filter((text) => text.startsWith("stage shared"));
    expect(told).toEqual([
      "stage shared, steps 2 to 3: expert 1 of vision.blocks.1.mlp (shared) is dead: 0.0 % of the tokens, an even share is 50.0 %",
      "stage shared, steps 2 to 3: expert 0 of vision.blocks.1.mlp (shared) is hot: 100.0 % of the tokens, an even share is 50.0 %",
    ]);
  });

  it("are judged by the tokens that show a body where the worker tells them apart, also across a restart", async () => {
    const set = ["router.alarm.every=3", "stages.shared.checkpointEvery=2"];
    // All air goes to the first expert, and the body to the second alone.
    const body = (_: object, expert: number): number => (expert === 0 ? 0 : 5);
    const whole = await newJob({ set, script: { body } });
    await conduct(whole.job);
    const looks = await looksOf(whole);
    expect(looks[0]?.looks[0]).toMatchObject({ body: [0, 1], dead: [0], hot: [], entropy: 0 });
    const lost = await newJob({
      set,
      script: {
        body,
        failStep: ({ attempt, stage, step }) =>
          attempt === 1 && stage === "shared" && step === 4 ? workerDied() : undefined,
      },
    });
    await conduct(lost.job);
    expect(await looksOf(lost)).toEqual(looks);
  });

  it("are called nothing where the rule says so", async () => {
    const test = await trained({ tokens: starves(0) }, "router.alarm.deadBelow=0", "router.alarm.hotAbove=0");
    for (const { looks } of await looksOf(test))
      for (const { dead, hot } of looks) expect([dead, hot]).toEqual([[], []]);
  });

  it.each([1, 2, 3, 4, 5])(
    "are looked at alike by a run that lost its worker in step %d, whatever lay in between",
    async (step) => {
      const set = ["router.alarm.every=3", "stages.shared.checkpointEvery=2"];
      const whole = await newJob({ set });
      await conduct(whole.job);
      const lost = await newJob({
        set,
        script: {
          failStep: (moment) =>
            moment.attempt === 1 && moment.stage === "shared" && moment.step === step
              ? workerDied()
              : undefined,
        },
      });
      await conduct(lost.job);
      const looks = await looksOf(whole);
      expect(looks.map(({ stage, steps }) => [stage, steps])).toEqual([
        ["shared", [0, 2]],
        ["shared", [3, 5]],
        ["specific", [0, 1]],
      ]);
      expect(await looksOf(lost)).toEqual(looks);
    },
  );

  it("are told of by attempt where numbers are not bit for bit", async () => {
    const set = ["router.alarm.every=3", "stages.shared.checkpointEvery=2"];
    const first = await newJob({
      set,
      script: {
        failStep: ({ stage, step }) => (stage === "shared" && step === 3 ? workerDied() : undefined),
      },
    });
    await trainAttempt(await first.attempt()).catch(() => undefined);
    const second = await newJob({
      set,
      owned: first.job.owned,
      script: { environment: { torch: "2.14.0" } },
    });
    await trainAttempt(await second.attempt());
    const shared = (await looksOf(second)).filter(({ stage }) => stage === "shared");
    expect(shared.map(({ steps }) => steps)).toEqual([
      [0, 2],
      [0, 2],
      [3, 5],
    ]);
  });
});
