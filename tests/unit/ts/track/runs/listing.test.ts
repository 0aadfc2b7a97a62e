import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describeRun, listRuns } from "../../../../../ts/track/runs/listing.ts";
import { paces } from "../../../../support/pace.ts";
import { commitOne, finishedRun, makeRun, runsFolders, scratchFolder } from "../fixtures.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());
const runsFolder = runsFolders(scratch.path);

describe("the list of runs", () => {
  it("is empty where there is no folder", () => {
    expect(listRuns(join(scratch.path, "none"))).toEqual([]);
  });

  it("shows every run in the order they were made, broken ones with the reason", async () => {
    const runsDir = runsFolder();
    const good = await finishedRun(runsDir, "good");
    const noState = await finishedRun(runsDir, "no-state");
    rmSync(noState.paths.state);
    const notJson = await finishedRun(runsDir, "not-json");
    writeFileSync(notJson.paths.state, "{");
    mkdirSync(join(runsDir, ".creating-20261124-153012-half-k3f9"));
    writeFileSync(join(runsDir, "notes.txt"), "not a run");
    const running = await makeRun(runsDir, "running");
    await running.beginAttempt();
    const runs = listRuns(runsDir);
    const byId = new Map(runs.map((entry) => [entry.runId, entry]));
    expect(runs).toHaveLength(5);
    expect(byId.get(good.runId)).toMatchObject({
      status: "finished",
      reason: null,
      experimentName: "good",
      seed: 7,
      attempt: 1,
      checkpoints: 1,
      owner: null,
      resume: null,
    });
    expect(byId.get(noState.runId)).toMatchObject({
      status: "broken",
      reason: "state.json is missing",
      checkpoints: 1,
    });
    expect(byId.get(notJson.runId)).toMatchObject({ status: "broken", reason: "state.json is not JSON" });
    expect(byId.get(".creating-20261124-153012-half-k3f9")).toMatchObject({
      status: "broken",
      reason: expect.stringContaining("interrupted while the folder was made"),
    });
    expect(byId.get(running.runId)).toMatchObject({
      status: "running",
      owner: expect.stringContaining(`process ${process.pid} on`),
      resume: null,
    });
    await running.close();
    expect(listRuns(runsDir).at(-1)).toMatchObject({
      runId: running.runId,
      status: "interrupted",
      reason: "its process is gone",
      owner: null,
      resume: expect.stringContaining("--resume"),
    });
  });

  it("of 300 runs takes at most 20 paces", async () => {
    const runsDir = runsFolder();
    const run = await finishedRun(runsDir, "one");
    const state = JSON.parse(readFileSync(run.paths.state, "utf8"));
    for (let index = 0; index < 300; index += 1) {
      const runId = `20261124-153012-copy-${String(index).padStart(4, "0")}`;
      mkdirSync(join(runsDir, runId, "checkpoints", "000001-shared-00000001"), { recursive: true });
      writeFileSync(
        join(runsDir, runId, "state.json"),
        JSON.stringify({ ...state, runId, ordinal: index + 2 }),
      );
      writeFileSync(join(runsDir, runId, "checkpoints", "000001-shared-00000001", "COMMIT"), "");
    }
    const needed = paces(() => {
      listRuns(runsDir);
    });
    expect(needed).toBeLessThan(20);
    const runs = listRuns(runsDir);
    expect(runs).toHaveLength(301);
    expect(runs.at(-1)?.runId).toBe("20261124-153012-copy-0299");
  });
});

describe("the description of a run", () => {
  it("holds the last value of each metric, the checkpoints and the scorecard", async () => {
    const runsDir = runsFolder();
    const run = await makeRun(runsDir);
    await run.beginAttempt();
    const metrics = await run.metrics();
    for (let step = 0; step < 3; step += 1)
      await metrics.append([{ stage: "shared", step, name: "loss", value: 3 - step, wallSeconds: step }]);
    await commitOne(run, 3, { final: true });
    await run.write("scorecard.json", '{"ok":true,"scorecard":[]}');
    await run.mark("finished");
    await run.close();
    const described = await describeRun(runsDir, "latest");
    expect(described.summary).toMatchObject({ runId: run.runId, status: "finished" });
    expect(described.metrics).toEqual([{ stage: "shared", name: "loss", step: 2, value: 1, records: 3 }]);
    expect(described.checkpoints).toEqual([
      { name: "000001-shared-00000003", ordinal: 1, stage: "shared", step: 3 },
    ]);
    expect(described.scorecard).toEqual({ ok: true, scorecard: [] });
    expect(described.problems).toEqual([]);
  });

  it("of a damaged run says what is damaged and shows the rest", async () => {
    const runsDir = runsFolder();
    const run = await finishedRun(runsDir, "one");
    writeFileSync(join(run.paths.metrics, "000000.jsonl"), "damaged\n");
    writeFileSync(run.paths.scorecard, "{");
    const described = await describeRun(runsDir, run.runId);
    expect(described.problems).toEqual([
      expect.stringContaining("record 0 is damaged"),
      expect.stringContaining("scorecard.json: it is not JSON"),
    ]);
    expect(described.checkpoints).toHaveLength(1);
  });
});
