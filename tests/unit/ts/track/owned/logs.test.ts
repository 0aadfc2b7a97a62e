import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { SpaceWaiter } from "../../../../../ts/files/index.ts";
import { RunLogs } from "../../../../../ts/track/owned/logs.ts";
import { predictionsBeside, readEvents, readMetrics, readRows } from "../../../../../ts/track/read/index.ts";
import { failureOf, notice, runsFolders, scratchFolder } from "../fixtures.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());
const fresh = runsFolders(scratch.path);

function logsIn(dir: string, attempt: () => number = () => 1) {
  const paths = {
    metrics: join(dir, "metrics"),
    events: join(dir, "events"),
    predictions: join(`${dir}-predictions.jsonl`),
  };
  const space = new SpaceWaiter({ timeoutMs: 100, pollMs: 10 }, notice);
  return { paths, logs: new RunLogs({ paths, attempt, guard: async () => undefined, notice, space }) };
}
const loss = (step: number) => ({
  stage: "shared",
  step,
  name: "loss",
  value: 1 / (step + 1),
  wallSeconds: 0,
});

describe("the logs of a run", () => {
  it("are opened once each, at the first call, and closed together", async () => {
    const { logs, paths } = logsIn(fresh());
    const metrics = await logs.metrics();
    expect(await logs.metrics()).toBe(metrics);
    const [events, predictions] = [await logs.events(), await logs.predictions()];
    expect([await logs.events(), await logs.predictions()]).toEqual([events, predictions]);
    await metrics.append([loss(0)]);
    await events.append([{ kind: "stage", data: { name: "shared" } }]);
    await predictions.append([{ id: "a", answer: "x" }]);
    await logs.close();
    await logs.close();
    expect([
      (await readMetrics(paths.metrics)).length,
      (await readEvents(paths.events)).length,
      (await readRows(paths.predictions)).length,
    ]).toEqual([1, 1, 1]);
    expect((await failureOf(metrics.append([loss(1)]))).message).toBe("[INTERNAL] the log metrics is closed");
  });

  it("keep what is asked beside the held-out volumes in files of its own", async () => {
    const { logs, paths } = logsIn(fresh());
    const [own, blank] = [await logs.predictions(), await logs.predictions("blank")];
    expect(await logs.predictions("blank")).toBe(blank);
    await own.append([{ id: "a", answer: "x" }]);
    await blank.append([{ id: "a", answer: "y" }]);
    await logs.close();
    expect(await readRows(paths.predictions)).toEqual([{ id: "a", answer: "x" }]);
    expect(await readRows(predictionsBeside(paths, "blank"))).toEqual([{ id: "a", answer: "y" }]);
  });

  it("write under the attempt that is in force at each append", async () => {
    let attempt = 1;
    const { logs, paths } = logsIn(fresh(), () => attempt);
    const metrics = await logs.metrics();
    await metrics.append([loss(0)]);
    attempt = 4;
    await metrics.append([loss(1)]);
    await logs.close();
    expect((await readMetrics(paths.metrics)).map((record) => record.attempt)).toEqual([1, 4]);
  });

  it("are closed though one of them never opened, which its caller was told", async () => {
    const dir = fresh();
    const { logs, paths } = logsIn(dir);
    writeFileSync(paths.predictions, "no row\n");
    const refused = await failureOf(logs.predictions());
    expect(refused.code).toBe("RECORD_INVALID");
    await (await logs.metrics()).append([loss(0)]);
    await logs.close();
    expect(await readMetrics(paths.metrics)).toHaveLength(1);
  });
});
