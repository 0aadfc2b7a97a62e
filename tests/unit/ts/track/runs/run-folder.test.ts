import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { OwnedRun } from "../../../../../ts/track/index.ts";
import {
  claimRun,
  createRun,
  describeRun,
  listRuns,
  openRun,
  readMetrics,
  verifyCheckpoint,
} from "../../../../../ts/track/index.ts";
import { newRunId } from "../../../../../ts/track/runs/layout.ts";
import { paces } from "../../../../support/pace.ts";
import { commitOne, failureOf, scratchFolder } from "../fixtures.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());

let folders = 0;
const runsFolder = (): string => join(scratch.path, `runs-${folders++}`);
const notice = (): void => undefined;
const make = (runsDir: string, experimentName = "Phantom tiny"): Promise<OwnedRun> =>
  createRun(runsDir, { experimentName, resolved: { name: experimentName, steps: 3 }, seed: 7 }, { notice });

async function finished(runsDir: string, name: string): Promise<OwnedRun> {
  const run = await make(runsDir, name);
  await run.beginAttempt();
  await commitOne(run, 1, { final: true });
  await run.mark("finished");
  await run.close();
  return run;
}

describe("a new run", () => {
  it("has a private folder with its resolved experiment and state before anything else happens", async () => {
    const runsDir = runsFolder();
    const run = await make(runsDir);
    expect(run.runId).toMatch(/^\d{8}-\d{6}-phantom-tiny-[2-9a-z]{4}$/);
    expect(run.dir).toBe(join(resolve(runsDir), run.runId));
    expect(statSync(run.dir).mode & 0o777).toBe(0o700);
    expect(JSON.parse(readFileSync(run.paths.resolved, "utf8"))).toEqual({ name: "Phantom tiny", steps: 3 });
    expect(readdirSync(run.dir).sort()).toEqual([
      "checkpoints",
      "events",
      "lock",
      "logs",
      "metrics",
      "plots",
      "receipts",
      "resolved.json",
      "state.json",
    ]);
    expect(JSON.parse(readFileSync(run.paths.state, "utf8"))).toMatchObject({
      format: "tomoe.run/1",
      runId: run.runId,
      experimentName: "Phantom tiny",
      seed: 7,
      status: "created",
      ordinal: 1,
      attempt: 0,
      resume: `tomoe run --resume ${run.runId} --runs ${resolve(runsDir)}`,
    });
    await run.close();
    expect(existsSync(join(run.dir, "lock"))).toBe(false);
  });

  it.each([
    ["sorts by time", "a", "2026-11-24T15:30:12.000Z", /^20261124-153012-a-\w{4}$/],
    [
      "keeps 40 letters of a long name",
      "x".repeat(80),
      "2026-01-02T03:04:05.000Z",
      /^20260102-030405-x{40}-\w{4}$/,
    ],
    [
      "has no odd letters of the name",
      "Über/../CT: 3D!",
      "2026-01-02T03:04:05.000Z",
      /^20260102-030405-ber-ct-3d-\w{4}$/,
    ],
    ["does without a name that has no letters", "///", "2026-01-02T03:04:05.000Z", /^20260102-030405-\w{4}$/],
  ])("has an id that %s", (_title, name, now, expected) => {
    expect(newRunId(name, new Date(now))).toMatch(expected);
  });

  it("counts its attempts, and keeps why it ended until it goes on", async () => {
    const run = await make(runsFolder());
    expect([await run.beginAttempt(), await run.beginAttempt()]).toEqual([1, 2]);
    await run.mark("failed", { code: "DISK_FULL", message: "[DISK_FULL] no space", hint: "Free space." });
    expect((await openRun(join(run.dir, ".."), run.runId)).state).toMatchObject({
      status: "failed",
      attempt: 2,
      error: { code: "DISK_FULL", message: "[DISK_FULL] no space", hint: "Free space." },
      endedAt: expect.any(String),
    });
    await run.beginAttempt();
    expect(run.state.error).toBeUndefined();
    expect(run.state.endedAt).toBeUndefined();
    await run.close();
  });

  it("records under the attempt in force, and refuses one whose owner was replaced", async () => {
    const run = await make(runsFolder());
    await run.beginAttempt();
    const metrics = await run.metrics();
    await metrics.append([{ stage: "shared", step: 0, name: "loss", value: 2, wallSeconds: 0 }]);
    // Another owner came, began an attempt, and this one wakes up late.
    const state = JSON.parse(readFileSync(run.paths.state, "utf8"));
    writeFileSync(run.paths.state, JSON.stringify({ ...state, attempt: 2 }));
    const fenced = await failureOf(
      metrics.append([{ stage: "shared", step: 1, name: "loss", value: 1, wallSeconds: 0 }]),
    );
    expect(fenced.code).toBe("WORKER_FENCED");
    expect(fenced.exitCode).toBe(69);
    rmSync(join(run.dir, "lock"));
    expect((await failureOf(run.write("scorecard.md", "late"))).code).toBe("LOCKED");
    expect((await failureOf(run.mark("finished"))).code).toBe("LOCKED");
    await run.close();
    expect((await readMetrics(run.paths.metrics)).map(({ step, attempt }) => [step, attempt])).toEqual([
      [0, 1],
    ]);
  });

  it("takes artifacts in their places alone", async () => {
    const run = await make(runsFolder());
    await run.write("scorecard.md", "# fine");
    await run.write("plots/loss.svg", "<svg/>");
    expect(readFileSync(join(run.paths.plots, "loss.svg"), "utf8")).toBe("<svg/>");
    for (const path of ["../outside.txt", "metrics/000000.jsonl", "state.json", "checkpoints/x", "a/b/c", ""])
      expect((await failureOf(run.write(path, "x"))).code).toBe("INTERNAL");
    await run.close();
  });

  it("cannot be made where a file stands", async () => {
    const file = join(scratch.path, "file");
    writeFileSync(file, "");
    const refused = await failureOf(make(file));
    expect(refused.code).toBe("OUTPUT_CREATE");
    expect(refused.exitCode).toBe(73);
    expect(refused.message).toContain(file);
  });

  it("is locked, by its maker and by who claims it", async () => {
    const runsDir = runsFolder();
    const run = await make(runsDir);
    expect((await failureOf(claimRun(await openRun(runsDir, run.runId), { notice }))).code).toBe("LOCKED");
    await run.close();
    const claimed = await claimRun(await openRun(runsDir, run.runId), { notice });
    expect(claimed.attempt).toBe(0);
    await claimed.close();
  });
});

