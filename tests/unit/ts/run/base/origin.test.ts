// A run on a published base, on scripted workers: where its base is looked for, and what it is without.
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import type { Experiment } from "../../../../../ts/config/index.ts";
import { originOf } from "../../../../../ts/run/base/origin.ts";
import { readyRun } from "../../../../../ts/run/predict/ready-run.ts";
import { type NewRunOptions, resumeRun, runExperiment } from "../../../../../ts/run/run-experiment.ts";
import { openRun } from "../../../../../ts/track/read/index.ts";
import { exampleFacts } from "../../../../support/base-facts.ts";
import { caught } from "../../../../support/caught.ts";
import { ScriptedWorkers, workerDied } from "../../../../support/scripted-pool.ts";
import { experiment, freshFolder, plainPolicy } from "../fixtures.ts";

const signal = new AbortController().signal;

/** A run of the experiment on a folder of published files, which is there. */
function onFolder(script: ConstructorParameters<typeof ScriptedWorkers>[0] = {}) {
  const place = freshFolder();
  const path = join(place, "base");
  mkdirSync(path);
  const base = JSON.stringify({ kind: "folder", path, pretrain: [] });
  const workers = new ScriptedWorkers({ facts: () => exampleFacts, ...script });
  const own: Experiment = { ...experiment, policy: plainPolicy() };
  const options: NewRunOptions = {
    experiment: own,
    set: [`model.base=${base}`, "model.poolDepth=4", "data.slices=0", "execution.maxRestarts=0"],
    runsDir: join(place, "runs"),
    device: "cpu",
    workers,
    signal,
    onProgress: () => undefined,
  };
  return { path, workers, options };
}

describe("a run on a published base", () => {
  it("lets its workers read the folder, and asks for no tokenizer", async () => {
    const { path, workers, options } = onFolder();
    const { runId } = await runExperiment(options);
    expect(workers.calls.slice(0, 3)).toEqual(["open base", "require", "1 createModel"]);
    expect(workers.started[0]?.roots).toContainEqual({ name: "base", path, writable: false });
    const ready = await readyRun({ run: runId, policy: plainPolicy(), ...options });
    expect(ready.roots).toEqual([{ name: "base", path, writable: false }]);
    const { resolved } = ready;
    expect(await originOf({ resolved, ...options })).toEqual({ roots: ready.roots, source: null });
  });

  it("is not begun without its base, and leaves nothing", async () => {
    const { options } = onFolder({ facts: () => undefined as unknown as typeof exampleFacts });
    expect((await caught(() => runExperiment(options))).code).toBe("PATH_NOT_FOUND");
    expect((await caught(() => openRun(options.runsDir, "latest"))).code).toBe("RUN_NOT_FOUND");
  });

  it("is neither resumed nor asked without its base, stays as it is, and goes on once that is back", async () => {
    const died = {
      failFeed: ({ stage, step }: { stage: string; step: number }) =>
        stage === "shared" && step === 4 ? workerDied() : undefined,
    };
    const { path, options } = onFolder(died);
    await caught(() => runExperiment(options));
    const { runId, paths } = await openRun(options.runsDir, "2");
    const before = readFileSync(paths.state, "utf8");
    rmSync(path, { recursive: true });
    const resume = { ...options, workers: new ScriptedWorkers(), run: runId, policy: plainPolicy() };
    for (const ask of [() => resumeRun(resume), () => readyRun(resume)]) {
      const failure = await caught(ask);
      expect([failure.code, failure.exitCode]).toEqual(["CHECKPOINT_MISSING", 65]);
      expect(failure.hint).toContain("Put the published files back");
    }
    expect(readFileSync(paths.state, "utf8")).toBe(before);
    mkdirSync(path);
    expect((await resumeRun(resume)).runId).toBe(runId);
  });
});
