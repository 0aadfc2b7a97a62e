import { rm } from "node:fs/promises";
import { join, resolve } from "node:path";
import type { ResolvedExperiment } from "../config/index.ts";
import { defined } from "../defined.ts";
import { bug, isTomoeError, type JsonValue } from "../errors.ts";
import { jsonText } from "../files/index.ts";
import type { RouterPolicy } from "../schema/router.ts";
import { claimRun, createRun, type OwnedRun, type OwnOptions, type RunFault } from "../track/index.ts";
import { openRun } from "../track/read/index.ts";
import { conduct, stoppedError } from "./attempts.ts";
import { resolveOpened, type ToResolve } from "./base/open.ts";
import { originOf } from "./base/origin.ts";
import { policyFor } from "./choose-policy.ts";
import { drawPlots } from "./evaluate/plots.ts";
import { type RunDocument, readScorecard } from "./evaluate/scorecard.ts";
import type { Origin, PointSettings } from "./job.ts";
import { augmentation } from "./prepare/augment/mirrors.ts";
import { type CacheChoice, type CacheUse, useOf } from "./prepare/cache-use.ts";
import { prepareCorpus } from "./prepare/prepare.ts";
import { sourceOf } from "./prepare/sources.ts";
import type { OnProgress } from "./progress.ts";
import { recordHardware, recordSource } from "./provenance/record.ts";
import { readResolved } from "./read-run.ts";
import { type DeviceChoice, thisMachine, type WorkerSource } from "./workers.ts";

export interface RunOptions {
  readonly runsDir: string;
  readonly device: DeviceChoice;
  /** Aborted: the run stops cleanly and stays resumable. */
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
  /** Where worker processes come from; this machine when absent. */
  readonly workers?: WorkerSource;
  /** Share of the machine's memory that its workers may take together; all of it when absent. */
  readonly share?: number;
  /** Measures the held-out split in the middle of the training; nothing when absent. */
  readonly points?: PointSettings;
  /** The cache of prepared volumes: its folder, null for none; `TOMOE_CACHE` or the project's own when absent. */
  readonly cache?: CacheChoice;
}

export interface NewRunOptions extends RunOptions, ToResolve {
  /** Names and values that the run is found by. */
  readonly tags?: Readonly<Record<string, string>>;
}

interface OwnedJob {
  readonly origin: Origin;
  readonly owned: OwnedRun;
  readonly resolved: ResolvedExperiment;
  readonly policy: RouterPolicy;
  readonly options: RunOptions;
  /** Begun now, not resumed: the code it is begun with is recorded. */
  readonly isNew?: boolean;
}

async function toTheEnd({ owned, resolved, policy, origin, options, isNew }: OwnedJob): Promise<RunDocument> {
  const { signal: stop, onProgress, device, workers = thisMachine } = options;
  const workDir = join(owned.dir, "work");
  const removeWork = async (): Promise<void> =>
    await afterwards(
      options,
      "remove what was made only for this run",
      rm(workDir, { recursive: true, force: true }),
    );
  let use: CacheUse | null = null;
  try {
    onProgress({ kind: "run", runId: owned.runId, dir: owned.dir });
    if (isNew === true) await recordSource(owned, onProgress, process.cwd());
    await recordHardware(owned, onProgress);
    const making = { signal: stop, onProgress, space: owned.space };
    use = await useOf({
      ...making,
      cache: options.cache,
      keepsRows: sourceOf(resolved.config.data).keepsRows,
      kind: "run",
      of: resolve(owned.dir),
      notice: (text) => onProgress({ kind: "notice", text }),
    });
    const corpus = await prepareCorpus({ ...making, resolved, workDir, use });
    await owned.write("trained-on.json", jsonText(corpus.trainedOn));
    const { skipped } = corpus;
    if (skipped !== null && skipped !== undefined) await owned.write("skipped.json", jsonText(skipped));
    const augmented = augmentation(resolved, corpus.mirrors ?? null);
    if (augmented !== null) await owned.write("augmented.json", jsonText(augmented));
    const now = (): number => performance.now();
    const scorecard = await conduct({
      owned,
      resolved,
      corpus,
      policy,
      origin,
      workers,
      device,
      onProgress,
      stop,
      now,
      ...defined({ points: options.points, share: options.share }),
    });
    await drawPlots({ owned, resolved });
    await removeWork();
    await owned.mark("finished");
    return { ok: true, runId: owned.runId, dir: owned.dir, scorecard };
  } catch (error) {
    const failure = stop.aborted ? stoppedError({ owned, stop }) : error;
    const status = stop.aborted ? "interrupted" : "failed";
    await afterwards(options, "record how the run ended", owned.mark(status, faultOf(failure)));
    // Who stopped a run goes on with it, and finds all prepared; one that failed may never be gone on with.
    if (status === "failed") await removeWork();
    throw failure;
  } finally {
    await afterwards(options, "release the cache", use?.release() ?? Promise.resolve());
    await afterwards(options, "release the run folder", owned.close());
  }
}

