// What the machine does in the middle of a sweep: each ends typed, with a ledger that goes on.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { seededUniform } from "../../../../../ts/eval/index.ts";
import { resumeSweep, runSweep, sweepStatus } from "../../../../../ts/run/sweep/sweep.ts";
import { listRuns } from "../../../../../ts/track/read/index.ts";
import { caught } from "../../../../support/caught.ts";
import { ScriptedWorkers, workerDied } from "../../../../support/scripted-pool.ts";
import { removeScratch, started, trialsOf } from "./fixtures.ts";

afterAll(removeScratch);

const plan = { budget: { trials: 2 } } as const;

/** The folder of a sweep, by what it tells of itself. */
function watched({ options }: ReturnType<typeof started>, onTold: (text: string, dir: string) => void) {
  let dir = "";
  const onProgress: typeof options.onProgress = (event) => {
    if (event.kind !== "notice") return;
    if (event.text.startsWith("sweep ")) dir = event.text.split(" in ")[1] ?? "";
    onTold(event.text, dir);
  };
  return { ...options, onProgress };
}

describe("a sweep whose folder cannot be written to in the middle", () => {
  it("ends typed, with the path, and goes on to the same trials once it can", async () => {
    const start = started({ plan });
    const undisturbed = await runSweep(started({ plan }).options);
    // A folder where a file is to be: no user's rights help there.
    const ended = await caught(() =>
      runSweep(
        watched(start, (text, dir) => {
          if (text.startsWith("trial 1: ")) {
            rmSync(join(dir, "trials.jsonl"));
            mkdirSync(join(dir, "trials.jsonl/blocked"), { recursive: true });
          }
        }),
      ),
    );
    expect([73, 74, 77]).toContain(ended.exitCode);
    expect(ended.message).toContain("trials.jsonl");
    const status = await sweepStatus(start.options.sweepsDir, "latest");
    // The trial came to its end; only what is made of the ledger could not be written.
    expect(status.trials.map(({ state }) => state)).toEqual(["done", "done"]);
    expect(ended.hint).toContain(`tomoe sweep resume ${status.sweepId}`);
    const still = await caught(() => resumeSweep({ ...start.options, reference: "latest" }));
    expect(still.code).toBe(ended.code);
    rmSync(join(status.dir, "trials.jsonl"), { recursive: true });
    const { dir } = await resumeSweep({ ...start.options, reference: "latest" });
    expect(trialsOf(dir)).toBe(trialsOf(undisturbed.dir));
    expect(readdirSync(dir).sort()).toEqual([
      "best.json",
      "ledger",
      "sweep.html",
      "sweep.md",
      "trials.jsonl",
    ]);
  });

  it("writes no more once another process has taken it over", async () => {
    const start = started({ plan });
    let lock = "";
    const ended = await caught(() =>
      runSweep(
        watched(start, (text, dir) => {
          if (!text.startsWith("trial 0: ")) return;
          lock = join(dir, "lock");
          const owner = JSON.parse(readFileSync(lock, "utf8"));
          writeFileSync(lock, JSON.stringify({ ...owner, token: "0".repeat(32) }));
        }),
      ),
    );
    expect([ended.code, ended.exitCode]).toEqual(["LOCKED", 77]);
    const { trials } = await sweepStatus(start.options.sweepsDir, "latest");
    expect(trials.length).toBe(1);
    rmSync(lock);
    const resumed = await resumeSweep({ ...start.options, reference: "latest" });
    expect(resumed.trials.map(({ state }) => state)).toEqual(["done", "done"]);
  });

  it("is found where it was moved to, and its runs where they were", async () => {
    const start = started({ plan });
    const { dir, sweepId } = await runSweep(start.options);
    const elsewhere = join(start.folder, "elsewhere");
    mkdirSync(elsewhere);
    renameSync(dir, join(elsewhere, sweepId));
    const moved = await resumeSweep({ ...start.options, sweepsDir: elsewhere, reference: sweepId });
    expect(moved.dir).toBe(join(elsewhere, sweepId));
    expect(moved.trials.map(({ state }) => state)).toEqual(["done", "done"]);
    expect((await caught(() => sweepStatus(start.options.sweepsDir, sweepId))).code).toBe("RUN_NOT_FOUND");
  });
});

describe("a sweep of several trials at once whose workers die at random", () => {
  it("ends with every trial in one state, each told once, and as if one had been at work", async () => {
    const many = { seeds: 2, retries: 2, budget: { trials: 5 } } as const;
    const uniform = seededUniform(5);
    const failStart = () => (uniform() < 0.3 ? workerDied() : undefined);
    const start = started({ plan: many, script: { failStart } });
    const { trials, dir } = await runSweep({ ...start.options, parallel: 3 });
    expect(trials.map(({ number }) => number)).toEqual([0, 1, 2, 3, 4]);
    expect(trials.every(({ state }) => state === "done" || state === "failed")).toBe(true);
    const ends = readFileSync(join(dir, "ledger/000000.jsonl"), "utf8").match(/"kind":"trial-ended"/g);
    expect(ends?.length).toBe(5);
    const calm = await runSweep(started({ plan: many }).options);
    // Workers that die are replaced within their run: a trial that came through has the value of a calm machine.
    for (const { number, value } of trials.filter(({ state }) => state === "done"))
      expect(value).toBe(calm.trials[number]?.value);
    const runs = listRuns(start.options.runsDir);
    const tagged = runs.map(({ tags }) => `${tags.trial}/${tags.member}/${tags.attempt}`);
    expect(new Set(tagged).size).toBe(runs.length);
    expect(existsSync(join(dir, "lock"))).toBe(false);
  });

  it("stops all of them at a failure of the machine, and resumes what had begun first", async () => {
    const start = started({ plan: { budget: { trials: 4 } } });
    const controller = new AbortController();
    let steps = 0;
    const workers = new ScriptedWorkers({
      onStep: () => {
        steps += 1;
        if (steps === 2) controller.abort();
      },
    });
    const ended = await caught(() =>
      runSweep({ ...start.options, workers, signal: controller.signal, parallel: 2 }),
    );
    expect([ended.code, ended.exitCode]).toEqual(["STOPPED_RESUMABLE", 75]);
    const { trials } = await sweepStatus(start.options.sweepsDir, "latest");
    expect(trials.length).toBeLessThanOrEqual(4);
    expect(trials.some(({ state }) => state === "running")).toBe(false);
    const { dir } = await resumeSweep({ ...start.options, reference: "latest" });
    const undisturbed = await runSweep(started({ plan: { budget: { trials: 4 } } }).options);
    expect(trialsOf(dir)).toBe(trialsOf(undisturbed.dir));
  });
});
