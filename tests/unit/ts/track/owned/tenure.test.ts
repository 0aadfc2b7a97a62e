import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SpaceWaiter } from "../../../../../ts/files/index.ts";
import { acquireLock } from "../../../../../ts/track/owned/lock.ts";
import { Tenure, writeState } from "../../../../../ts/track/owned/tenure.ts";
import { type RunState, readState } from "../../../../../ts/track/runs/state.ts";
import { failureOf, finishedRun, notice, runsFolders, scratchFolder } from "../fixtures.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());
const fresh = runsFolders(scratch.path);
const space = new SpaceWaiter({ timeoutMs: 100, pollMs: 10 }, notice);

async function begun(): Promise<{ tenure: Tenure; path: string; dir: string }> {
  const { dir, paths } = await finishedRun(fresh(), "one");
  const lock = await acquireLock(dir, notice);
  const state = await readState(paths.state);
  return { tenure: new Tenure({ lock, state, path: paths.state, space }), path: paths.state, dir };
}
const onDisk = (path: string): RunState => JSON.parse(readFileSync(path, "utf8")) as RunState;

describe("the right to write in a run", () => {
  it("counts attempts on the disk, and keeps when the first began", async () => {
    const { tenure, path } = await begun();
    const { startedAt } = tenure.state;
    expect(startedAt).toBeDefined();
    expect([await tenure.beginAttempt(), await tenure.beginAttempt()]).toEqual([2, 3]);
    expect(onDisk(path)).toEqual(tenure.state);
    expect(tenure.state).toMatchObject({ attempt: 3, status: "running", startedAt });
    expect(tenure.state.endedAt).toBeUndefined();
    await tenure.assertCurrent(3);
    await tenure.release();
  });

  it("refuses what an attempt before this one still sends", async () => {
    const { tenure } = await begun();
    await tenure.beginAttempt();
    const fenced = await failureOf(tenure.assertCurrent(1));
    expect([fenced.code, fenced.exitCode]).toEqual(["WORKER_FENCED", 69]);
    expect(fenced.details).toEqual({ runId: tenure.state.runId, attempt: 1, current: 2 });
    await tenure.release();
  });

  it("keeps why a run ended until it goes on", async () => {
    const { tenure, path } = await begun();
    const fault = { code: "DISK_FULL", message: "[DISK_FULL] no space", hint: "Free space." };
    await tenure.mark("failed", fault);
    expect(onDisk(path)).toMatchObject({ status: "failed", error: fault, endedAt: expect.any(String) });
    await tenure.mark("running");
    expect(onDisk(path).error).toBeUndefined();
    expect(onDisk(path).endedAt).toBeUndefined();
    await tenure.mark("interrupted");
    expect(onDisk(path)).toMatchObject({ status: "interrupted", endedAt: expect.any(String) });
    await tenure.release();
  });

  it("keeps what lay on the disk at each end, not while it goes on", async () => {
    const { tenure, path, dir } = await begun();
    await tenure.mark("running");
    expect(onDisk(path).disk?.checkpoints).toBe(1);
    for (const status of ["interrupted", "failed", "finished"] as const) {
      writeFileSync(join(dir, `${status}.txt`), "x".repeat(1000));
      const before = onDisk(path).disk?.bytes ?? 0;
      await tenure.mark(status);
      expect(onDisk(path).disk).toMatchObject({ checkpoints: 1, changedMs: expect.any(Number) });
      expect(onDisk(path).disk?.bytes).toBeGreaterThan(before + 900);
    }
    await tenure.release();
  });

  it("is lost with the lock: nothing is written then, and the state stays as it was", async () => {
    const { tenure, path, dir } = await begun();
    const before = readFileSync(path, "utf8");
    rmSync(join(dir, "lock"));
    for (const use of [
      () => tenure.assertHeld(),
      () => tenure.assertCurrent(1),
      () => tenure.beginAttempt(),
      () => tenure.mark("finished"),
    ]) {
      const refused = await failureOf(use());
      expect([refused.code, refused.exitCode]).toEqual(["LOCKED", 77]);
    }
    expect([readFileSync(path, "utf8"), tenure.state.attempt]).toEqual([before, 1]);
    await tenure.release();
  });

  it("asks the disk, so that a damaged state is not written over", async () => {
    const { tenure, path } = await begun();
    writeFileSync(path, "{");
    expect((await failureOf(tenure.assertCurrent(1))).code).toBe("RECORD_INVALID");
    await tenure.release();
  });
});

describe("the state of a run", () => {
  it("is written as it is read, with a final newline", async () => {
    const { tenure, path } = await begun();
    await writeState(path, { ...tenure.state, status: "interrupted" });
    expect(readFileSync(path, "utf8")).toMatch(/^\{\n {2}"format": "tomoe\.run\/1",[\s\S]*\}\n$/);
    expect((await readState(path)).status).toBe("interrupted");
    await tenure.release();
  });
});
