import { cpSync, mkdirSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bytesBelow, countCheckpoints, currentDisk, lookAtDisk } from "../../../../../ts/track/runs/disk.ts";
import { listRuns } from "../../../../../ts/track/runs/listing.ts";
import { commitOne, finishedRun, makeRun, runsFolders, scratchFolder } from "../fixtures.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());
const fresh = runsFolders(scratch.path);

describe("what a folder holds on the disk", () => {
  it("is the bytes of its files, however deep, links not followed", () => {
    const folder = join(scratch.path, "files");
    mkdirSync(join(folder, "a", "b"), { recursive: true });
    writeFileSync(join(folder, "one"), "12345");
    writeFileSync(join(folder, "a", "b", "two"), "123");
    symlinkSync(scratch.path, join(folder, "elsewhere"));
    symlinkSync(join(folder, "one"), join(folder, "same"));
    expect(bytesBelow(folder)).toBe(8);
    expect(bytesBelow(join(scratch.path, "none"))).toBe(0);
    expect(countCheckpoints(folder)).toBe(0);
  });

  it("is listed as counted when the run ended, and counted anew once a checkpoint is gone", async () => {
    const runsDir = fresh();
    const run = await finishedRun(runsDir, "one");
    const listed = () => listRuns(runsDir)[0];
    expect(listed()?.bytes).toBe(run.state.disk?.bytes);
    expect(run.state.disk).toMatchObject({ checkpoints: 1 });
    expect(listed()?.bytes).toBeGreaterThan(3000);
    // Beside the record nobody writes into a run that is over.
    writeFileSync(join(run.dir, "notes.txt"), "x".repeat(10_000));
    expect(listed()?.bytes).toBe(run.state.disk?.bytes);
    rmSync(join(run.paths.checkpoints, "000001-shared-00000001"), { recursive: true });
    expect(listed()?.bytes).toBe(bytesBelow(run.dir));
  });

  it("is that of a copy too, whose folders have times of their own", async () => {
    const [runsDir, elsewhere] = [fresh(), fresh()];
    const run = await finishedRun(runsDir, "one");
    cpSync(run.dir, join(elsewhere, run.runId), { recursive: true });
    const copied = join(elsewhere, run.runId);
    utimesSync(join(copied, "checkpoints"), 1, 1);
    const [listed] = listRuns(elsewhere);
    expect(listed).toMatchObject({ runId: run.runId, dir: copied, checkpoints: 1, status: "finished" });
    expect(listed?.bytes).toBe(run.state.disk?.bytes);
  });

  it("is believed as it was counted while the folder of checkpoints is as it was, and looked at where not", async () => {
    const { dir, paths } = await finishedRun(fresh(), "one");
    const now = lookAtDisk(dir);
    expect(now).toEqual({ bytes: bytesBelow(dir), checkpoints: 1, changedMs: expect.any(Number) });
    const told = { ...now, bytes: 7, checkpoints: 5 };
    expect(currentDisk(dir, told)).toEqual({ bytes: 7, checkpoints: 5 });
    expect(currentDisk(dir, { ...told, changedMs: 0 })).toEqual({ bytes: now.bytes, checkpoints: 1 });
    expect(currentDisk(dir, { ...told, checkpoints: 1, changedMs: 0 })).toEqual({ bytes: 7, checkpoints: 1 });
    expect(currentDisk(dir, undefined)).toEqual({ bytes: now.bytes, checkpoints: 1 });
    rmSync(paths.checkpoints, { recursive: true });
    expect(lookAtDisk(dir)).toMatchObject({ checkpoints: 0, changedMs: 0 });
    expect(currentDisk(dir, told).checkpoints).toBe(0);
  });

  it("counts committed checkpoints alone", async () => {
    const { dir, paths } = await finishedRun(fresh(), "one");
    mkdirSync(join(paths.checkpoints, "000002-shared-00000002"));
    mkdirSync(join(paths.checkpoints, "notes"));
    writeFileSync(join(paths.checkpoints, "notes", "COMMIT"), "");
    expect(countCheckpoints(dir)).toBe(1);
    writeFileSync(join(paths.checkpoints, "000002-shared-00000002", "COMMIT"), "");
    expect(countCheckpoints(dir)).toBe(2);
  });

  it("of a run at work is what there is now", async () => {
    const runsDir = fresh();
    const run = await makeRun(runsDir);
    await run.beginAttempt();
    const before = listRuns(runsDir)[0]?.bytes ?? 0;
    await commitOne(run, 1, { lengthBytes: 5000 });
    expect(listRuns(runsDir)[0]?.bytes).toBeGreaterThan(before + 15_000);
    await run.close();
  });
});
