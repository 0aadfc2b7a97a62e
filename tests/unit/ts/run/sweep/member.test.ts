import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { TomoeError } from "../../../../../ts/errors.ts";
import { recipeOf, sweepEnded } from "../../../../../ts/run/sweep/member.ts";
import { resumeSweep, runSweep, sweepStatus } from "../../../../../ts/run/sweep/sweep.ts";
import { runSeed } from "../../../../../ts/sweep/index.ts";
import { claimRun, claimSweep } from "../../../../../ts/track/index.ts";
import { listRuns, openRun, openSweep } from "../../../../../ts/track/read/index.ts";
import { caught } from "../../../../support/caught.ts";
import { ScriptedWorkers } from "../../../../support/scripted-pool.ts";
import { removeScratch, type started as Started, started, trialsOf } from "./fixtures.ts";

afterAll(removeScratch);

const quiet = { notice: () => undefined };
const one = { budget: { trials: 1 } } as const;

/** A sweep of one trial that was stopped in the middle of its run, and the run. */
async function stoppedSweep(change: Parameters<typeof Started>[0] = {}) {
  const controller = new AbortController();
  const start = started({ plan: one, ...change });
  const workers = new ScriptedWorkers({ onStep: () => controller.abort() });
  await caught(() => runSweep({ ...start.options, workers, signal: controller.signal }));
  const [run] = listRuns(start.options.runsDir);
  if (run === undefined) throw new Error("there is no run");
  return { ...start, run, undisturbed: await runSweep(started({ plan: one }).options) };
}

/** Takes the last records of a ledger away, as if its process had been killed before them. */
async function forgetBack(sweepsDir: string, to: string): Promise<void> {
  const { dir } = await openSweep(sweepsDir, "latest");
  const path = join(dir, "ledger/000000.jsonl");
  const lines = readFileSync(path, "utf8").split("\n");
  const kept = lines.findIndex((line) => line.includes(`"kind":"${to}"`));
  writeFileSync(path, `${lines.slice(0, kept).join("\n")}\n`);
}

describe("a run that an earlier process began", () => {
  it("is gone on with from its checkpoint, to the numbers of one that nothing disturbed", async () => {
    const { options, run, undisturbed } = await stoppedSweep();
    expect(run.status).toBe("interrupted");
    const { dir, trials } = await resumeSweep({ ...options, reference: "latest" });
    expect(trials[0]).toMatchObject({ state: "done", runId: run.runId });
    expect(trialsOf(dir)).toBe(trialsOf(undisturbed.dir));
  });

  it("is found by its tags where the process was killed before the ledger knew of it", async () => {
    const { options, run, undisturbed } = await stoppedSweep();
    await forgetBack(options.sweepsDir, "run");
    const { dir } = await resumeSweep({ ...options, reference: "latest" });
    expect(listRuns(options.runsDir).map(({ runId }) => runId)).toEqual([run.runId]);
    expect(trialsOf(dir)).toBe(trialsOf(undisturbed.dir));
  });

  it("is taken as it came out where it was finished and the ledger does not know it yet", async () => {
    const { options } = started({ plan: one });
    const { dir } = await runSweep(options);
    const lines = trialsOf(dir);
    await forgetBack(options.sweepsDir, "run-ended");
    rmSync(join(dir, "trials.jsonl"));
    const workers = new ScriptedWorkers();
    await resumeSweep({ ...options, workers, reference: "latest" });
    expect(workers.started).toEqual([]);
    expect(trialsOf(dir)).toBe(lines);
  });

  it("is a failed try where its record says so, and the next one begins", async () => {
    const { options, run } = await stoppedSweep();
    const owned = await claimRun(await openRun(options.runsDir, run.runId), quiet);
    await owned.mark("failed", { code: "TRAIN_DIVERGED", message: "[TRAIN_DIVERGED] not finite", hint: "h" });
    await owned.close();
    const { trials } = await resumeSweep({ ...options, reference: "latest" });
    expect(trials[0]).toMatchObject({ state: "done" });
    expect(trials[0]?.runId).not.toBe(run.runId);
    const { records } = await openSweep(options.sweepsDir, "latest");
    expect(records.find(({ kind }) => kind === "run-ended")).toMatchObject({
      state: "failed",
      runId: run.runId,
      reason: "[TRAIN_DIVERGED] not finite",
    });
  });

  it("is gone on with where the machine failed it", async () => {
    const { options, run, undisturbed } = await stoppedSweep();
    const owned = await claimRun(await openRun(options.runsDir, run.runId), quiet);
    await owned.mark("failed", { code: "DISK_FULL", message: "[DISK_FULL] no space", hint: "h" });
    await owned.close();
    const { dir, trials } = await resumeSweep({ ...options, reference: "latest" });
    expect(trials[0]).toMatchObject({ state: "done", runId: run.runId });
    expect(trialsOf(dir)).toBe(trialsOf(undisturbed.dir));
  });

  it("that is gone cannot be told how it ended: the try failed, and without another one the trial did", async () => {
    const { options, run } = await stoppedSweep({ plan: { ...one, retries: 0 } });
    rmSync(run.dir, { recursive: true });
    const refused = await caught(() => resumeSweep({ ...options, reference: "latest" }));
    expect(refused.code).toBe("RUN_NOT_FOUND");
    const { trials } = await sweepStatus(options.sweepsDir, "latest");
    expect(trials).toMatchObject([{ state: "failed", value: null }]);
    expect(trials[0]?.reason).toContain("is gone from the runs folder");
  });

  it("that is damaged is a failed try, and is left as it is", async () => {
    const { options, run } = await stoppedSweep();
    const { sweepId, trial, member, attempt } = { ...run.tags, sweepId: run.tags.sweep } as Record<
      string,
      string
    >;
    expect([sweepId !== undefined, trial, member, attempt]).toEqual([true, "0", "0", "0"]);
    writeFileSync(join(run.dir, "state.json"), "{");
    const { trials } = await resumeSweep({ ...options, reference: "latest" });
    expect(trials[0]?.state).toBe("done");
    expect(readFileSync(join(run.dir, "state.json"), "utf8")).toBe("{");
  });

  it("of another recipe is refused, and neither run nor ledger is touched", async () => {
    const { options, run } = await stoppedSweep();
    const other = await runSweep(
      started({ plan: one, set: [...options.set, "stages.shared.steps=1"] }).options,
    );
    const { dir } = await openSweep(options.sweepsDir, "latest");
    const foreign = join(other.dir, "../../runs", other.trials[0]?.runId ?? "");
    const state = readFileSync(join(run.dir, "state.json"), "utf8");
    const resolved = readFileSync(join(foreign, "resolved.json"), "utf8");
    renameSync(join(run.dir, "resolved.json"), join(run.dir, "kept.json"));
    writeFileSync(join(run.dir, "resolved.json"), resolved);
    const refused = await caught(() => resumeSweep({ ...options, reference: "latest" }));
    expect([refused.code, refused.exitCode]).toEqual(["CONFIG_INVALID", 64]);
    expect(refused.message).toContain(`run ${run.runId} is tagged as a trial of`);
    expect(readFileSync(join(run.dir, "state.json"), "utf8")).toBe(state);
    expect(existsSync(join(dir, "lock"))).toBe(false);
    renameSync(join(run.dir, "kept.json"), join(run.dir, "resolved.json"));
    expect((await resumeSweep({ ...options, reference: "latest" })).trials[0]?.state).toBe("done");
  });

  it("that another process works on ends the sweep, to be gone on with when that one is done", async () => {
    const { options, run } = await stoppedSweep();
    const owned = await claimRun(await openRun(options.runsDir, run.runId), quiet);
    const refused = await caught(() => resumeSweep({ ...options, reference: "latest" }));
    expect([refused.code, refused.exitCode]).toEqual(["LOCKED", 77]);
    await owned.close();
    expect((await resumeSweep({ ...options, reference: "latest" })).trials[0]?.state).toBe("done");
  });
});

