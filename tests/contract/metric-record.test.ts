// The record of metrics as it lies on the disk: whole after any kill, the same wherever it is copied to, small.
import { cpSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { keepMetricIndex } from "../../ts/track/index.ts";
import { listRuns, openRun, readMetrics, SeriesReader } from "../../ts/track/read/index.ts";
import { encodeRecord } from "../../ts/track/record/frames.ts";
import { pastRun } from "../support/past-runs.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { startChild } from "../unit/ts/track/fixtures.ts";

const folder = temporaryFolder();
const loss = { stage: "shared", name: "loss" };

/** Value of a point that the child wrote. */
const valueAt = (index: number): number => {
  const batch = Math.floor(index / 300) * 100;
  return Math.sin(batch + (index % 300));
};

describe("the record of metrics of a killed process", () => {
  it.each([1, 2, 5, 9, 14])(
    "has all that was acknowledged after %i batches, and no half of one more",
    async (batches) => {
      const runsDir = join(folder, `killed-${batches}`);
      mkdirSync(runsDir);
      const { child, ended, line } = startChild("append-batches.ts", [runsDir]);
      const runId = await line(0);
      const acknowledged = Number(await line(batches));
      child.kill("SIGKILL");
      await ended;
      const { paths } = await openRun(runsDir, runId);
      const read = await readMetrics(paths.metrics);
      expect(read.length).toBeGreaterThanOrEqual(acknowledged);
      expect(read.length % 300).toBe(0);
      for (const [index, { seq, value }] of read.entries())
        expect([seq, value]).toEqual([index, valueAt(index)]);
      const reader = await SeriesReader.open(paths.metrics);
      expect(reader.last().map(({ records }) => records)).toEqual([1, 1, 1].map(() => read.length / 3));
    },
  );
});

describe("the record of metrics of a run that is over", () => {
  it("is the same where its folder is copied to, with its index, without it, and with another's", async () => {
    const runsDir = join(folder, "runs");
    const [one, two] = [await pastRun(runsDir, { loss: 1 }), await pastRun(runsDir, { loss: 22.25 })];
    const elsewhere = join(folder, "elsewhere");
    cpSync(join(runsDir, one), join(elsewhere, one), { recursive: true });
    expect(listRuns(elsewhere)).toMatchObject([{ runId: one, status: "finished" }]);
    const { paths } = await openRun(elsewhere, one);
    const last = async () => (await SeriesReader.open(paths.metrics)).last();
    const expected = [{ ...loss, step: 3, value: 1, records: 1 }];
    expect(await last()).toEqual(expected);
    const index = join(paths.metrics, "000000.index");
    rmSync(index);
    expect(await last()).toEqual(expected);
    // The other's segment is longer: its index fits no other length.
    cpSync(join(runsDir, two, "metrics", "000000.index"), index);
    expect(await last()).toEqual(expected);
    await keepMetricIndex(paths.metrics);
    expect(statSync(index).size).toBeGreaterThan(0);
    expect(await last()).toEqual(expected);
  });

  it("may hold lines of one point, as they were written before, among lines of many", async () => {
    const metrics = join(folder, "mixed");
    mkdirSync(metrics);
    const single = { attempt: 1, ...loss, wallSeconds: 0 };
    const grid = { attempt: 1, stage: "shared", names: ["loss"], rows: 3, step: 1, wallSeconds: [0, 0, 0] };
    const lines = [
      encodeRecord(0, { ...single, step: 0, value: 10 }),
      encodeRecord(1, { ...grid, values: [[11, 12, 13]] }),
      encodeRecord(2, { ...single, step: 4, value: 14 }),
    ];
    writeFileSync(join(metrics, "000000.jsonl"), lines.join(""));
    const read = await readMetrics(metrics);
    expect(read.map(({ seq, step, value }) => [seq, step, value])).toEqual(
      [0, 1, 2, 3, 4].map((at) => [at, at, 10 + at]),
    );
    const reader = await SeriesReader.open(metrics);
    expect(reader.query({ ...loss, buckets: 2 })).toEqual([
      { fromStep: 0, toStep: 1, points: 2, min: 10, max: 11 },
      { fromStep: 2, toStep: 4, points: 3, min: 12, max: 14 },
    ]);
    expect(readdirSync(metrics)).toEqual(["000000.jsonl"]);
  });
});
