import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeRun } from "../../../../../ts/track/runs/listing.ts";
import { keepMetricIndex } from "../../../../../ts/track/series/keep-index.ts";
import { makeRun, runsFolders, scratchFolder } from "../fixtures.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());
const fresh = runsFolders(scratch.path);
const indexesIn = (folder: string): readonly string[] =>
  readdirSync(folder).filter((name) => name.endsWith(".index"));

async function endedRun(runsDir: string, steps = 50) {
  const run = await makeRun(runsDir);
  await run.beginAttempt();
  const metrics = await run.metrics();
  for (let step = 0; step < steps; step += 1)
    await metrics.append([{ stage: "shared", step, name: "loss", value: 1 / (step + 1), wallSeconds: step }]);
  await run.mark("finished");
  await run.close();
  return run;
}

describe("the index of a run's metrics", () => {
  it("stands beside each segment once the run has ended, and the run is described from it", async () => {
    const runsDir = fresh();
    const run = await endedRun(runsDir);
    expect(indexesIn(run.paths.metrics)).toEqual(["000000.index"]);
    const { metrics, problems } = await describeRun(runsDir, run.runId);
    expect([metrics, problems]).toEqual([
      [{ stage: "shared", name: "loss", step: 49, value: 1 / 50, records: 50 }],
      [],
    ]);
  });

  it("is made again where it was deleted, the same to the byte, and not where it stands", async () => {
    const run = await endedRun(fresh());
    const path = join(run.paths.metrics, "000000.index");
    const before = readFileSync(path);
    const { mtimeMs } = statSync(path);
    expect(await keepMetricIndex(run.paths.metrics)).toEqual([]);
    expect(statSync(path).mtimeMs).toBe(mtimeMs);
    rmSync(path);
    expect(await keepMetricIndex(run.paths.metrics)).toEqual(["000000.jsonl"]);
    expect(readFileSync(path).equals(before)).toBe(true);
  });

  it("changes nothing of the record", async () => {
    const run = await endedRun(fresh());
    const segment = join(run.paths.metrics, "000000.jsonl");
    const before = readFileSync(segment);
    rmSync(join(run.paths.metrics, "000000.index"));
    await keepMetricIndex(run.paths.metrics);
    expect(readFileSync(segment).equals(before)).toBe(true);
  });

  it("is not there for a record that is empty, damaged or not there, and nothing is thrown", async () => {
    const folder = join(scratch.path, "bad");
    mkdirSync(folder);
    expect(await keepMetricIndex(folder)).toEqual([]);
    expect(await keepMetricIndex(join(folder, "none"))).toEqual([]);
    writeFileSync(join(folder, "000000.jsonl"), "");
    expect(await keepMetricIndex(folder)).toEqual([]);
    writeFileSync(join(folder, "000000.jsonl"), "damaged\nand more\n");
    expect(await keepMetricIndex(folder)).toEqual([]);
    expect(indexesIn(folder)).toEqual([]);
  });

  it("grows with a run that goes on", async () => {
    const run = await makeRun(fresh());
    await run.beginAttempt();
    const metrics = await run.metrics();
    const record = (step: number) => [{ stage: "shared", step, name: "loss", value: step, wallSeconds: 0 }];
    await metrics.append(record(0));
    await run.mark("interrupted");
    const first = statSync(join(run.paths.metrics, "000000.index")).size;
    await run.mark("running");
    await metrics.append(record(1));
    await metrics.append(record(2));
    await run.mark("finished");
    expect(statSync(join(run.paths.metrics, "000000.index")).size).toBeGreaterThan(first);
    await run.close();
  });
});