/** What `state.json` keeps of a failure. */
function faultOf(failure: unknown): RunFault {
  const { code, message, hint } = isTomoeError(failure) ? failure : bug(String(failure));
  return { code, message, hint };
}

/**
 * What is done when all is over: a disk that refuses it as well does not hide how the run ended. A lock that
 * stays is stale with this process.
 */
async function afterwards(options: RunOptions, action: string, work: Promise<void>): Promise<void> {
  await work.catch((error: unknown) => {
    options.onProgress({
      kind: "notice",
      text: `could not ${action}: ${error instanceof Error ? error.message : String(error)}`,
    });
  });
}

/** How the run of `resolved` reports things, and how long it waits for a full disk. */
function ownOptions(resolved: ResolvedExperiment, options: RunOptions): OwnOptions {
  return {
    notice: (text) => {
      options.onProgress({ kind: "notice", text });
    },
    space: {
      timeoutMs: resolved.config.execution.diskWaitSeconds * 1000,
      pollMs: 1000,
      signal: options.signal,
    },
  };
}

function resolvedJson(resolved: ResolvedExperiment): JsonValue {
  return JSON.parse(
    JSON.stringify({ config: resolved.config, digest: resolved.digest, origins: resolved.origins }),
  ) as JsonValue;
}

/**
 * Runs an experiment from its first step to its scorecard.
 *
 * @throws TomoeError `CONFIG_*`, `ENVIRONMENT` and what is wrong with the base before anything is written; `DATA_*`, `WORKER_*`,
 * `TRAIN_DIVERGED`, ...; `CANCELLED`/`TERMINATED` when stopped (resumable).
 */
export async function runExperiment(options: NewRunOptions): Promise<RunDocument> {
  const resolved = await resolveOpened(options);
  const policy = policyFor(resolved, options.experiment.policy);
  await (options.workers ?? thisMachine).require(options.signal);
  const origin = await originOf({ ...options, resolved });
  const owned = await createRun(
    options.runsDir,
    {
      experimentName: resolved.config.name,
      resolved: resolvedJson(resolved),
      seed: resolved.config.seed,
      ...defined({ tags: options.tags }),
    },
    ownOptions(resolved, options),
  );
  return await toTheEnd({ owned, resolved, policy, origin, options, isNew: true });
}

export interface ResumeOptions extends RunOptions {
  readonly run: string;
  /** A policy of the user's own, when the run was started with one. */
  readonly policy?: RouterPolicy;
}

/**
 * Resumes a run that was stopped or failed, from its newest whole checkpoint. A finished run is reported as it
 * is.
 *
 * @throws TomoeError `RUN_NOT_FOUND`, `LOCKED` when another process has it, `CHECKPOINT_*`, and those of
 * `runExperiment`.
 */
export async function resumeRun(options: ResumeOptions): Promise<RunDocument> {
  const folder = await openRun(options.runsDir, options.run);
  const resolved = await readResolved(folder.paths.resolved);
  if (folder.state.status !== "finished") await (options.workers ?? thisMachine).require(options.signal);
  const origin =
    folder.state.status === "finished"
      ? { roots: [], source: null }
      : await originOf({ ...options, resolved, folder });
  const owned = await claimRun(folder, ownOptions(resolved, options));
  if (owned.state.status === "finished") {
    await owned.close();
    options.onProgress({ kind: "notice", text: `run ${folder.runId} is finished already` });
    return await readScorecard(folder.paths.scorecard);
  }
  return await toTheEnd({ owned, resolved, policy: policyFor(resolved, options.policy), origin, options });
}
