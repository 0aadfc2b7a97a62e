import { join } from "node:path";
import { type ErrorCode, isTomoeError, TomoeError } from "../errors.ts";
import { packageRoot } from "../files/index.ts";
import { openTelemetry, type TelemetryReceiver } from "../telemetry/index.ts";
import { listCheckpoints } from "../track/index.ts";
import { createRuntimeDir, startWorkers, type WorkerPool } from "../worker/index.ts";
import { evaluateRun, type ScorecardEntries } from "./evaluate/evaluate.ts";
import { type RunJob, StepFailure, type StepPlace, trainAttempt } from "./train/attempt.ts";

export type DeviceChoice = "auto" | "cpu" | "cuda";

/** Failures that fresh workers may not have: the run goes on from its last checkpoint. */
const restartable: ReadonlySet<ErrorCode> = new Set([
  "WORKER_DIED",
  "WORKER_HUNG",
  "WORKER_UNAVAILABLE",
  "WIRE_CHECKSUM",
]);

/**
 * Stopped before its end, on request, with everything written: what the command line tells as 130, 143 or 75.
 */
export function stoppedError(job: Pick<RunJob, "owned" | "stop">): TomoeError {
  const reason: unknown = job.stop.reason;
  const code =
    isTomoeError(reason) && (reason.code === "TERMINATED" || reason.code === "STOPPED_RESUMABLE")
      ? reason.code
      : "CANCELLED";
  const { resume } = job.owned.state;
  return new TomoeError(code, `run ${job.owned.runId} was stopped`, {
    hint: `go on with: ${resume}`,
    details: { runId: job.owned.runId, dir: job.owned.dir, resume },
  });
}

/** A failure, and the step it came in when it came in one. */
interface Setback {
  readonly error: unknown;
  readonly place: StepPlace | null;
}

function setbackOf(caught: unknown): Setback {
  return caught instanceof StepFailure
    ? { error: caught.cause, place: caught.place }
    : { error: caught, place: null };
}

/**
 * Memory that ran out and a lost device may be the batch's own doing: fresh workers get it once more, and no
 * further.
 */
function blamesBatch({ error, place }: Setback, before: Setback | null): boolean {
  const isSuspect =
    isTomoeError(error) && (error.details.oomKilled === true || error.details.deviceLost === true);
  return (
    isSuspect && place !== null && before?.place?.stage === place.stage && before.place.step === place.step
  );
}

/** The error of a batch that ended two workers. */
function batchError(error: TomoeError, place: StepPlace): TomoeError {
  return new TomoeError(
    "WORKER_DIED",
    `step ${place.step} of stage ${place.stage} ended two workers: ${error.what}`,
    {
      hint:
        error.details.oomKilled === true
          ? error.hint
          : "Look at the volumes of this batch and at the GPU's health; leave a volume out of the data when it alone does this.",
      details: { ...error.details, ...place },
      cause: error,
    },
  );
}

/**
 * The error of workers that failed once more than the recipe allows: the run ends here, and can be gone on
 * with.
 */
function exhaustedError(error: TomoeError, job: RunJob, restarts: number): TomoeError {
  const tried =
    restarts === 0
      ? "the recipe allows no restart"
      : `after ${restarts} ${restarts === 1 ? "restart" : "restarts"}`;
  const logFile = workerLog(job);
  return new TomoeError(error.code, `${error.what}; ${tried}`, {
    hint: `${logFile} says more; go on with: ${job.owned.state.resume}`,
    details: { ...error.details, restarts, logFile },
    cause: error,
  });
}

function workerLog(job: RunJob): string {
  return join(job.owned.paths.logs, "worker.log");
}

/**
 * Trains what is left of a run and evaluates it. Workers that die, hang or cannot be reached are replaced
 * from the last checkpoint,
 * at most `execution.maxRestarts` times; a batch that runs out of memory or loses the device twice ends the
 * run.
 *
 * @throws TomoeError the last failure of the workers, `CANCELLED`/`TERMINATED` when stopped (resumable), any
 * typed error that fresh
 *   workers would meet again.
 */
export async function conduct(job: RunJob, device: DeviceChoice): Promise<ScorecardEntries> {
  const { maxRestarts } = job.resolved.config.execution;
  let before: Setback | null = null;
  for (let restarts = 0; ; restarts += 1) {
    try {
      return await oneAttempt(job, device);
    } catch (caught) {
      const setback = setbackOf(caught),
        { error, place } = setback;
      if (job.stop.aborted) throw stoppedError(job);
      if (!isTomoeError(error) || !restartable.has(error.code)) throw error;
      const [from] = (await listCheckpoints(job.owned.paths.checkpoints)).slice(-1);
      await (await job.owned.events()).append([
        {
          kind: "worker-lost",
          data: {
            attempt: job.owned.attempt,
            code: error.code,
            message: error.message,
            stage: place?.stage ?? null,
            step: place?.step ?? null,
            volumes: place?.volumes ?? [],
          },
        },
      ]);
      if (place !== null && blamesBatch(setback, before)) throw batchError(error, place);
      if (restarts >= maxRestarts) throw exhaustedError(error, job, restarts);
      before = setback;
      job.onProgress({
        kind: "notice",
        text: `${error.message}; restart ${restarts + 1}/${maxRestarts} from ${from === undefined ? "the beginning" : `checkpoint ${from.name}`}`,
      });
    }
  }
}

async function oneAttempt(job: RunJob, device: DeviceChoice): Promise<ScorecardEntries> {
  const attempt = await job.owned.beginAttempt();
  const runtimeDir = createRuntimeDir();
  const telemetry = await openTelemetry({ runtimeDir });
  const lost = watchTelemetry(telemetry);
  let pool: WorkerPool | undefined;
  let failed = false;
  try {
    // The worker claims the checkpoint folder with a file of its own, for which there may be no room.
    pool = await job.owned.whenThereIsSpace(
      { action: "start the worker", path: job.owned.paths.checkpoints },
      () =>
        startWorkers({
          packageRoot: packageRoot(),
          ranks: job.resolved.config.execution.ranks,
          device,
          runtimeDir,
          logFile: workerLog(job),
          runId: job.owned.runId,
          attempt,
          roots: [
            { name: "cache", path: job.corpus.cacheDir, writable: false },
            { name: "checkpoints", path: job.owned.paths.checkpoints, writable: true },
          ],
          telemetryEndpoint: telemetry.endpoint,
          threads: job.resolved.config.execution.threads,
        }),
    );
    await job.owned.write(
      "environment.json",
      `${JSON.stringify(
        pool.ranks.map((rank) => rank.facts),
        null,
        2,
      )}\n`,
    );
    if (!(await trainAttempt(job, pool))) throw stoppedError(job);
    const entries = await evaluateRun(job, pool);
    await pool.stop();
    return entries;
  } catch (error) {
    failed = true;
    await pool?.kill();
    throw error;
  } finally {
    await telemetry.close();
    const missing = await lost;
    if (missing > 0)
      job.onProgress({
        kind: "notice",
        text: `${missing} telemetry messages were lost; nothing that is recorded depends on them`,
      });
    const counted = job.owned
      .events()
      .then((log) => log.append([{ kind: "telemetry", data: { attempt, lost: missing } }]));
    // A disk that ended the attempt refuses this too: the first failure is the one to tell.
    await (failed ? counted.catch(() => undefined) : counted);
  }
}

/** Counts what the telemetry stream lost until it closes. */
async function watchTelemetry(telemetry: TelemetryReceiver): Promise<number> {
  let lost = 0;
  for await (const item of telemetry.events()) if (item.kind === "gap") lost += item.missing;
  return lost;
}
