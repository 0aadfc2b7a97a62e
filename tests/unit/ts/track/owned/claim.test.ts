import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { claimRun } from "../../../../../ts/track/owned/claim.ts";
import { openRun } from "../../../../../ts/track/runs/open-run.ts";
import { failureOf, makeRun, notice, runsFolders, scratchFolder } from "../fixtures.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());
const runsFolder = runsFolders(scratch.path);

describe("a new run", () => {
  it("has a private folder with its resolved experiment and state before anything else happens", async () => {
    const runsDir = runsFolder();
    const run = await makeRun(runsDir);
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

  it("cannot be made where a file stands", async () => {
    const file = join(scratch.path, "file");
    writeFileSync(file, "");
    const refused = await failureOf(makeRun(file));
    expect(refused.code).toBe("OUTPUT_CREATE");
    expect(refused.exitCode).toBe(73);
    expect(refused.message).toContain(file);
  });

  it("is locked, by its maker and by who claims it", async () => {
    const runsDir = runsFolder();
    const run = await makeRun(runsDir);
    expect((await failureOf(claimRun(await openRun(runsDir, run.runId), { notice }))).code).toBe("LOCKED");
    await run.close();
    const claimed = await claimRun(await openRun(runsDir, run.runId), { notice });
    expect(claimed.attempt).toBe(0);
    await claimed.close();
  });
});
