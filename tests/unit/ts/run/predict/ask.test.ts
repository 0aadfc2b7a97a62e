import { join } from "node:path";
import { askModel } from "../../../../../ts/run/predict/ask.ts";
import { readyRun } from "../../../../../ts/run/predict/ready-run.ts";
import type { BatchVolume } from "../../../../../ts/schema/batch.ts";
import { caught } from "../../../../support/caught.ts";
import type { Script } from "../../../../support/scripted-model.ts";
import { ScriptedWorkers, workerDied } from "../../../../support/scripted-pool.ts";
import { freshFolder, plainPolicy } from "../fixtures.ts";
import { finishedRun } from "./finished-run.ts";

const volume: BatchVolume = {
  volumeId: "v",
  slot: 0,
  tensor: { kind: "uploaded", uploadId: "u" },
  row: 0,
  facts: {},
  hasPatchLabels: false,
  hasCaption: false,
  words: [],
  change: { mirrored: false, turnedDegrees: 0, gain: 1, shiftHu: 0 },
};

async function questions(script: Script = {}, signal = new AbortController().signal) {
  const { runsDir } = await finishedRun();
  const workers = new ScriptedWorkers(script);
  const ready = await readyRun({ run: "latest", runsDir, policy: plainPolicy(), signal });
  const asked = [{ id: "q", volumeIndex: 0, question: "Which organ?" }];
  const cacheDir = freshFolder();
  return {
    workers,
    cacheDir,
    call: { ready, volume, asked, cacheDir, device: "cpu" as const, workers, signal },
  };
}

describe("askModel", () => {
  it("loads the checkpoint without its optimizer, asks under the plan in force, and ends the worker", async () => {
    const { workers, cacheDir, call } = await questions();
    const [answer] = await askModel(call);
    expect(answer).toMatchObject({ id: "q", choice: null, route: { task: "open-vqa" } });
    expect(workers.calls.slice(0, 2)).toEqual([
      "0 load 000005-specific-00000002 without optimizer",
      "0 generate 1",
    ]);
    expect(workers.started[0]?.logFile).toBe(join(cacheDir, "worker.log"));
    expect(workers.started[0]?.signal).toBe(call.signal);
    expect(workers.ends).toEqual(["stop"]);
  });

  it.each([
    ["the checkpoint cannot be loaded", "loadCheckpoint"],
    ["an answer fails", "generate"],
  ] as const)("ends the worker also when %s", async (_what, method) => {
    const { workers, call } = await questions();
    const start = workers.start.bind(workers);
    workers.start = async (wishes) => {
      const pool = await start(wishes);
      for (const rank of pool.ranks)
        Object.assign(rank, {
          [method]: () => {
            throw workerDied();
          },
        });
      return pool;
    };
    expect((await caught(() => askModel(call))).code).toBe("WORKER_DIED");
    expect(workers.ends).toEqual(["stop"]);
  });

  it("has no worker to end where none could be started", async () => {
    const { workers, call } = await questions({ failStart: () => workerDied() });
    expect((await caught(() => askModel(call))).code).toBe("WORKER_DIED");
    expect(workers.ends).toEqual([]);
  });
});
