import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { verifyCheckpoint } from "../../../../../ts/track/read/index.ts";
import { openRun } from "../../../../../ts/track/runs/open-run.ts";
import { commitOne, failureOf, finishedRun, makeRun, runsFolders, scratchFolder } from "../fixtures.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());
const runsFolder = runsFolders(scratch.path);

describe("opening a run", () => {
  it("finds it by its id, the beginning of its id, and its last letters", async () => {
    const runsDir = runsFolder();
    const run = await finishedRun(runsDir, "one");
    await finishedRun(runsDir, "two");
    for (const reference of [run.runId, run.runId.slice(0, -2), run.runId.slice(-4)])
      expect((await openRun(runsDir, reference)).runId).toBe(run.runId);
  });

  it("says which runs it could mean", async () => {
    const runsDir = runsFolder();
    const run = await finishedRun(runsDir, "one");
    await finishedRun(runsDir, "two");
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
    await finishedRun(runsDir, "first");
    const second = await finishedRun(runsDir, "second");
    const withoutCheckpoint = await makeRun(runsDir, "third");
    await withoutCheckpoint.mark("finished");
    await withoutCheckpoint.close();
    const failed = await makeRun(runsDir, "fourth");
    await commitOne(failed, 1);
    await failed.mark("failed", { code: "DISK_FULL", message: "m", hint: "h" });
    await failed.close();
    expect((await openRun(runsDir, "latest")).runId).toBe(second.runId);
    // The clock is set back a day: the id sorts first, and yet it is the newest.
    const third = await finishedRun(runsDir, "fifth");
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
    const run = await makeRun(runsDir);
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
    const run = await finishedRun(runsDir, "one");
    if (content === undefined) rmSync(run.paths.state);
    else writeFileSync(run.paths.state, content);
    const refused = await failureOf(openRun(runsDir, run.runId));
    expect(refused.code).toBe("RECORD_INVALID");
    expect(refused.exitCode).toBe(65);
    expect(refused.message).toContain(message);
  });
});
