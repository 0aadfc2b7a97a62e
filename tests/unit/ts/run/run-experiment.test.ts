import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Experiment } from "../../../../ts/config/index.ts";
import { TomoeError } from "../../../../ts/errors.ts";
import type { RunProgress } from "../../../../ts/run/progress.ts";
import { type NewRunOptions, resumeRun, runExperiment } from "../../../../ts/run/run-experiment.ts";
import { claimRun } from "../../../../ts/track/index.ts";
import { openRun, readMetrics } from "../../../../ts/track/read/index.ts";
import { caught } from "../../../support/caught.ts";
import { cleanFolder } from "../../../support/own-folder.ts";
import type { Script } from "../../../support/scripted-model.ts";
import { ScriptedWorkers, workerDied } from "../../../support/scripted-pool.ts";
import { experiment, freshFolder, plainPolicy } from "./fixtures.ts";

/** The experiment, by a policy of the test's own: the trained classifier takes a moment to make. */
const own: Experiment = { ...experiment, policy: plainPolicy() };

interface Start extends Partial<NewRunOptions> {
  readonly script?: Script;
}

function started({ script, ...change }: Start = {}) {
  const progress: RunProgress[] = [];
  const workers = new ScriptedWorkers(script);
  const controller = new AbortController();
  const options: NewRunOptions = {
    experiment: own,
    set: [],
    runsDir: join(freshFolder(), "runs"),
    device: "cpu",
    signal: controller.signal,
    onProgress: (event) => {
      progress.push(event);
    },
    workers,
    ...change,
  };
  const notices = (): readonly string[] =>
    progress.flatMap((event) => (event.kind === "notice" ? [event.text] : []));
  return { options, workers, progress, controller, notices };
}

const namesOf = (dir: string): readonly string[] => readdirSync(dir).sort();

describe("runExperiment", () => {
  it("goes from nothing to a scorecard, and leaves a folder with the record and without what was made for it", async () => {
    const { options, workers, progress } = started();
    const document = await runExperiment(options);
    expect(document).toMatchObject({ ok: true, dir: join(options.runsDir, document.runId) });
    // A clone with changes of its own keeps them too.
    const names = namesOf(document.dir).filter((name) => name !== "lock" && name !== "changes.patch");
    expect(names).toEqual([
      "checkpoints",
      "environment.json",
      "events",
      "expected.json",
      "hardware.json",
      "knobs.json",
      "lift.json",
      "logs",
      "metrics",
      "model.json",
      "plots",
      "predictions.jsonl",
      "receipts",
      "resolved.json",
      "scorecard.json",
      "scorecard.md",
      "source.json",
      "state.json",
      "trained-on.json",
    ]);
    expect(namesOf(join(document.dir, "plots"))).toEqual(["expert-load.svg", "loss.svg"]);
    expect((await openRun(options.runsDir, document.runId)).state.status).toBe("finished");
    expect(progress[0]).toEqual({ kind: "run", runId: document.runId, dir: document.dir });
    expect(workers.calls[0]).toBe("require");
  });

  it("gives the same numbers for the same seed and others for another one", async () => {
    const [one, again, other] = [started(), started(), started({ seed: 6 })];
    const losses = async (start: ReturnType<typeof started>): Promise<readonly number[]> => {
      const { dir } = await runExperiment(start.options);
      return (await readMetrics(join(dir, "metrics")))
        .filter(({ name }) => name === "loss")
        .map(({ value }) => value);
    };
    const first = await losses(one);
    expect(await losses(again)).toEqual(first);
    expect(await losses(other)).not.toEqual(first);
  });

  it("writes nothing for a configuration that is wrong, or where no worker could run", async () => {
    const wrong = started({ set: ["router.topK=3"] });
    expect((await caught(() => runExperiment(wrong.options))).code).toBe("CONFIG_INVALID");
    const bare = started();
    const missing = new TomoeError("ENVIRONMENT", "torch is not there", { hint: "Run: npm run setup." });
    bare.workers.require = async () => await Promise.reject(missing);
    await expect(runExperiment(bare.options)).rejects.toBe(missing);
    expect([existsSync(wrong.options.runsDir), existsSync(bare.options.runsDir)]).toEqual([false, false]);
  });

  it("records how it failed, and lets the folder go", async () => {
    const { options } = started({
      set: ["execution.maxRestarts=0"],
      script: { failStep: () => workerDied() },
    });
    const failure = await caught(() => runExperiment(options));
    const { state, dir } = await openRun(options.runsDir, namesOf(options.runsDir)[0] ?? "");
    expect(state.status).toBe("failed");
    expect(state.error).toEqual({ code: failure.code, message: failure.message, hint: failure.hint });
    expect(state.error?.message).toBe(
      "[WORKER_DIED] the worker died (SIGKILL); the recipe allows no restart",
    );
    expect(existsSync(join(dir, "work"))).toBe(false);
    const owned = await claimRun(await openRun(options.runsDir, namesOf(options.runsDir)[0] ?? ""), {
      notice: () => undefined,
    });
    await owned.close();
  });

  it("records an error that is none of ours as a bug of ours, and throws it as it came", async () => {
    const odd = new RangeError("out of range");
    const { options } = started({ script: { failStep: () => odd } });
    await expect(runExperiment(options)).rejects.toBe(odd);
    const { state } = await openRun(options.runsDir, namesOf(options.runsDir)[0] ?? "");
    expect(state.error).toMatchObject({ code: "INTERNAL", message: "[INTERNAL] RangeError: out of range" });
  });

  it("reports what could not be done when all is over, and hides nothing behind it", async () => {
    const { options, notices } = started({
      script: {
        failStep: () => {
          // The folder of the run is gone: neither its end nor its lock can be written any more.
          rmSync(options.runsDir, { recursive: true, force: true });
          return new TomoeError("DATA_MANIFEST", "the first failure", { hint: "So." });
        },
      },
    });
    expect((await caught(() => runExperiment(options))).what).toBe("the first failure");
    expect(notices().some((line) => line.startsWith("could not record how the run ended: "))).toBe(true);
  });
});

