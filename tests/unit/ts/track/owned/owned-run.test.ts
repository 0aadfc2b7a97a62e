import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openRun, readMetrics } from "../../../../../ts/track/read/index.ts";
import { failureOf, makeRun, runsFolders, scratchFolder } from "../fixtures.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());
const runsFolder = runsFolders(scratch.path);

describe("a run that this process owns", () => {
  it("counts its attempts, and keeps why it ended until it goes on", async () => {
    const run = await makeRun(runsFolder());
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
    const run = await makeRun(runsFolder());
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
    const run = await makeRun(runsFolder());
    await run.write("scorecard.md", "# fine");
    await run.write("plots/loss.svg", "<svg/>");
    expect(readFileSync(join(run.paths.plots, "loss.svg"), "utf8")).toBe("<svg/>");
    for (const path of ["../outside.txt", "metrics/000000.jsonl", "state.json", "checkpoints/x", "a/b/c", ""])
      expect((await failureOf(run.write(path, "x"))).code).toBe("INTERNAL");
    await run.close();
  });
});
