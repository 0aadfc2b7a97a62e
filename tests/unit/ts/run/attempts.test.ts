import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { TomoeError } from "../../../../ts/errors.ts";
import { conduct, stoppedError } from "../../../../ts/run/attempts.ts";
import { readEvents } from "../../../../ts/track/read/index.ts";
import { caught } from "../../../support/caught.ts";
import type { Moment } from "../../../support/scripted-model.ts";
import { workerDied } from "../../../support/scripted-pool.ts";
import { corpusOf, newJob, type TestJob } from "./fixtures.ts";

const isAt = ({ stage, step }: Moment, name: string, wanted: number): boolean =>
  stage === name && step === wanted;

/** Data of the run's events of one kind. */
async function eventsOf(
  { job }: TestJob,
  kind: string,
): Promise<readonly Readonly<Record<string, unknown>>[]> {
  return (await readEvents(job.owned.paths.events))
    .filter((event) => event.kind === kind)
    .map(({ data }) => data);
}

/** The scorecard of a run that nothing disturbs. */
const undisturbed = newJobScorecard();
async function newJobScorecard() {
  return await conduct((await newJob()).job);
}

describe("conduct", () => {
  it("trains, evaluates and ends its ranks, with what it started them by on record", async () => {
    const test = await newJob();
    const entries = await conduct(test.job);
    expect(entries.map(({ task, metric }) => `${task} ${metric}`)).toEqual(
      expect.arrayContaining([
        "report rouge1",
        "report meteor",
        "closed-vqa accuracy.micro",
        "open-vqa exact",
      ]),
    );
    const { owned, corpus } = test.job;
    expect(test.workers.started).toEqual([
      {
        ranks: 1,
        device: "cpu",
        logFile: join(owned.paths.logs, "worker.log"),
        runId: owned.runId,
        attempt: 1,
        threads: 1,
        roots: [
          { name: "cache", path: corpus.cacheDir, writable: false },
          { name: "checkpoints", path: owned.paths.checkpoints, writable: true },
        ],
        runtimeDir: expect.any(String) as string,
        telemetryEndpoint: expect.stringMatching(/^(ipc|tcp):/) as string,
      },
    ]);
    expect(test.workers.ends).toEqual(["stop"]);
    const environment = JSON.parse(readFileSync(owned.paths.environment, "utf8")) as unknown[];
    expect(environment).toEqual([expect.objectContaining({ rank: 0, worldSize: 1, device: "cpu" })]);
    expect(await eventsOf(test, "telemetry")).toEqual([{ attempt: 1, lost: 0 }]);
    expect(await eventsOf(test, "worker-kept")).toEqual([]);
  });

  it("has on record that its workers served an earlier run, which changes no number", async () => {
    const test = await newJob({ script: { isKept: true } });
    expect(await conduct(test.job)).toEqual(await undisturbed);
    expect(await eventsOf(test, "worker-kept")).toEqual([{ attempt: 1 }]);
  });

  it("restarts from the newest checkpoint, says so, records it, and comes to the same scorecard", async () => {
    const test = await newJob({
      script: {
        failStep: (moment) => (moment.attempt === 1 && isAt(moment, "shared", 3) ? workerDied() : undefined),
      },
    });
    expect(await conduct(test.job)).toEqual(await undisturbed);
    expect(test.notices).toEqual([
      "no option is tried at an extreme: 5 % of this run are 0.6 steps, too few; knobs.json has a line for each",
      "[WORKER_DIED] the worker died (SIGKILL); restart 1/2 from checkpoint 000002-shared-00000002",
      "resuming from checkpoint 000002-shared-00000002",
    ]);
    expect(test.workers.started.map(({ attempt }) => attempt)).toEqual([1, 2]);
    expect(test.workers.ends).toEqual(["kill", "stop"]);
    expect(await eventsOf(test, "worker-lost")).toEqual([
      {
        attempt: 1,
        code: "WORKER_DIED",
        message: "[WORKER_DIED] the worker died (SIGKILL)",
        stage: "shared",
        step: 3,
        volumes: expect.arrayContaining([expect.stringMatching(/^id of words-train-\d$/)]) as string[],
      },
    ]);
  });

  it("restarts from the beginning when there is no checkpoint yet, also when workers do not even start", async () => {
    const test = await newJob({
      script: {
        failStart: (attempt) => (attempt === 1 ? workerDied() : undefined),
        failStep: (moment) => (moment.attempt === 2 && isAt(moment, "flat", 1) ? workerDied() : undefined),
      },
    });
    expect(await conduct(test.job)).toEqual(await undisturbed);
    expect(test.notices.map((line) => line.replace(/.*; /, ""))).toEqual([
      "restart 1/2 from the beginning",
      "knobs.json has a line for each",
      "restart 2/2 from the beginning",
      "knobs.json has a line for each",
    ]);
    const lost = await eventsOf(test, "worker-lost");
    expect(lost.map(({ stage, step, volumes }) => [stage, step, volumes])).toEqual([
      [null, null, []],
      ["flat", 1, expect.any(Array)],
    ]);
  });

  it.each(["WORKER_DIED", "WORKER_HUNG", "WORKER_UNAVAILABLE", "WIRE_CHECKSUM"] as const)(
    "takes %s for something that fresh workers may not have",
    async (code) => {
      const failure = new TomoeError(code, "gone", { hint: "Again." });
      const test = await newJob({
        script: { failStep: ({ attempt, step }) => (attempt === 1 && step === 1 ? failure : undefined) },
      });
      expect(await conduct(test.job)).toEqual(await undisturbed);
      expect(test.workers.started).toHaveLength(2);
    },
  );

  it.each(["TRAIN_DIVERGED", "OUT_OF_MEMORY", "WIRE_DIGEST", "DATA_MANIFEST", "DISK_FULL"] as const)(
    "ends at once with %s, which fresh workers would meet again",
    async (code) => {
      const failure = new TomoeError(code, "again and again", { hint: "Look." });
      const test = await newJob({
        script: { failStep: ({ step }) => (step === 1 ? failure : undefined) },
      });
      await expect(conduct(test.job)).rejects.toBe(failure);
      expect(test.workers.started).toHaveLength(1);
      expect(test.workers.ends).toEqual(["kill"]);
      expect(await eventsOf(test, "worker-lost")).toEqual([]);
    },
  );

  it("throws an error that is none of ours as it came", async () => {
    const failure = new RangeError("not typed");
    const test = await newJob({ script: { failStep: () => failure } });
    await expect(conduct(test.job)).rejects.toBe(failure);
  });

  it.each([
    [0, "the recipe allows no restart"],
    [1, "after 1 restart"],
    [3, "after 3 restarts"],
  ])(
    "gives up after maxRestarts = %i, with the log, the command and the cause",
    async (maxRestarts, tried) => {
      const test = await newJob({
        set: [`execution.maxRestarts=${maxRestarts}`],
        script: { failStep: ({ step }) => (step === 1 ? workerDied({ exitCode: 7 }) : undefined) },
      });
      const failure = await caught(() => conduct(test.job));
      expect(failure.message).toBe(`[WORKER_DIED] the worker died (SIGKILL); ${tried}`);
      const { owned } = test.job;
      const logFile = join(owned.paths.logs, "worker.log");
      expect(failure.hint).toBe(`The log ${logFile} says more. Resume with "${owned.state.resume}".`);
      expect(failure.details).toEqual({ exitCode: 7, restarts: maxRestarts, logFile });
      expect(failure.cause).toMatchObject({ code: "WORKER_DIED" });
      expect(test.workers.started).toHaveLength(maxRestarts + 1);
    },
  );

  it("counts a restart whatever it was for", async () => {
    const test = await newJob({
      set: ["execution.maxRestarts=2"],
      script: {
        failStep: (moment) => (moment.step === [-1, 0, 2, 4][moment.attempt] ? workerDied() : undefined),
      },
    });
    expect((await caught(() => conduct(test.job))).what).toContain("after 2 restarts");
  });
});