describe("opening a run", () => {
  it("finds it by its id, the beginning of its id, and its last letters", async () => {
    const runsDir = runsFolder();
    const run = await finished(runsDir, "one");
    await finished(runsDir, "two");
    for (const reference of [run.runId, run.runId.slice(0, -2), run.runId.slice(-4)])
      expect((await openRun(runsDir, reference)).runId).toBe(run.runId);
  });

  it("says which runs it could mean", async () => {
    const runsDir = runsFolder();
    const run = await finished(runsDir, "one");
    await finished(runsDir, "two");
    const several = await failureOf(openRun(runsDir, run.runId.slice(0, 8)));
    expect(several.code).toBe("RUN_NOT_FOUND");
    expect(several.exitCode).toBe(64);
    expect(several.message).toContain("fits 2 runs");
    const misspelt = await failureOf(openRun(runsDir, `${run.runId.slice(0, -1)}!`));
    expect(misspelt.message).toBe(
      `[RUN_NOT_FOUND] no run "${run.runId.slice(0, -1)}!" in ${resolve(runsDir)}`,
    );
    expect(misspelt.hint).toMatch(new RegExp(`^Did you mean ${run.runId}`));
    const outside = await failureOf(openRun(runsDir, "../../etc"));
    expect(outside.code).toBe("RUN_NOT_FOUND");
  });

  it("says how to make one where there are none", async () => {
    const refused = await failureOf(openRun(runsFolder(), "latest"));
    expect(refused.code).toBe("RUN_NOT_FOUND");
    expect(refused.hint).toContain("tomoe run RECIPE.ts");
  });

  it("takes as latest the newest finished run that has a checkpoint, whatever the clock said", async () => {
    const runsDir = runsFolder();
    await finished(runsDir, "first");
    const second = await finished(runsDir, "second");
    const withoutCheckpoint = await make(runsDir, "third");
    await withoutCheckpoint.mark("finished");
    await withoutCheckpoint.close();
    const failed = await make(runsDir, "fourth");
    await commitOne(failed, 1);
    await failed.mark("failed", { code: "DISK_FULL", message: "m", hint: "h" });
    await failed.close();
    expect((await openRun(runsDir, "latest")).runId).toBe(second.runId);
    // The clock is set back a day: the id sorts first, and yet it is the newest.
    const third = await finished(runsDir, "fifth");
    const older = third.runId.replace(/^\d{8}/, "20200101");
    const state = JSON.parse(readFileSync(third.paths.state, "utf8"));
    mkdirSync(join(runsDir, older));
    writeFileSync(join(runsDir, older, "state.json"), JSON.stringify({ ...state, runId: older }));
    const commit = (await openRun(runsDir, third.runId)).paths.checkpoints;
    for (const name of readdirSync(commit)) {
      mkdirSync(join(runsDir, older, "checkpoints", name), { recursive: true });
      for (const file of readdirSync(join(commit, name)))
        writeFileSync(
          join(runsDir, older, "checkpoints", name, file),
          readFileSync(join(commit, name, file)),
        );
    }
    rmSync(third.dir, { recursive: true });
    const latest = await openRun(runsDir, "latest");
    expect(latest.runId).toBe(older);
    await verifyCheckpoint(join(latest.paths.checkpoints, "000001-shared-00000001"));
  });

  it("says what there is instead of a finished run", async () => {
    const runsDir = runsFolder();
    const run = await make(runsDir);
    await run.mark("interrupted");
    await run.close();
    const refused = await failureOf(openRun(runsDir, "latest"));
    expect(refused.message).toContain(`the newest, ${run.runId}, is interrupted`);
    expect(refused.hint).toContain(`tomoe run --resume ${run.runId}`);
  });

  it.each([
    ["is missing", undefined, "state.json: the file is missing"],
    ["is not JSON", "{", "state.json: it is not JSON"],
    [
      "was written by another version",
      '{"format":"tomoe.run/2"}',
      "its format is tomoe.run/2, this version reads tomoe.run/1",
    ],
    ["lacks a field", '{"format":"tomoe.run/1"}', "runId: "],
  ])("refuses one whose state %s", async (_title, content, message) => {
    const runsDir = runsFolder();
    const run = await finished(runsDir, "one");
    if (content === undefined) rmSync(run.paths.state);
    else writeFileSync(run.paths.state, content);
    const refused = await failureOf(openRun(runsDir, run.runId));
    expect(refused.code).toBe("RECORD_INVALID");
    expect(refused.exitCode).toBe(65);
    expect(refused.message).toContain(message);
  });
});

describe("the list of runs", () => {
  it("is empty where there is no folder", () => {
    expect(listRuns(join(scratch.path, "none"))).toEqual([]);
  });

  it("shows every run in the order they were made, broken ones with the reason", async () => {
    const runsDir = runsFolder();
    const good = await finished(runsDir, "good");
    const noState = await finished(runsDir, "no-state");
    rmSync(noState.paths.state);
    const notJson = await finished(runsDir, "not-json");
    writeFileSync(notJson.paths.state, "{");
    mkdirSync(join(runsDir, ".creating-20261124-153012-half-k3f9"));
    writeFileSync(join(runsDir, "notes.txt"), "not a run");
    const running = await make(runsDir, "running");
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
    const run = await finished(runsDir, "one");
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
    const run = await make(runsDir);
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
    const run = await finished(runsDir, "one");
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