describe("resumeRun", () => {
  it("comes from any stop to the numbers of a run that was not stopped", async () => {
    const whole = await runExperiment(started().options);
    let stop = (): void => undefined;
    const first = started({
      script: { onStep: ({ stage, step }) => (stage === "shared" && step === 2 ? stop() : undefined) },
    });
    stop = () => first.controller.abort();
    const stopped = await caught(() => runExperiment(first.options));
    expect([stopped.code, stopped.exitCode]).toEqual(["CANCELLED", 130]);
    const { runsDir } = first.options;
    const { runId, state, dir } = await openRun(runsDir, String(stopped.details.runId));
    // What was made for it stays: the resumed run takes it as it is.
    expect(existsSync(join(dir, "work", "phantom-ct"))).toBe(true);
    expect([state.status, state.error?.code]).toEqual(["interrupted", "CANCELLED"]);
    expect(stopped.hint).toBe(`Resume with "tomoe run --resume ${runId} --runs ${runsDir}".`);
    const second = started({ runsDir });
    const document = await resumeRun({ ...second.options, run: runId, policy: plainPolicy() });
    expect(document.scorecard).toEqual(whole.scorecard);
    expect(second.notices()).toEqual(["resuming from checkpoint 000003-shared-00000003"]);
    expect(second.workers.calls.some((call) => call.includes("createModel"))).toBe(false);
    expect(
      second.progress.some((event) => event.kind === "phase" && event.phase === "generate volumes"),
    ).toBe(false);
    expect((await openRun(runsDir, runId)).state.status).toBe("finished");
  });

  it("makes anew what a run that failed has left nothing of, and comes to the same numbers", async () => {
    const whole = await runExperiment(started().options);
    const failing = started({
      set: ["execution.maxRestarts=0"],
      script: {
        failStep: ({ stage, step }) => (stage === "shared" && step === 3 ? workerDied() : undefined),
      },
    });
    const { runsDir } = failing.options;
    expect((await caught(() => runExperiment(failing.options))).code).toBe("WORKER_DIED");
    const { runId } = await openRun(runsDir, namesOf(runsDir)[0] ?? "");
    const second = started({ runsDir });
    const document = await resumeRun({ ...second.options, run: runId, policy: plainPolicy() });
    expect(document.scorecard).toEqual(whole.scorecard);
    expect(
      second.progress.some((event) => event.kind === "phase" && event.phase === "generate volumes"),
    ).toBe(true);
  });

  it("reports a finished run as it is: no worker, no lock kept, nothing written", async () => {
    const { options } = started();
    const document = await runExperiment(options);
    const again = started({ runsDir: options.runsDir });
    again.workers.require = async () => await Promise.reject(new RangeError("it looked for workers"));
    for (let times = 0; times < 2; times += 1)
      expect(await resumeRun({ ...again.options, run: document.runId })).toEqual(document);
    expect(again.notices()).toEqual(
      Array.from({ length: 2 }, () => `run ${document.runId} is finished already`),
    );
    expect(again.workers.started).toEqual([]);
  });

  it("refuses a finished run whose scorecard was changed", async () => {
    const { options } = started();
    const { runId, dir } = await runExperiment(options);
    const path = join(dir, "scorecard.json");
    writeFileSync(path, readFileSync(path, "utf8").replace(/"value": [\d.]+/, '"value": "high"'));
    const failure = await caught(() => resumeRun({ ...options, run: runId }));
    expect([failure.code, failure.what]).toEqual([
      "RECORD_INVALID",
      expect.stringMatching(/scorecard\.json: scorecard\.0\.value: /),
    ]);
  });

  it("refuses a run whose experiment was changed, and one that is not there", async () => {
    const { options } = started({
      set: ["execution.maxRestarts=0"],
      script: { failStep: () => workerDied() },
    });
    await caught(() => runExperiment(options));
    const [runId = ""] = namesOf(options.runsDir);
    const path = join(options.runsDir, runId, "resolved.json");
    writeFileSync(path, readFileSync(path, "utf8").replace('"seed": 5', '"seed": 6'));
    expect((await caught(() => resumeRun({ ...options, run: runId }))).code).toBe("RECORD_INVALID");
    expect((await caught(() => resumeRun({ ...options, run: "another" }))).code).toBe("RUN_NOT_FOUND");
  });

  it("leaves a run alone that another owner has", async () => {
    const { options } = started({
      set: ["execution.maxRestarts=0"],
      script: { failStep: () => workerDied() },
    });
    await caught(() => runExperiment(options));
    const [runId = ""] = namesOf(options.runsDir);
    const owned = await claimRun(await openRun(options.runsDir, runId), { notice: () => undefined });
    expect((await caught(() => resumeRun({ ...options, run: runId }))).code).toBe("LOCKED");
    await owned.close();
  });
});

