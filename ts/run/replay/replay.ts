import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { allStages, precisionOf, type ResolvedExperiment } from "../../config/index.ts";
import { usualCache } from "../../data/index.ts";
import { isTomoeError, type JsonValue, TomoeError } from "../../errors.ts";
import type { RouterPolicy } from "../../schema/router.ts";
import { createRun } from "../../track/index.ts";
import {
  type CheckpointRef,
  listCheckpoints,
  openRun,
  type RunFolder,
  readMetrics,
} from "../../track/read/index.ts";
import { withRanks } from "../attempts.ts";
import { originOf } from "../base/origin.ts";
import { policyFor } from "../choose-policy.ts";
import type { RunJob } from "../job.ts";
import { type CacheUse, isUsedBy, useOf } from "../prepare/cache-use.ts";
import { prepareCorpus } from "../prepare/prepare.ts";
import { sourceOf } from "../prepare/sources.ts";
import type { OnProgress } from "../progress.ts";
import { readResolved } from "../read-run.ts";
import { trainAttempt } from "../train/attempt.ts";
import { stageBatches } from "../train/batches.ts";
import { StepFailure } from "../train/step-failure.ts";
import { type DeviceChoice, thisMachine, type WorkerSource } from "../workers.ts";
import {
  checkpointBefore,
  type Difference,
  differencesOf,
  type RecordedStep,
  recordedStep,
  type StepName,
  valuesByStep,
} from "./target.ts";

export interface StepReplayOptions {
  readonly runsDir: string;
  readonly target: StepName;
  readonly device: DeviceChoice;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
  /** A policy of the user's own, when the run was begun with one. */
  readonly policy?: RouterPolicy;
  readonly workers?: WorkerSource;
}

/** A step that was done again beside what was recorded of it. */
export interface StepReplay {
  readonly ok: true;
  readonly runId: string;
  /** Every number is the recorded one, to the last bit; of a step that failed, that it fails alike. */
  readonly equal: boolean;
  /** Whether the same numbers are to be expected: computed strictly, by what the run was made with. */
  readonly isStrict: boolean;
  readonly batch: {
    readonly stage: string;
    readonly step: number;
    /** Digests of the volumes of the global batch, rank by rank, and the items asked about them. */
    readonly volumes: readonly string[];
    readonly items: readonly string[];
  };
  /** What it was begun from, and how many steps were done up to the one that is looked at, this one too. */
  readonly from: { readonly checkpoint: string | null; readonly steps: number };
  readonly differences: readonly Difference[];
  /** The first step of the stage, of those done again, that differs; null where none does. */
  readonly firstDifference: number | null;
  /** What the step failed with; null where it did not. */
  readonly failure: { readonly code: string; readonly message: string; readonly details: JsonValue } | null;
}

/**
 * Does a step of a run again, on the exact batch, from the nearest checkpoint before it or from the beginning, and holds
 * its numbers against the recorded ones. The run is only read: what is made is made beside it, and goes.
 *
 * @throws TomoeError `USAGE_INVALID` for a step that the run does not have; `RUN_NOT_FOUND`; `CHECKPOINT_INCOMPATIBLE`
 * where other data or another machine would give another step; `REPLAY_DIVERGED` where a strict run gives other numbers;
 * else as `resumeRun`.
 */
