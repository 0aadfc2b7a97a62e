import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Point, PointSettings } from "../../../../../ts/run/job.ts";
import { trainAttempt } from "../../../../../ts/run/train/attempt.ts";
import { readMetrics } from "../../../../../ts/track/read/index.ts";
import { type JobOptions, newJob, type TestJob } from "../fixtures.ts";

type Told = Point & { readonly recorded: number };

/** A training whose points are told, with how many losses were on the disk at each. */
async function trained(
  isDue: PointSettings["isDue"],
  onTold: (point: Point, test: TestJob) => void = () => undefined,
  { isTold = () => false, owned }: Pick<JobOptions, "owned"> & Partial<Pick<PointSettings, "isTold">> = {},
) {
  const test = await newJob(owned === undefined ? {} : { owned });
  const told: Told[] = [];
  const points: PointSettings = {
    task: "closed-vqa",
    metric: "accuracy.micro",
    isDue,
    isTold,
    onPoint: async (point) => {
      const losses = await readMetrics(test.job.owned.paths.metrics, { name: "loss" });
      told.push({ ...point, recorded: losses.length });
      onTold(point, test);
    },
  };
  const { pool } = await test.attempt();
  const isWhole = await trainAttempt({ job: { ...test.job, points }, pool });
  const losses = await readMetrics(test.job.owned.paths.metrics, { name: "loss" });
  return { test, told, isWhole, losses: losses.map(({ stage, step, value }) => [stage, step, value]) };
}

describe("points in the middle of a training", () => {
  it("come after each step on volumes that is due, with what was done before them on the disk, and not after the last", async () => {
    const { told, isWhole } = await trained(() => true);
    expect(isWhole).toBe(true);
    // Three steps on slices, six and two on volumes.
    expect(told.map(({ stage, steps, done }) => [stage, steps, done])).toEqual([
      ...[1, 2, 3, 4, 5, 6].map((steps) => ["shared", steps, steps + 3]),
      ["specific", 7, 10],
    ]);
    expect(told.every(({ recorded, done }) => recorded === done)).toBe(true);
    expect(told.every(({ value }) => value >= 0 && value <= 1)).toBe(true);
  });

  it("change no loss and no weight", async () => {
    const [none, all] = [await trained(() => false), await trained(() => true)];
    expect(none.told).toEqual([]);
    expect(all.losses).toEqual(none.losses);
    const weights = async ({ test }: typeof all): Promise<string> => {
      const checkpoint = await test.job.owned.latestCheckpoint();
      return readFileSync(join(checkpoint?.ref.dir ?? "", "weights.safetensors"), "utf8");
    };
    expect(await weights(all)).toBe(await weights(none));
  });

  it.each([
    [2, "shared", 2],
    [6, "shared", 6],
    [7, "specific", 1],
  ])(
    "end the run at step %d where they are answered by a stop, with a checkpoint there",
    async (at, stage, step) => {
      const { test, isWhole, losses } = await trained(
        () => true,
        ({ steps }, { controller }) => {
          if (steps === at) controller.abort();
        },
      );
      expect(isWhole).toBe(false);
      expect(losses.length).toBe(3 + at);
      const checkpoint = await test.job.owned.latestCheckpoint();
      expect(checkpoint?.manifest).toMatchObject({ stage, step });
    },
  );

  it.each([
    [2, "in the middle of a stage"],
    [6, "at the end of a stage"],
    [7, "in the last stage"],
  ])(
    "cut off at step %d, %s, are made up for where the run goes on, and may end it there again",
    async (at) => {
      const stopAt = ({ steps }: Point, { controller }: TestJob): void => {
        if (steps === at) controller.abort();
      };
      const first = await trained(() => true, stopAt);
      const { owned } = first.test.job;
      const again = await trained(() => true, stopAt, { owned });
      expect(again.isWhole).toBe(false);
      expect(again.told).toEqual(first.told.slice(-1));
      expect(again.losses).toEqual(first.losses);
      const goesOn = await trained(() => true, undefined, { owned, isTold: (steps) => steps <= at });
      expect(goesOn.isWhole).toBe(true);
      expect(goesOn.told.map(({ steps }) => steps)).toEqual([3, 4, 5, 6, 7].filter((steps) => steps > at));
      const undisturbed = await trained(() => true);
      expect(goesOn.told).toEqual(undisturbed.told.filter(({ steps }) => steps > at));
      expect(goesOn.losses).toEqual(undisturbed.losses);
    },
  );

  it("end the run with what they fail with", async () => {
    const failing = trained(
      (steps) => steps === 2,
      () => {
        throw new Error("the ledger is gone");
      },
    );
    await expect(failing).rejects.toMatchObject({ cause: { message: "the ledger is gone" } });
  });
});
