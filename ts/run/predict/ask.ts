import { join } from "node:path";
import type { BatchVolume } from "../../schema/batch.ts";
import { createRuntimeDir } from "../../worker/index.ts";
import { type Answer, type Asked, answerAll } from "../answer.ts";
import { firstRank } from "../job.ts";
import type { DeviceChoice, WorkerSource } from "../workers.ts";
import type { ReadyRun } from "./ready-run.ts";

/** Questions on one scan that lies in a cache of its own. */
export interface ScanQuestions {
  readonly ready: ReadyRun;
  readonly volume: BatchVolume;
  readonly asked: readonly Asked[];
  readonly cacheDir: string;
  readonly device: DeviceChoice;
  readonly workers: WorkerSource;
  readonly signal: AbortSignal;
}

/**
 * Asks the model of a run about one scan: a worker of its own, which is given back afterwards in any case.
 *
 * @returns answers in the order of `asked`; errors as `answerAll`.
 */
export async function askModel(questions: ScanQuestions): Promise<readonly Answer[]> {
  const { folder, resolved, roots, checkpoint, policy, plan } = questions.ready;
  const { asked, volume, cacheDir, signal, device, workers } = questions;
  const pool = await workers.start({
    ranks: 1,
    device,
    runtimeDir: createRuntimeDir(),
    logFile: join(cacheDir, "worker.log"),
    runId: folder.runId,
    attempt: 0,
    threads: resolved.config.execution.threads,
    roots: [
      { name: "cache", path: cacheDir, writable: false },
      { name: "checkpoints", path: folder.paths.checkpoints, writable: false },
      ...roots,
    ],
    signal,
  });
  try {
    const worker = firstRank(pool);
    const place = { root: "checkpoints", path: checkpoint.ref.name };
    await worker.loadCheckpoint(place, checkpoint.manifest.files, false);
    const { evaluation } = resolved.config;
    return await answerAll({ worker, policy, volumes: [volume], asked, evaluation, plan, signal });
  } finally {
    await pool.release();
  }
}
