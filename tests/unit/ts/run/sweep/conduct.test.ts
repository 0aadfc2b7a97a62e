import { chmodSync, existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { TomoeError } from "../../../../../ts/errors.ts";
import { resumeSweep, runSweep, sweepStatus } from "../../../../../ts/run/sweep/sweep.ts";
import { listRuns } from "../../../../../ts/track/read/index.ts";
import { caught } from "../../../../support/caught.ts";
import { ScriptedWorkers, workerDied } from "../../../../support/scripted-pool.ts";
import { removeScratch, started, trialsOf } from "./fixtures.ts";

afterAll(removeScratch);

const noRestart = ["execution.maxRestarts=0"];

/** A failure of the first `count` starts of workers. */
const failsFirst = (count: number, failure: () => TomoeError) => {
  let left = count;
  return () => {
    left -= 1;
    return left >= 0 ? failure() : undefined;
  };
};

const broken = (): TomoeError => new TomoeError("IO_FAILED", "the disk is gone", { hint: "Look at it." });

describe("a run of a trial that fails", () => {
  it("is tried again as often as the sweep says, kept with its reason, and the trial is done by the one that came through", async () => {
    const { options, notices } = started({
      plan: { budget: { trials: 1 } },
      script: { failStart: failsFirst(1, workerDied) },
    });
    const { trials } = await runSweep({ ...options, set: [...options.set, ...noRestart] });
    expect(trials).toMatchObject([{ number: 0, state: "done", steps: 3, reason: null }]);
    const runs = listRuns(options.runsDir);
    expect(runs.map(({ status, tags }) => [status, tags.attempt])).toEqual([
      ["failed", "0"],
      ["finished", "1"],
    ]);
    expect(trials[0]?.runId).toBe(runs[1]?.runId);
    expect(notices().find((text) => text.includes("is tried again"))).toMatch(
      /^trial 0 is tried again \(1\/1\): \[WORKER_DIED\] the worker died/,
    );
  });

  it("fails the trial when none came through, and the sweep goes on to the next one", async () => {
    const { options } = started({
      plan: { retries: 1, budget: { trials: 2 } },
      script: { failStart: failsFirst(2, workerDied) },
    });
    const { trials, best, dir } = await runSweep({ ...options, set: [...options.set, ...noRestart] });
    expect(trials.map(({ state }) => state)).toEqual(["failed", "done"]);
    expect(trials[0]).toMatchObject({ value: null, steps: 0 });
    expect(trials[0]?.reason).toMatch(/^\[WORKER_DIED\] the worker died/);
    expect(trials[0]?.reason).not.toContain(trials[0]?.runId);
    expect(best).toBe(1);
    expect(trialsOf(dir).split("\n")[0]).toContain('"state":"failed"');
  });

  it("is not tried again where its recipe is refused: the next try would be the same", async () => {
    const space = { "router.topK": { kind: "choice" as const, of: [4, 1] } };
    const { options } = started({ plan: { sampler: "grid", space, retries: 5, budget: {} } });
    const { trials } = await runSweep(options);
    expect(trials.map(({ state, runId }) => [state, runId === null])).toEqual([
      ["failed", true],
      ["done", false],
    ]);
    expect(trials[0]?.reason).toContain("[CONFIG_INVALID]");
    expect(trials[0]?.reason).toContain("router.topK: 4 is more than tokenExperts, 2");
    expect(listRuns(options.runsDir).length).toBe(1);
  });

  it("ends the sweep with the last failure's code where every trial failed", async () => {
    const space = { "router.topK": { kind: "choice" as const, of: [4, 5] } };
    const { options } = started({ plan: { sampler: "grid", space, budget: {} } });
    const refused = await caught(() => runSweep(options));
    expect([refused.code, refused.exitCode]).toEqual(["CONFIG_INVALID", 64]);
    expect(refused.message).toContain("every trial of sweep");
    expect(refused.message).toContain("5 is more than tokenExperts");
    const { trials } = await sweepStatus(options.sweepsDir, "latest");
    expect(trials.map(({ state }) => state)).toEqual(["failed", "failed"]);
  });
});

describe("a failure of the machine", () => {
  it("ends the sweep with its own code and the command that goes on, is held against no trial, and is gone on with", async () => {
    const { options } = started({
      plan: { budget: { trials: 2 } },
      script: { failStart: failsFirst(1, broken) },
    });
    const ended = await caught(() => runSweep(options));
    expect([ended.code, ended.exitCode]).toEqual(["IO_FAILED", 74]);
    const { trials, sweepId } = await sweepStatus(options.sweepsDir, "latest");
    expect(ended.hint).toContain(`tomoe sweep resume ${sweepId} --sweeps ${options.sweepsDir}`);
    expect(trials.map(({ state }) => state)).toEqual(["waiting"]);
    const resumed = await resumeSweep({ ...options, reference: sweepId });
    const undisturbed = await runSweep(started({ plan: { budget: { trials: 2 } } }).options);
    expect(trialsOf(resumed.dir)).toBe(trialsOf(undisturbed.dir));
    expect(listRuns(options.runsDir).length).toBe(2);
  });

  it("such as a folder that is gone read-only leaves the ledger whole", async () => {
    const { options } = started({ plan: { budget: { trials: 2 } } });
    let dir = "";
    const onProgress: typeof options.onProgress = (event) => {
      if (event.kind === "notice" && event.text.startsWith("sweep ")) dir = event.text.split(" in ")[1] ?? "";
      // A file where a folder was: what a user without rights meets, and root as well.
      if (event.kind === "step" && dir !== "" && existsSync(join(dir, "trials.jsonl"))) {
        chmodSync(dir, 0o500);
        rmSync(options.runsDir, { recursive: true, force: true });
      }
    };
    const ended = await caught(() => runSweep({ ...options, onProgress }));
    chmodSync(dir, 0o700);
    expect([73, 74, 77]).toContain(ended.exitCode);
    const { trials } = await sweepStatus(options.sweepsDir, "latest");
    expect(trials.map(({ state }) => state)).toEqual(["waiting"]);
    const resumed = await resumeSweep({ ...options, reference: "latest" });
    // Its first run went with the folder: it cannot be told how it ended, so that try is a failed one.
    expect(resumed.trials.map(({ state }) => state)).toEqual(["done", "done"]);
    const records = readFileSync(join(dir, "ledger/000000.jsonl"), "utf8");
    expect(records).toContain("is gone from the runs folder");
  });
});

describe("a stop", () => {
  it("ends the sweep as resumable, whatever was at work, and the rest comes out as without it", async () => {
    const controller = new AbortController();
    const stopsAt = (count: number): ScriptedWorkers => {
      let seen = 0;
      return new ScriptedWorkers({
        onStep: () => {
          seen += 1;
          if (seen === count) controller.abort(new TomoeError("TERMINATED", "told to", { hint: "" }));
        },
      });
    };
    const { options } = started({ plan: { budget: { trials: 2 } } });
    const stopped = await caught(() =>
      runSweep({ ...options, workers: stopsAt(4), signal: controller.signal }),
    );
    expect([stopped.code, stopped.exitCode]).toEqual(["STOPPED_RESUMABLE", 75]);
    const { trials, sweepId } = await sweepStatus(options.sweepsDir, "latest");
    expect(stopped.hint).toContain(`tomoe sweep resume ${sweepId}`);
    expect(trials.map(({ state }) => state)).toEqual(["done", "waiting"]);
    expect(readdirSync(join(options.sweepsDir, sweepId))).not.toContain("lock");
    const resumed = await resumeSweep({ ...options, reference: sweepId });
    const undisturbed = await runSweep(started({ plan: { budget: { trials: 2 } } }).options);
    expect(trialsOf(resumed.dir)).toBe(trialsOf(undisturbed.dir));
    expect(listRuns(options.runsDir).map(({ status }) => status)).toEqual(["finished", "finished"]);
  });

  it("of one that works on several trials loses none of them", async () => {
    const { options } = started({
      plan: { budget: { trials: 3 } },
      script: { failStart: failsFirst(1, broken) },
    });
    const ended = await caught(() => runSweep({ ...options, parallel: 3 }));
    expect(ended.code).toBe("IO_FAILED");
    const { trials } = await sweepStatus(options.sweepsDir, "latest");
    expect(trials.every(({ state }) => state === "waiting" || state === "done")).toBe(true);
    const resumed = await resumeSweep({ ...options, parallel: 2, reference: "latest" });
    expect(resumed.trials.map(({ number, state }) => [number, state])).toEqual([
      [0, "done"],
      [1, "done"],
      [2, "done"],
    ]);
  });
});
