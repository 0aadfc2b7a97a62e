import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import {
  type Experiment,
  type RecipeSource,
  type ResolvedExperiment,
  resolveExperiment,
} from "../config/index.ts";
import { isTomoeError, type JsonValue, TomoeError } from "../errors.ts";
import { packageRoot } from "../files/index.ts";
import type { RouterPolicy } from "../schema/router.ts";
import { claimRun, createRun, type OwnedRun, type OwnOptions, openRun } from "../track/index.ts";
import { requirePython } from "../worker/index.ts";
import { conduct, type DeviceChoice, stoppedError } from "./attempts.ts";
import { policyFor } from "./choose-policy.ts";
import type { ScorecardEntries } from "./evaluate/evaluate.ts";
import { drawPlots } from "./evaluate/plots.ts";
import { prepareCorpus } from "./prepare/prepare.ts";
import type { OnProgress } from "./progress.ts";
import { readResolved } from "./read-run.ts";
import type { RunJob } from "./train/attempt.ts";

export interface RunOptions {
  readonly runsDir: string;
  readonly device: DeviceChoice;
  /** Aborted: the run stops cleanly and stays resumable. */
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
}

export interface NewRunOptions extends RunOptions {
  readonly experiment: Experiment;
  readonly seed?: number;
  /** `path=value` overrides. */
  readonly set: readonly string[];
  /** The recipe's text, so that a configuration error can name its line. */
  readonly source?: RecipeSource;
}

/** What a finished run gives; also the content of `scorecard.json`. */
export interface RunDocument {
  readonly ok: true;
  readonly runId: string;
  readonly dir: string;
  readonly scorecard: ScorecardEntries;
}

interface OwnedJob {
  readonly owned: OwnedRun;
  readonly resolved: ResolvedExperiment;
  readonly policy: RouterPolicy;
  readonly options: RunOptions;
}

async function toTheEnd({ owned, resolved, policy, options }: OwnedJob): Promise<RunDocument> {
  const workDir = join(owned.dir, "work");
  const job: Omit<RunJob, "corpus"> = {
    owned,
    resolved,
    policy,
    onProgress: options.onProgress,
    stop: options.signal,
  };
  try {
    options.onProgress({ kind: "run", runId: owned.runId, dir: owned.dir });
    const corpus = await prepareCorpus({
      resolved,
      workDir,
      signal: options.signal,
      onProgress: options.onProgress,
      patiently: (what, write) => owned.whenThereIsSpace(what, write),
    });
    const scorecard = await conduct({ ...job, corpus }, options.device);
    await drawPlots(owned, resolved);
    await afterwards(
      options,
      "remove what was made for this run alone",
      rm(workDir, { recursive: true, force: true }),
    );
    await owned.mark("finished");
    return { ok: true, runId: owned.runId, dir: owned.dir, scorecard };
  } catch (error) {
    const failure = options.signal.aborted ? stoppedError(job) : error;
    const fault = isTomoeError(failure)
      ? { code: failure.code, message: failure.message, hint: failure.hint }
      : { code: "INTERNAL", message: String(failure), hint: "this is a bug of ours" };
    await afterwards(
      options,
      "record how the run ended",
      owned.mark(options.signal.aborted ? "interrupted" : "failed", fault),
    );
    throw failure;
  } finally {
    await afterwards(options, "give the run folder free", owned.close());
  }
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

/** How the run of `resolved` tells things, and how long it waits for a full disk. */
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
 * @throws TomoeError `CONFIG_*` and `ENVIRONMENT` before anything is written; `DATA_*`, `WORKER_*`,
 * `TRAIN_DIVERGED`, ...; `CANCELLED`/`TERMINATED` when stopped (resumable).
 */
export async function runExperiment(options: NewRunOptions): Promise<RunDocument> {
  const resolved = resolveExperiment(options.experiment.input, {
    set: options.set,
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    ...(options.source === undefined ? {} : { source: options.source }),
  });
  const policy = policyFor(resolved, options.experiment.policy);
  await requirePython(packageRoot(), options.signal);
  const owned = await createRun(
    options.runsDir,
    { experimentName: resolved.config.name, resolved: resolvedJson(resolved), seed: resolved.config.seed },
    ownOptions(resolved, options),
  );
  return await toTheEnd({ owned, resolved, policy, options });
}

export interface ResumeOptions extends RunOptions {
  readonly run: string;
  /** A policy of the user's own, when the run was started with one. */
  readonly policy?: RouterPolicy;
}

/**
 * Goes on with a run that was stopped or failed, from its newest whole checkpoint. A finished run is told as
 * it is.
 *
 * @throws TomoeError `RUN_NOT_FOUND`, `LOCKED` when another process has it, `CHECKPOINT_*`, and those of
 * `runExperiment`.
 */
export async function resumeRun(options: ResumeOptions): Promise<RunDocument> {
  const folder = await openRun(options.runsDir, options.run);
  const resolved = await readResolved(folder.paths.resolved);
  if (folder.state.status !== "finished") await requirePython(packageRoot(), options.signal);
  const owned = await claimRun(folder, ownOptions(resolved, options));
  if (owned.state.status === "finished") {
    await owned.close();
    options.onProgress({ kind: "notice", text: `run ${folder.runId} is finished already` });
    return await finishedDocument(folder.paths.scorecard);
  }
  return await toTheEnd({ owned, resolved, policy: policyFor(resolved, options.policy), options });
}

async function finishedDocument(path: string): Promise<RunDocument> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as RunDocument;
  } catch (cause) {
    throw new TomoeError("IO_FAILED", `${path} of a finished run cannot be read`, {
      hint: "the run folder is not whole; start the run anew",
      details: { path },
      cause,
    });
  }
}
