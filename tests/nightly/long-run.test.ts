// A run of half a million points: recorded in batches, shown from its index, asked for buckets; every point counted.
import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { showRun } from "../../ts/run/history/show.ts";
import { createRun, keepMetricIndex } from "../../ts/track/index.ts";
import { readMetrics, SeriesReader } from "../../ts/track/read/index.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const runsDir = join(temporaryFolder(), "runs");
const steps = 100_000;
const names = ["loss", "norm", "loss.language", "load.0.0.1", "load.0.0.2"];
const valueAt = (step: number, column: number): number => Math.sin(step * 12.9898 + column) * 1000;
let runId = "";
let folder = "";

beforeAll(async () => {
  const run = await createRun(
    runsDir,
    { experimentName: "long", resolved: {}, seed: 1 },
    { notice: () => undefined },
  );
  ({ runId } = run);
  folder = run.paths.metrics;
  await run.beginAttempt();
  const metrics = await run.metrics();
  for (let from = 0; from < steps; from += 10_000)
    await metrics.append(
      Array.from({ length: 10_000 }, (_, at) => from + at).flatMap((step) =>
        names.map((name, column) => ({
          stage: "shared",
          step,
          name,
          value: valueAt(step, column),
          wallSeconds: step / 8,
        })),
      ),
    );
  await run.mark("finished");
  await run.close();
});

describe("a run of half a million points", () => {
  it("takes at most 50 bytes a point, its index counted", () => {
    const bytes = readdirSync(folder).reduce((sum, name) => sum + statSync(join(folder, name)).size, 0);
    expect(bytes / (steps * names.length)).toBeLessThan(50);
    expect(readdirSync(folder).filter((name) => name.endsWith(".index")).length).toBeGreaterThan(1);
  });

  it("is read back point by point, and shown by its last values with and without its index", async () => {
    const read = await readMetrics(folder, { name: "norm" });
    expect(read).toHaveLength(steps);
    const wrong = read.filter(({ step, value, seq }) => value !== valueAt(step, 1) || seq !== step * 5 + 1);
    expect(wrong).toEqual([]);
    const last = names.map((name, column) => ({
      stage: "shared",
      name,
      step: steps - 1,
      value: valueAt(steps - 1, column),
      records: steps,
    }));
    expect((await showRun(runsDir, runId)).metrics).toEqual(last);
    for (const name of readdirSync(folder)) if (name.endsWith(".index")) rmSync(join(folder, name));
    expect((await showRun(runsDir, runId)).metrics).toEqual(last);
    expect(await keepMetricIndex(folder)).toEqual([]);
  });

  it.each([1, 100, 1000])("gives %i buckets with the least and greatest of their points", async (buckets) => {
    const reader = await SeriesReader.open(folder);
    const found = reader.query({ stage: "shared", name: "loss", buckets });
    expect(found.reduce((sum, { points }) => sum + points, 0)).toBe(steps);
    expect(found.length).toBeLessThanOrEqual(buckets);
    for (const { fromStep, toStep, min, max } of found) {
      let low = Number.POSITIVE_INFINITY,
        high = Number.NEGATIVE_INFINITY;
      for (let step = fromStep; step <= toStep; step += 1) {
        low = Math.min(low, valueAt(step, 0));
        high = Math.max(high, valueAt(step, 0));
      }
      expect([min, max]).toEqual([low, high]);
    }
  });
});