describe("a cache that loses rows under a run", () => {
  const lost = (moment: Moment) =>
    moment.attempt === 1 && isAt(moment, "shared", 3)
      ? new TomoeError("DATA_SHARD_CHECKSUM", "row ab is not what was written", { hint: "Build it again." })
      : undefined;

  it("is made whole once, and the run goes on from its checkpoint to the same scorecard", async () => {
    let made = 0;
    const remake = async (): Promise<number> => await Promise.resolve(++made);
    const test = await newJob({ script: { failStep: lost }, corpus: { ...corpusOf(), remake } });
    expect(await conduct(test.job)).toEqual(await undisturbed);
    expect(made).toBe(1);
    expect(test.notices).toContain(
      "[DATA_SHARD_CHECKSUM] row ab is not what was written; 1 rows of the cache were built again, going on",
    );
    expect(test.workers.started.map(({ attempt }) => attempt)).toEqual([1, 2]);
  });

  it("ends the run where nothing was wrong with it, and where it has no rows of the project", async () => {
    const whole = { ...corpusOf(), remake: async () => await Promise.resolve(0) };
    for (const corpus of [whole, corpusOf()]) {
      const test = await newJob({ script: { failStep: lost }, corpus });
      expect((await caught(() => conduct(test.job))).code).toBe("DATA_SHARD_CHECKSUM");
      expect(test.workers.started).toHaveLength(1);
    }
  });
});

