import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { listRuns } from "../../../../../ts/track/runs/listing.ts";
import { discardRun, emptyTrash, listTrash, restoreRun } from "../../../../../ts/track/trash/trash.ts";
import { caught } from "../../../../support/caught.ts";
import { finishedRun, makeRun, runsFolders, scratchFolder, startChild } from "../fixtures.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());
const fresh = runsFolders(scratch.path);
const ids = (runsDir: string): readonly string[] => listRuns(runsDir).map(({ runId }) => runId);

describe("the trash of a folder of runs", () => {
  it("takes a run out of the list with all it holds, and gives it back as it was", async () => {
    const runsDir = fresh();
    const { runId, dir } = await finishedRun(runsDir, "one");
    const kept = await finishedRun(runsDir, "two");
    const before = readdirSync(dir, { recursive: true }).sort();
    const removed = await discardRun(runsDir, runId);
    expect(ids(runsDir)).toEqual([kept.runId]);
    expect(existsSync(dir)).toBe(false);
    expect(listTrash(runsDir)).toEqual([removed]);
    expect(removed.bytes).toBeGreaterThan(3000);
    const back = await restoreRun(runsDir, runId.slice(0, -2));
    expect(back).toEqual({ ...removed, dir });
    expect(readdirSync(dir, { recursive: true }).sort()).toEqual(before);
    expect(ids(runsDir)).toEqual([runId, kept.runId]);
    expect(listTrash(runsDir)).toEqual([]);
  });

  it("takes no run that a process works on", async () => {
    const runsDir = fresh();
    const run = await makeRun(runsDir);
    const error = await caught(() => discardRun(runsDir, run.runId));
    expect(error).toMatchObject({ code: "LOCKED", exitCode: 77, details: { pid: process.pid } });
    expect(ids(runsDir)).toEqual([run.runId]);
    await run.close();
  });

  it("takes what is left of a run that was never whole", async () => {
    const runsDir = fresh();
    const half = ".creating-20261124-153012-half-k3f9";
    mkdirSync(join(runsDir, half), { recursive: true });
    await discardRun(runsDir, half);
    expect([ids(runsDir), listTrash(runsDir).map(({ runId }) => runId)]).toEqual([[], [half]]);
    await restoreRun(runsDir, half);
    expect(ids(runsDir)).toEqual([half]);
  });

  it("takes a run over from a process that is gone, and leaves no lock in it", async () => {
    const runsDir = fresh();
    const run = await makeRun(runsDir);
    const held = JSON.parse(readFileSync(join(run.dir, "lock"), "utf8"));
    await run.close();
    // As a killed process leaves it: one of this boot that never was.
    writeFileSync(join(run.dir, "lock"), JSON.stringify({ ...held, startTicks: "1", token: "0".repeat(32) }));
    const { dir } = await discardRun(runsDir, run.runId);
    expect(readdirSync(dir).filter((name) => name.includes("lock"))).toEqual([]);
    await restoreRun(runsDir, run.runId);
    expect(listRuns(runsDir)).toMatchObject([{ runId: run.runId, owner: null }]);
  });

  it("says what hinders it, and moves nothing", async () => {
    const runsDir = fresh();
    const { runId, dir } = await finishedRun(runsDir, "one");
    writeFileSync(join(runsDir, ".trash"), "a file in its place");
    const before = readdirSync(dir).sort();
    const error = await caught(() => discardRun(runsDir, runId));
    expect(["IO_FAILED", "OUTPUT_CREATE", "PATH_NOT_FOUND"]).toContain(error.code);
    expect(error.hint).not.toBe("");
    expect(readdirSync(dir).sort()).toEqual(before);
    rmSync(join(runsDir, ".trash"));
    await discardRun(runsDir, runId);
    expect(listRuns(runsDir)).toEqual([]);
  });

  it("holds runs of any folder of runs, each its own", async () => {
    const [here, there] = [fresh(), fresh()];
    const one = await finishedRun(here, "one");
    const two = await finishedRun(there, "two");
    await discardRun(here, one.runId);
    await discardRun(there, two.runId);
    expect(await caught(() => restoreRun(here, two.runId))).toMatchObject({ code: "RUN_NOT_FOUND" });
    await emptyTrash(here);
    expect(listTrash(there).map(({ runId }) => runId)).toEqual([two.runId]);
    await restoreRun(there, two.runId);
    expect(listRuns(there)).toMatchObject([{ runId: two.runId, status: "finished", checkpoints: 1 }]);
  });

  it("mixes no two runs of one name", async () => {
    const runsDir = fresh();
    const { runId, dir } = await finishedRun(runsDir, "one");
    const { dir: there } = await discardRun(runsDir, runId);
    cpSync(there, dir, { recursive: true });
    for (const work of [() => discardRun(runsDir, runId), () => restoreRun(runsDir, runId)])
      expect(await caught(work)).toMatchObject({ code: "OUTPUT_EXISTS", exitCode: 73, details: { runId } });
    expect([ids(runsDir), listTrash(runsDir)]).toMatchObject([[runId], [{ runId }]]);
  });

  it("is emptied for good, and says what it held", async () => {
    const runsDir = fresh();
    const { runId } = await finishedRun(runsDir, "one");
    await discardRun(runsDir, runId);
    const held = listTrash(runsDir);
    expect(await emptyTrash(runsDir)).toEqual(held);
    expect(await emptyTrash(runsDir)).toEqual([]);
    expect(await caught(() => restoreRun(runsDir, runId))).toMatchObject({
      code: "RUN_NOT_FOUND",
      exitCode: 64,
    });
  });
});