describe("a sweep", () => {
  it("is worked on by one process at a time", async () => {
    const { options } = started({ plan: one });
    const { sweepId, dir } = await runSweep(options);
    const ledger = await claimSweep({ sweepId, dir }, quiet);
    const refused = await caught(() => resumeSweep({ ...options, reference: sweepId }));
    expect([refused.code, refused.exitCode]).toEqual(["LOCKED", 77]);
    await ledger.close();
  });

  it("whose objective turns out not to be measured fails the trial with what is missing", async () => {
    const objective = { metric: "closed-vqa/type.colour", direction: "max" } as const;
    const { options } = started({ plan: { ...one, objective } });
    mkdirSync(options.runsDir, { recursive: true });
    const refused = await caught(() => runSweep(options));
    expect(refused.message).toContain("its scorecard has no number closed-vqa/type.colour");
    expect(listRuns(options.runsDir).length).toBe(1);
  });
});

describe("recipeOf", () => {
  it("is the sweep's overrides, the validation split, the assignment, in that order, and the seed of the run", () => {
    const { options } = started();
    const header = { set: ["router.topK=1"] } as never;
    const trial = { number: 3, assignment: { "router.biasRate": 0.5 }, seed: 9 } as never;
    const job = { ...options, header, experiment: options.sweep.experiment, workers: new ScriptedWorkers() };
    const recipe = recipeOf(job, { trial, member: 1 });
    expect(recipe.set).toEqual(["router.topK=1", 'evaluation.split="validation"', "router.biasRate=0.5"]);
    expect(recipe.seed).toBe(runSeed(9, 1));
  });
});

describe("sweepEnded", () => {
  it("keeps the code of what ended it and adds the way on", () => {
    const full = new TomoeError("DISK_FULL", "no space", { hint: "Free some.", details: { path: "/d" } });
    const told = sweepEnded(full, "s", "tomoe sweep resume s");
    expect([told.code, told.message]).toEqual(["DISK_FULL", "[DISK_FULL] sweep s ended early: no space"]);
    expect(told.hint).toContain('Free some. Then go on with "tomoe sweep resume s"');
    expect(told.details).toEqual({ path: "/d", sweepId: "s", resume: "tomoe sweep resume s" });
  });
});