describe("a run on a folder of scans", () => {
  const numbersOf = async ({ options }: ReturnType<typeof started>) => {
    const { dir, scorecard } = await runExperiment(options);
    const metrics = (await readMetrics(join(dir, "metrics"))).map(({ name, step, value }) => [
      name,
      step,
      value,
    ]);
    const read = (name: string): string => readFileSync(join(dir, name), "utf8");
    return { metrics, scorecard, rows: read("predictions.jsonl"), trainedOn: read("trained-on.json") };
  };

  it("comes to the same numbers without a cache, with an empty one, with a full one and with a damaged one", async () => {
    const path = await cleanFolder(join(freshFolder(), "own"));
    const data = {
      kind: "layout",
      layout: "table",
      path,
      sizeDHW: [16, 24, 24],
      windowHu: { low: -1000, high: 1000 },
    };
    const tasks = { report: { metrics: ["rouge1"] }, "closed-vqa": { metrics: ["accuracy"] } };
    const set = [`data=${JSON.stringify(data)}`, "model.base.pretrain=[]", `tasks=${JSON.stringify(tasks)}`];
    const folder = join(freshFolder(), "cache");
    const without = await numbersOf(started({ set, cache: null }));
    expect(existsSync(folder)).toBe(false);
    const [filling, warm, damaged] = [1, 2, 3].map(() => started({ set, cache: folder }));
    if (filling === undefined || warm === undefined || damaged === undefined)
      throw new RangeError("three starts");
    expect(await numbersOf(filling)).toEqual(without);
    const rows = readdirSync(join(folder, "rows"), { recursive: true, encoding: "utf8" }).filter((name) =>
      name.endsWith(".arrow"),
    );
    expect(rows.length).toBeGreaterThan(2);
    expect(await numbersOf(warm)).toEqual(without);
    const one = join(folder, "rows", rows[0] ?? "");
    writeFileSync(one, readFileSync(one).subarray(1));
    expect(await numbersOf(damaged)).toEqual(without);
    expect(damaged.notices().filter((text) => text.includes("is built again"))).toHaveLength(1);
    const roots = damaged.workers.started.map((start) => start.roots.map(({ name }) => name));
    expect(roots).toEqual([["cache", "rows", "checkpoints"]]);
  });
});