describe("a run that is moved to and fro by processes that are killed", () => {
  /** What lies below a folder, each file with its bytes. */
  const contentOf = (dir: string): readonly (readonly [string, string])[] =>
    readdirSync(dir, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/^\.?lock/.test(entry.name))
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        return [path.slice(dir.length), readFileSync(path, "base64")] as const;
      })
      .sort(([a], [b]) => (a < b ? -1 : 1));

  it("is whole in one place at every moment, and moves on as if nothing had been", async () => {
    const runsDir = fresh();
    const { runId, dir } = await finishedRun(runsDir, "one");
    const whole = contentOf(dir);
    for (let kill = 0; kill < 8; kill += 1) {
      const { child, ended, line } = startChild("move-run.ts", [runsDir, runId]);
      // Each time a few moves later: the kill falls wherever the process is by then.
      await line(kill * 3);
      child.kill("SIGKILL");
      await ended;
      const [here, there] = [listRuns(runsDir), listTrash(runsDir)];
      expect(here.length + there.length).toBe(1);
      expect(contentOf(here[0]?.dir ?? there[0]?.dir ?? "")).toEqual(whole);
      if (there.length > 0) await restoreRun(runsDir, runId);
      expect(listRuns(runsDir)).toMatchObject([{ runId, status: "finished", checkpoints: 1, owner: null }]);
    }
    await discardRun(runsDir, runId);
    await restoreRun(runsDir, runId);
    expect(contentOf(dir)).toEqual(whole);
  });

  it("is never half there once its deletion began: what a killed one left is no run, and goes with the next", async () => {
    const runsDir = fresh();
    const { runId } = await finishedRun(runsDir, "one");
    const { dir } = await discardRun(runsDir, runId);
    const half = join(runsDir, ".trash", `.deleting-${runId}`);
    cpSync(dir, half, { recursive: true });
    rmSync(join(half, "state.json"));
    rmSync(dir, { recursive: true });
    expect(listTrash(runsDir)).toEqual([]);
    expect((await caught(() => restoreRun(runsDir, runId))).code).toBe("RUN_NOT_FOUND");
    expect(await emptyTrash(runsDir)).toEqual([]);
    expect(readdirSync(join(runsDir, ".trash"))).toEqual([]);
  });

  it("goes into the trash once where several want it there", async () => {
    const runsDir = fresh();
    const { runId } = await finishedRun(runsDir, "one");
    const results = await Promise.allSettled([1, 2, 3, 4].map(() => discardRun(runsDir, runId)));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    for (const result of results)
      if (result.status === "rejected") expect(result.reason).toMatchObject({ code: expect.any(String) });
    expect(listRuns(runsDir)).toEqual([]);
    expect(listTrash(runsDir).map((one) => one.runId)).toEqual([runId]);
  });
});
