import { join } from "node:path";
import { type ErrorCode, isTomoeError, quoting, TomoeError } from "../errors.ts";
import { jsonText } from "../files/index.ts";
import type { ScorecardEntry } from "../schema/answers/scorecard.ts";
import { openTelemetry, type TelemetryReceiver } from "../telemetry/index.ts";
import { listCheckpoints } from "../track/read/index.ts";
import { createRuntimeDir, type WorkerPool } from "../worker/index.ts";
import { evaluateRun } from "./evaluate/evaluate.ts";
import { type RunJob, recordEvent } from "./job.ts";
import { cacheRoots } from "./prepare/cache-places.ts";
import { trainAttempt } from "./train/attempt.ts";
import { StepFailure, type StepPlace } from "./train/step-failure.ts";

/** Failures that fresh workers may not have: the run resumes from its last checkpoint. */
const restartable: ReadonlySet<ErrorCode> = new Set([
  "WORKER_DIED",
  "WORKER_HUNG",
  "WORKER_UNAVAILABLE",
  "WIRE_CHECKSUM",
]);

/**
 * Stopped before its end, on request, with everything written: what the command line reports as 130, 143 or 75.
 */
export function stoppedError(job: Pick<RunJob, "owned" | "stop">): TomoeError {
  const reason: unknown = job.stop.reason;
  const code =
    isTomoeError(reason) && (reason.code === "TERMINATED" || reason.code === "STOPPED_RESUMABLE")
      ? reason.code
      : "CANCELLED";
  const { resume } = job.owned.state;
  return new TomoeError(code, `run ${job.owned.runId} was stopped`, {
    hint: `Resume with "${resume}".`,
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
  return quoting(error, `step ${place.step} of stage ${place.stage} ended two workers: ${error.what}`, {
    hint:
      error.details.oomKilled === true
        ? error.hint
        : "Look at the volumes of this batch and at the GPU's health; leave a volume out of the data when only batches with it do this.",
    details: { ...place },
  });
}

/** The error of workers that failed once more than the recipe allows: the run ends here and can be resumed. */
function exhaustedError(error: TomoeError, job: RunJob, restarts: number): TomoeError {
  const tried =
    restarts === 0
      ? "the recipe allows no restart"
      : `after ${restarts} ${restarts === 1 ? "restart" : "restarts"}`;
  const logFile = workerLog(job);
  return quoting(error, `${error.what}; ${tried}`, {
    hint: `The log ${logFile} says more. Resume with "${job.owned.state.resume}".`,
    details: { restarts, logFile },
  });
}

function workerLog(job: RunJob): string {
  return join(job.owned.paths.logs, "worker.log");
}

/**
 * Trains what is left of a run and evaluates it. Workers that die, hang or cannot be reached are replaced
 * from the last checkpoint, at most `execution.maxRestarts` times; a batch that runs out of memory or loses
 * the device twice ends the run.
 *
 * @throws TomoeError the last failure of the workers, `CANCELLED`/`TERMINATED` when stopped (resumable), any
 * typed error that fresh workers would meet again.
 */
export async function conduct(job: RunJob): Promise<readonly ScorecardEntry[]> {
  const { maxRestarts } = job.resolved.config.execution;
  let before: Setback | null = null;
  for (let restarts = 0; ; restarts += 1) {
    try {
      return await oneAttempt(job);
    } catch (caught) {
      const setback = setbackOf(caught),
        { error, place } = setback;
      if (job.stop.aborted) throw stoppedError(job);
      if (isTomoeError(error) && (await hasRemade(job, error))) continue;
      if (!isTomoeError(error) || !restartable.has(error.code)) throw error;
      await recordLost(job, error, place);
      if (place !== null && blamesBatch(setback, before)) throw batchError(error, place);
      if (restarts >= maxRestarts) throw exhaustedError(error, job, restarts);
      before = setback;
      const from = (await listCheckpoints(job.owned.paths.checkpoints)).at(-1);
      job.onProgress({
        kind: "notice",
        text: `${error.message}; restart ${restarts + 1}/${maxRestarts} from ${from === undefined ? "the beginning" : `checkpoint ${from.name}`}`,
      });
    }
  }
}

/** What a worker says of a row that was whole when the run began. */
const ofLostRows: ReadonlySet<ErrorCode> = new Set([
  "DATA_SHARD_CHECKSUM",
  "DATA_TRUNCATED",
  "PATH_NOT_FOUND",
]);

/** A cache that lost rows under a run is made whole; false where it has them all, and something else is wrong. */
async function hasRemade({ corpus, onProgress }: RunJob, { code, message }: TomoeError): Promise<boolean> {
  if (corpus.remake === undefined || !ofLostRows.has(code)) return false;
  const rows = await corpus.remake();
  if (rows > 0)
    onProgress({ kind: "notice", text: `${message}; ${rows} rows of the cache were built again, going on` });
  return rows > 0;
}

async function recordLost(job: RunJob, error: TomoeError, place: StepPlace | null): Promise<void> {
  await recordEvent(job, {
    kind: "worker-lost",
    data: {
      attempt: job.owned.attempt,
      code: error.code,
      message: error.message,
      stage: place?.stage ?? null,
      step: place?.step ?? null,
      volumes: place?.volumes ?? [],
    },
  });
}

async function oneAttempt(job: RunJob): Promise<readonly ScorecardEntry[]> {
  return await withRanks(job, async (pool) => {
    if (!(await trainAttempt({ job, pool }))) throw stoppedError(job);
    return await evaluateRun({ job, pool });
  });
}

/**
 * Does some work with fresh ranks, which are given back when it is done and ended at once when it fails.
 *
 * @throws TomoeError of workers that do not start; whatever the work throws.
 */
export async function withRanks<T>(job: RunJob, work: (pool: WorkerPool) => Promise<T>): Promise<T> {
  await job.owned.beginAttempt();
  const runtimeDir = createRuntimeDir();
  const telemetry = await openTelemetry({ runtimeDir });
  const lost = countLost(telemetry);
  let pool: WorkerPool | undefined;
  let failed = true;
  try {
    pool = await startRanks(job, { runtimeDir, telemetryEndpoint: telemetry.endpoint });
    const facts = pool.ranks.map((rank) => rank.facts);
    await job.owned.write("environment.json", jsonText(facts));
    if (pool.isKept) await recordEvent(job, { kind: "worker-kept", data: { attempt: job.owned.attempt } });
    const done = await work(pool);
    await pool.release();
    failed = false;
    return done;
  } catch (error) {
    await pool?.kill();
    throw error;
  } finally {
    await telemetry.close();
    const recorded = recordTelemetry(job, await lost);
    // A disk that ended the attempt refuses this too: the first failure is the one to report.
    await (failed ? recorded.catch(() => undefined) : recorded);
  }
}

async function startRanks(
  job: RunJob,
  link: { readonly runtimeDir: string; readonly telemetryEndpoint: string },
): Promise<WorkerPool> {
  const { execution } = job.resolved.config;
  const { checkpoints } = job.owned.paths;
  // The worker claims the checkpoint folder with a file of its own, for which there may be no room.
  return await job.owned.space.whenThereIsSpace({ action: "start the worker", path: checkpoints }, () =>
    job.workers.start({
      ranks: execution.ranks,
      device: job.device,
      logFile: workerLog(job),
      runId: job.owned.runId,
      attempt: job.owned.attempt,
      roots: [
        ...cacheRoots(job.corpus),
        { name: "checkpoints", path: checkpoints, writable: true },
        ...job.origin.roots,
      ],
      threads: execution.threads,
      ...(job.share === undefined ? {} : { memoryShare: job.share / execution.ranks }),
      ...link,
    }),
  );
}

/** Counts what the telemetry stream lost until it closes. */
async function countLost(telemetry: TelemetryReceiver): Promise<number> {
  let lost = 0;
  for await (const item of telemetry.events()) if (item.kind === "gap") lost += item.missing;
  return lost;
}

async function recordTelemetry(job: RunJob, lost: number): Promise<void> {
  if (lost > 0)
    job.onProgress({
      kind: "notice",
      text: `${lost} telemetry messages were lost; nothing that is recorded depends on them`,
    });
  await recordEvent(job, { kind: "telemetry", data: { attempt: job.owned.attempt, lost } });
}