export async function replayStep(options: StepReplayOptions): Promise<StepReplay> {
  const { runsDir, target, signal, workers = thisMachine } = options;
  const folder = await openRun(runsDir, target.run);
  const resolved = await readResolved(folder.paths.resolved);
  const recorded = await recordedStep(folder.paths.metrics, resolved, { ...target, run: folder.runId });
  const place = { index: recorded.index, step: target.step };
  const from = checkpointBefore(await listCheckpoints(folder.paths.checkpoints), resolved, place);
  await workers.require(signal);
  const scratch = await mkdtemp(join(tmpdir(), "tomoe-replay-"));
  try {
    const done = await doAgain({ options, folder, resolved, recorded, from, scratch });
    return judged(done, { folder, resolved, recorded, from, target });
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
}

interface Again {
  readonly options: StepReplayOptions;
  readonly folder: RunFolder;
  readonly resolved: ResolvedExperiment;
  readonly recorded: RecordedStep;
  readonly from: CheckpointRef | undefined;
  /** Folder that is gone afterwards. */
  readonly scratch: string;
}

interface Done {
  readonly batch: StepReplay["batch"];
  readonly values: ReadonlyMap<number, ReadonlyMap<string, number>>;
  readonly failure: TomoeError | null;
  readonly isBitExact: boolean;
}

/** Trains up to the step in a run of its own, which holds the checkpoint it is begun from. */
async function doAgain(again: Again): Promise<Done> {
  const { options, folder, resolved, from, scratch } = again;
  const { signal, onProgress, device, workers = thisMachine, target } = options;
  const notes: string[] = [];
  const watch: OnProgress = (progress) => {
    if (progress.kind === "notice") notes.push(progress.text);
    onProgress(progress);
  };
  const { validation: _looksAtNothing, ...config } = resolved.config;
  const only = { ...resolved, config };
  const origin = await originOf({
    resolved,
    runsDir: options.runsDir,
    signal,
    ...(from === undefined ? {} : { folder }),
  });
  const owned = await createRun(
    join(scratch, "runs"),
    { experimentName: config.name, resolved: plain(resolved), seed: config.seed },
    { notice: (text) => watch({ kind: "notice", text }) },
  );
  let use: CacheUse | null = null;
  try {
    if (from !== undefined) await cp(from.dir, join(owned.paths.checkpoints, from.name), { recursive: true });
    const { space } = owned;
    const workDir = join(scratch, "work");
    const notice = (text: string): void => watch({ kind: "notice", text });
    const cache = await cacheOf(folder);
    const { keepsRows } = sourceOf(config.data);
    use = await useOf({ cache, keepsRows, kind: "run", of: resolve(owned.dir), space, signal, notice });
    const corpus = await prepareCorpus({ resolved, workDir, signal, onProgress: watch, space, use });
    const policy = policyFor(resolved, options.policy);
    const until = { stage: target.stage, step: target.step };
    const now = (): number => performance.now();
    const said = { onProgress: watch, stop: signal, now };
    const job: RunJob = { owned, resolved: only, corpus, policy, workers, device, origin, until, ...said };
    const failure = await trained(job);
    const values = valuesByStep(await readMetrics(owned.paths.metrics, { stage: target.stage }));
    const isBitExact = !notes.some((text) => text.startsWith("resuming, but not bit for bit"));
    return { batch: batchOf(job, again), values, failure, isBitExact };
  } finally {
    await use?.release();
    await owned.close();
  }
}

/** The project's cache where the run had its volumes from there, else none. */
async function cacheOf({ dir }: RunFolder): Promise<string | null> {
  const cache = usualCache(process.env, process.cwd());
  return cache !== null && (await isUsedBy(cache, "run", resolve(dir))) ? cache : null;
}

/** What the step failed with, where it is the one that failed; null where it was done. */
async function trained(job: RunJob): Promise<TomoeError | null> {
  try {
    await withRanks(job, async (pool) => await trainAttempt({ job, pool }));
    return null;
  } catch (caught) {
    const error = caught instanceof StepFailure ? caught.cause : caught;
    const isIt =
      caught instanceof StepFailure &&
      caught.place.stage === job.until?.stage &&
      caught.place.step === job.until.step;
    if (isIt && isTomoeError(error) && error.code === "TRAIN_DIVERGED") return error;
    throw error;
  }
}

function batchOf(job: RunJob, { recorded, options: { target } }: Again): StepReplay["batch"] {
  const { ranks } = job.resolved.config.execution;
  const stage = allStages(job.resolved.config)[recorded.index]?.stage;
  if (stage === undefined) return { stage: target.stage, step: target.step, volumes: [], items: [] };
  const batches = stageBatches({ job, stage, ranks });
  const shares = Array.from({ length: ranks }, (_, rank) => batches.at(target.step, rank));
  return {
    stage: target.stage,
    step: target.step,
    volumes: shares.flatMap(({ volumes }) => volumes.map(({ volumeId }) => volumeId)),
    items: shares.flatMap(({ items }) => items.map(({ itemId }) => itemId)),
  };
}

function judged(
  { batch, values, failure, isBitExact }: Done,
  {
    folder,
    resolved,
    recorded,
    from,
    target,
  }: Pick<Again, "folder" | "resolved" | "recorded" | "from"> & {
    readonly target: StepName;
  },
): StepReplay {
  const differences = differencesOf(recorded.values, values.get(target.step) ?? new Map());
  const isStrict = isBitExact && precisionOf(resolved.config) === "strict";
  const { code, message } = folder.state.error ?? {};
  const failsAlike = failure === null || (failure.code === code && failure.message === message);
  const equal = differences.length === 0 && failsAlike;
  const first = [...values.keys()].find(
    (step) => differencesOf(recorded.before.get(step) ?? new Map(), values.get(step) ?? new Map()).length > 0,
  );
  const replay: StepReplay = {
    ok: true,
    runId: folder.runId,
    equal,
    isStrict,
    batch,
    from: { checkpoint: from?.name ?? null, steps: stepsUpTo(resolved, recorded.index, target.step, from) },
    differences,
    firstDifference: first ?? null,
    failure:
      failure === null
        ? null
        : { code: failure.code, message: failure.what, details: { ...failure.details } },
  };
  if (equal || !isStrict) return replay;
  throw new TomoeError(
    "REPLAY_DIVERGED",
    `step ${target.step} of stage ${target.stage} is another one than run ${folder.runId} recorded: ${inWords(replay)}`,
    {
      hint: "The numbers follow from code, data and machine: `tomoe why` tells what differs between two runs.",
      details: { ...(plain(replay) as { readonly [key: string]: JsonValue }) },
    },
  );
}

function inWords({ differences, failure, firstDifference, batch }: StepReplay): string {
  const [one] = differences;
  if (one === undefined) return `it fails otherwise (${failure?.message ?? ""})`;
  const since =
    firstDifference === null || firstDifference === batch.step
      ? ""
      : `, the first from step ${firstDifference} on`;
  return `${one.name} ${one.replayed} for ${one.recorded}${differences.length > 1 ? ` and ${differences.length - 1} more` : ""}${since}`;
}

/** Steps that are done again, this one too. */
function stepsUpTo(
  { config }: ResolvedExperiment,
  index: number,
  step: number,
  from: CheckpointRef | undefined,
): number {
  const stages = allStages(config);
  const begun = stages.find((one) => one.stage.name === from?.stage);
  const before = stages.slice(begun?.index ?? 0, index).reduce((sum, { stage }) => sum + stage.steps, 0);
  return before + step + 1 - (from?.step ?? 0);
}

const plain = (value: unknown): JsonValue => JSON.parse(JSON.stringify(value)) as JsonValue;