describe("a batch that ends its worker", () => {
  const outOfMemory = (): TomoeError => workerDied({ oomKilled: true, limitBytes: 1 });

  it("by running out of memory is tried once more, then ends the run with its step and volumes", async () => {
    const test = await newJob({
      set: ["execution.maxRestarts=9"],
      script: { failStep: (moment) => (isAt(moment, "shared", 3) ? outOfMemory() : undefined) },
    });
    const failure = await caught(() => conduct(test.job));
    expect(failure.code).toBe("WORKER_DIED");
    expect(failure.what).toBe("step 3 of stage shared ended two workers: the worker died (SIGKILL)");
    expect(failure.hint).toBe("It is replaced; its log says more.");
    expect(failure.details).toMatchObject({ oomKilled: true, stage: "shared", step: 3 });
    expect(failure.details.volumes).toHaveLength(4);
    expect(test.workers.started).toHaveLength(2);
    expect(await eventsOf(test, "worker-lost")).toHaveLength(2);
  });

  it("by losing the device gets a hint that looks at its volumes and at the GPU", async () => {
    const test = await newJob({
      script: { failStep: ({ step }) => (step === 2 ? workerDied({ deviceLost: true }) : undefined) },
    });
    const failure = await caught(() => conduct(test.job));
    expect(failure.hint).toBe(
      "Look at the volumes of this batch and at the GPU's health; leave a volume out of the data when only batches with it do this.",
    );
  });

  it("is not blamed when another step, another stage or another cause comes between", async () => {
    const places = [
      ["flat", 1],
      ["flat", 2],
      ["shared", 1],
      ["shared", 2],
    ] as const;
    const test = await newJob({
      set: ["execution.maxRestarts=9", "stages.shared.checkpointEvery=1"],
      script: {
        failStep: (moment) => {
          const place = places[moment.attempt - 1];
          return place !== undefined && isAt(moment, place[0], place[1]) ? outOfMemory() : undefined;
        },
      },
    });
    expect(await conduct(test.job)).toEqual(await undisturbed);
    expect(test.workers.started).toHaveLength(5);
  });

  it("is not blamed for a worker that merely died twice at the same step", async () => {
    const test = await newJob({
      script: {
        failStep: (moment) => (moment.attempt <= 2 && isAt(moment, "shared", 3) ? workerDied() : undefined),
      },
    });
    expect(await conduct(test.job)).toEqual(await undisturbed);
  });
});

describe("a run that is stopped", () => {
  it("ends as cancelled and resumable, with the command in hint and details", async () => {
    let stop = (): void => undefined;
    const test = await newJob({
      script: { onStep: (moment) => (isAt(moment, "shared", 1) ? stop() : undefined) },
    });
    stop = () => test.controller.abort();
    const failure = await caught(() => conduct(test.job));
    const { runId, dir, state } = test.job.owned;
    expect([failure.code, failure.exitCode, failure.what]).toEqual([
      "CANCELLED",
      130,
      `run ${runId} was stopped`,
    ]);
    expect(failure.hint).toBe(`Resume with "${state.resume}".`);
    expect(failure.details).toEqual({ runId, dir, resume: state.resume });
    expect(test.workers.ends).toEqual(["kill"]);
  });

  it("is not restarted when its workers die of the same signal", async () => {
    let stop = (): void => undefined;
    const test = await newJob({
      script: {
        failStep: (moment) => {
          if (!isAt(moment, "shared", 1)) return undefined;
          stop();
          return workerDied();
        },
      },
    });
    stop = () => test.controller.abort();
    expect((await caught(() => conduct(test.job))).code).toBe("CANCELLED");
    expect(test.workers.started).toHaveLength(1);
  });

  it.each([
    ["TERMINATED", 143],
    ["STOPPED_RESUMABLE", 75],
    ["DISK_FULL", 130],
  ] as const)("by %s ends with exit code %i", async (reason, exit) => {
    const test = await newJob();
    test.controller.abort(new TomoeError(reason, "why", { hint: "So." }));
    expect(stoppedError(test.job).exitCode).toBe(exit);
  });
});

describe("an attempt", () => {
  it("waits for space to start its worker, which claims the checkpoints' folder", async () => {
    const full = new TomoeError("DISK_FULL", "no room to claim", { hint: "Free some." });
    const failures = [full, full];
    const test = await newJob({ script: { failStart: () => failures.shift() } });
    expect(await conduct(test.job)).toEqual(await undisturbed);
    expect(test.workers.started).toHaveLength(3);
    expect(test.notices[1]).toBe("there is space again: went on to start the worker");
    expect(test.job.owned.attempt).toBe(1);
  });

  it("leaves the first failure the one that is reported when its end cannot be recorded either", async () => {
    const first = new TomoeError("IO_FAILED", "the disk is gone", { hint: "Look." });
    const test = await newJob({ script: { failStep: () => first } });
    const log = await test.job.owned.events();
    const append = log.append.bind(log);
    log.append = async (events) => {
      if (events.some(({ kind }) => kind === "telemetry")) throw new RangeError("the disk is still gone");
      await append(events);
    };
    await expect(conduct(test.job)).rejects.toBe(first);
  });

  it("removes the folder of its sockets neither early nor twice: each attempt has its own", async () => {
    const test = await newJob({
      script: { failStep: ({ attempt }) => (attempt === 1 ? workerDied() : undefined) },
    });
    await conduct(test.job);
    const [first, second] = test.workers.started.map(({ runtimeDir }) => runtimeDir);
    expect(first).not.toBe(second);
    expect(existsSync(first ?? "")).toBe(true);
  });
});
