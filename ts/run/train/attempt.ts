import {
  allStages,
  buildModelSpec,
  buildStageSpec,
  moeBlocks,
  type ResolvedExperiment,
} from "../../config/index.ts";
import { batchAt, casesOf } from "../../data/dataset/index.ts";
import { type JsonValue, TomoeError } from "../../errors.ts";
import { packageVersion } from "../../files/index.ts";
import type { StageConfig } from "../../schema/experiment.ts";
import type { RouterPolicy, RoutingPlan } from "../../schema/router.ts";
import type { ItemRow } from "../../schema/sample.ts";
import type { StepResult } from "../../schema/stage.ts";
import type { TaskId } from "../../schema/task.ts";
import {
  compareManifests,
  type OwnedRun,
  type ReproFacts,
  type VerifiedCheckpoint,
} from "../../track/index.ts";
import type { WorkerPool } from "../../worker/index.ts";
import type { PlanBook } from "../plan-book.ts";
import type { Corpus } from "../prepare/material.ts";
import type { OnProgress } from "../progress.ts";
import { runStage } from "./stage-loop.ts";

/** What every attempt of a run has in common. */
export interface RunJob {
  readonly owned: OwnedRun;
  readonly resolved: ResolvedExperiment;
  readonly corpus: Corpus;
  readonly policy: RouterPolicy;
  readonly onProgress: OnProgress;
  /** Aborted: the step in flight is finished, a checkpoint written, and the run ends resumable. */
  readonly stop: AbortSignal;
}

/** Where in a run something went wrong. */
export interface StepPlace {
  readonly stage: string;
  readonly step: number;
  /** Volumes of that step's batch, by digest. */
  readonly volumes: readonly string[];
}

/** What a step failed with, and which step that was. */
export class StepFailure extends Error {
  override readonly name = "StepFailure";
  readonly place: StepPlace;

  constructor(cause: unknown, place: StepPlace) {
    super(`step ${place.step} of stage ${place.stage}`, { cause });
    this.place = place;
  }
}

/** Where a run stands: the stage and the steps of it that are done. */
interface Cursor {
  readonly stageIndex: number;
  readonly nextStep: number;
  readonly lifted: boolean;
  readonly book: PlanBook | null;
  /** False when numbers may differ from those recorded before, for a stated reason. */
  readonly bitExact: boolean;
  readonly tokenizerDigest: string;
}

function environmentText(pool: WorkerPool, key: string): string {
  const value = pool.ranks[0]?.facts.environment[key];
  if (value === undefined || value === null)
    throw new TomoeError("WIRE_INCOMPLETE", `the worker's hello does not say "${key}"`, {
      hint: "worker and conductor are of different versions; run: npm run setup",
      details: { key },
    });
  return String(value);
}

/** What must match for a resumed run to give the same numbers. */
function reproFacts(job: RunJob, pool: WorkerPool, tokenizerDigest: string): ReproFacts {
  return {
    configDigest: job.resolved.digest,
    corpusFingerprint: job.corpus.fingerprint,
    preprocessDigest: job.corpus.preprocessDigest,
    tokenizerDigest,
    tomoe: packageVersion(),
    python: environmentText(pool, "python"),
    torch: environmentText(pool, "torch"),
    device: pool.ranks[0]?.facts.device ?? "",
    cpuCapability: environmentText(pool, "cpuCapability"),
    threads: job.resolved.config.execution.threads,
    worldSize: pool.ranks.length,
  };
}

function readConductor(
  value: JsonValue,
  name: string,
): { readonly stageIndex: number; readonly plans: readonly RoutingPlan[] } {
  if (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    "stageIndex" in value &&
    "plans" in value &&
    typeof value.stageIndex === "number" &&
    Array.isArray(value.plans)
  ) {
    return { stageIndex: value.stageIndex, plans: value.plans as unknown as readonly RoutingPlan[] };
  }
  throw new TomoeError("CHECKPOINT_INVALID", `checkpoint ${name} does not say where the conductor stood`, {
    hint: "it was written by another version; start the run anew",
  });
}

/** Brings fresh workers to where the newest checkpoint stands, or to the beginning. */
async function bringUp(
  job: RunJob,
  pool: WorkerPool,
  checkpoint: VerifiedCheckpoint | undefined,
): Promise<Cursor> {
  const { config } = job.resolved;
  if (checkpoint === undefined) {
    const { base } = config.model;
    const wanted = base.kind === "tiny-phi3v" ? base.language.vocab : 0;
    const tokenizer = await pool.same("tokenizer", (rank) =>
      rank.fitTokenizer(job.corpus.tokenizerLines, wanted),
    );
    const spec = buildModelSpec(config, {
      facts: job.corpus.facts,
      patchClasses: job.corpus.patchClasses,
      vocab: tokenizer.vocab,
      preprocessDigest: job.corpus.preprocessDigest,
    });
    await job.owned.write("model.json", `${JSON.stringify(spec, null, 2)}\n`);
    const groups = await pool.same("model", (rank) => rank.createModel(spec, config.seed));
    await event(job, "model-created", "model", {
      groups: groups as unknown as JsonValue,
      tokenizerDigest: tokenizer.digest,
    });
    return {
      stageIndex: 0,
      nextStep: 0,
      lifted: false,
      book: null,
      bitExact: true,
      tokenizerDigest: tokenizer.digest,
    };
  }
  const { ref, manifest } = checkpoint;
  const verdict = compareManifests(manifest.facts, reproFacts(job, pool, manifest.facts.tokenizerDigest));
  if (verdict.verdict === "refuse") {
    throw new TomoeError(
      "CHECKPOINT_INCOMPATIBLE",
      `checkpoint ${ref.name} cannot go on here: ${verdict.reasons.join("; ")}`,
      {
        hint: "resume with what the run was made with, or start it anew",
        details: { reasons: verdict.reasons },
      },
    );
  }
  if (verdict.verdict === "compatible")
    job.onProgress({ kind: "notice", text: `resuming, but not bit for bit: ${verdict.reasons.join("; ")}` });
  const { stageIndex, plans } = readConductor(manifest.parts.conductor, ref.name);
  // After the last step of a stage its optimizer is of no use: the next stage begins with its own.
  const stageGoesOn = manifest.step < (allStages(config)[stageIndex]?.stage.steps ?? 0);
  const state = await pool.same("checkpoint", (rank) =>
    rank.loadCheckpoint({ root: "checkpoints", path: ref.name }, manifest.files, stageGoesOn),
  );
  job.onProgress({ kind: "notice", text: `going on from checkpoint ${ref.name}` });
  return {
    stageIndex,
    nextStep: manifest.step,
    lifted: state.lifted,
    book: { plans },
    bitExact: verdict.verdict === "equal",
    tokenizerDigest: manifest.facts.tokenizerDigest,
  };
}

async function event(job: RunJob, kind: string, key: string | undefined, data: JsonValue): Promise<void> {
  const log = await job.owned.events();
  await log.append([
    { kind, ...(key === undefined ? {} : { key }), data: data as { readonly [name: string]: JsonValue } },
  ]);
}

/** Expert groups of a stage: one shared, or one a task. */
export function groupsOf(
  job: { readonly resolved: ResolvedExperiment },
  stage: StageConfig,
): readonly string[] {
  return stage.routing === "per-task" ? job.resolved.config.router.tasks : ["shared"];
}

function routeItem(job: RunJob, cache: Map<string, TaskId>, item: ItemRow): TaskId {
  const key = JSON.stringify([item.question, item.choices ?? null]);
  const known = cache.get(key);
  if (known !== undefined) return known;
  const { task } = job.policy.route({
    text: item.question,
    ...(item.choices === undefined ? {} : { choices: item.choices }),
  });
  cache.set(key, task);
  return task;
}

/**
 * One attempt: fresh workers from the newest checkpoint through all remaining stages.
 *
 * @returns true when all stages are done, false when `stop` ended them early (a checkpoint is then written).
 * @throws StepFailure around the error of a stage's step, else TomoeError of the worker; the caller decides
 * whether another attempt follows.
 */
export async function trainAttempt(job: RunJob, pool: WorkerPool): Promise<boolean> {
  const cursor = await bringUp(job, pool, await job.owned.latestCheckpoint());
  const stages = allStages(job.resolved.config);
  let { lifted } = cursor;
  for (const { stage, index } of stages.slice(cursor.stageIndex)) {
    const here = index === cursor.stageIndex;
    if (here && cursor.nextStep >= stage.steps) continue;
    if (stage.data === "volumes" && !lifted) {
      const report = await pool.same("lift", (rank) => rank.liftModel(job.resolved.config.seed));
      await event(job, "lifted", "lift", report as unknown as JsonValue);
      lifted = true;
    }
    const book =
      here && cursor.book !== null && cursor.nextStep > 0
        ? cursor.book
        : { plans: [firstPlan(job, stage, lifted)] };
    const { stopped } = await trainStage(job, pool, cursor, stage, index, book, lifted);
    if (stopped) return false;
  }
  return true;
}

/** The plan a stage begins with; before the lift there are no experts to plan for. */
export function firstPlan(
  job: { readonly resolved: ResolvedExperiment; readonly policy: RouterPolicy },
  stage: StageConfig,
  lifted: boolean,
): RoutingPlan {
  const { config } = job.resolved;
  const groups = groupsOf(job, stage);
  if (!lifted)
    return {
      effectiveFromStep: 0,
      topK: config.router.topK,
      balanceLossWeight: 0,
      zLossWeight: 0,
      groups,
      layers: [],
    };
  return job.policy.firstPlan({
    stage: stage.name,
    groups,
    blocks: moeBlocks(config),
    experts: config.router.tokenExperts,
  });
}

async function trainStage(
  job: RunJob,
  pool: WorkerPool,
  cursor: Cursor,
  stage: StageConfig,
  index: number,
  book: PlanBook,
  lifted: boolean,
): Promise<{ readonly nextStep: number; readonly stopped: boolean }> {
  const { config } = job.resolved;
  const dataset = stage.data === "slices" ? job.corpus.slices : job.corpus.volumes;
  if (dataset === null)
    throw new TomoeError("INTERNAL", `stage "${stage.name}" has no slices to train on`, {
      hint: "this is a bug of ours: the configuration should have been refused",
    });
  const routes = new Map<string, TaskId>();
  const plan = {
    order: { seed: config.seed, corpusFingerprint: dataset.fingerprint, stage: stage.name },
    cases: casesOf(dataset, "train"),
    cached: job.corpus.cached,
    facts: job.corpus.facts.map((fact) => fact.name),
    volumesPerStep: stage.volumesPerStep,
    ...(stage.itemsPerVolume === undefined ? {} : { itemsPerVolume: stage.itemsPerVolume }),
    reportTokenWeight: stage.reportTokenWeight,
    tasks: config.router.tasks,
    route: (item: ItemRow) => routeItem(job, routes, item),
    withItems: stage.objectives.language !== undefined,
  };
  const recorder = await StepRecorder.open(job, stage, cursor.bitExact);
  const batchOf = (step: number, rank: number) => batchAt(plan, step, rank, pool.ranks.length);
  let step = index === cursor.stageIndex ? cursor.nextStep : 0;
  return await runStage({
    pool,
    spec: buildStageSpec(config, stage, index),
    policy: job.policy,
    book,
    batchOf,
    minStepDeadlineMs: config.execution.stepDeadlineSeconds * 1000,
    checkpointDue: (done) => done % stage.checkpointEvery === 0,
    onStep: (result) => {
      recorder.step(result);
      step = result.step + 1;
    },
    onPlan: (decided, digest) => {
      recorder.plan(decided, digest);
    },
    checkpoint: async (nextStep, current) => {
      await recorder.settled();
      await writeCheckpoint(job, pool, {
        stage,
        index,
        nextStep,
        book: current,
        tokenizerDigest: cursor.tokenizerDigest,
        lifted,
      });
    },
    stop: job.stop,
  }).catch((cause: unknown) => {
    const batch = step < stage.steps ? pool.ranks.flatMap((_, rank) => batchOf(step, rank).volumes) : [];
    throw new StepFailure(cause, {
      stage: stage.name,
      step,
      volumes: batch.map((volume) => volume.volumeId),
    });
  });
}

/**
 * Keeps the record of a stage's steps: metrics and plans on the disk, in order, one write behind the
 * training.
 */
class StepRecorder {
  readonly #job: RunJob;
  readonly #stage: StageConfig;
  readonly #bitExact: boolean;
  readonly #started = performance.now();
  #writing: Promise<void> = Promise.resolve();
  #failure: { readonly error: unknown } | null = null;

  private constructor(job: RunJob, stage: StageConfig, bitExact: boolean) {
    this.#job = job;
    this.#stage = stage;
    this.#bitExact = bitExact;
  }

  static async open(job: RunJob, stage: StageConfig, bitExact: boolean): Promise<StepRecorder> {
    await Promise.all([job.owned.metrics(), job.owned.events()]);
    return new StepRecorder(job, stage, bitExact);
  }

  #queue(write: () => Promise<void>): void {
    if (this.#failure !== null) throw this.#failure.error;
    this.#writing = this.#writing.then(write).catch((error: unknown) => {
      this.#failure ??= { error };
    });
  }

  step(result: StepResult): void {
    const { name: stage, steps } = this.#stage;
    const wallSeconds = (performance.now() - this.#started) / 1000;
    // A run that goes on under other conditions may give other numbers: they are kept beside the old ones, by
    // attempt.
    const kept = this.#bitExact ? {} : { measured: true };
    const record = (name: string, value: number, measured = false) => ({
      stage,
      step: result.step,
      name,
      value,
      wallSeconds,
      ...(measured ? { measured: true } : kept),
    });
    const load = result.expertLoad.tokensLGE.flatMap((layer, l) =>
      layer.flatMap((group, g) => group.map((tokens, e) => record(`load.${l}.${g}.${e}`, tokens))),
    );
    const records = [
      record("loss", result.loss),
      record("gradientNorm", result.gradientNorm),
      record("learningRateScale", result.learningRateScale),
      ...Object.entries(result.objectiveLosses).map(([objective, loss]) => record(`loss.${objective}`, loss)),
      ...load,
      record("seconds", result.seconds, true),
    ];
    this.#queue(async () => {
      await (await this.#job.owned.metrics()).append(records);
      // Told only once it is on the disk: what was seen is never lost.
      this.#job.onProgress({
        kind: "step",
        stage,
        step: result.step,
        steps,
        loss: result.loss,
        seconds: result.seconds,
      });
    });
  }

  plan(plan: RoutingPlan, digest: string): void {
    const { name: stage } = this.#stage;
    if (plan.layers.length === 0) return;
    const key = `${stage}/${plan.effectiveFromStep}`;
    this.#queue(async () => {
      await event(this.#job, "plan", this.#bitExact ? key : undefined, {
        stage,
        digest,
        plan: plan as unknown as JsonValue,
      });
    });
  }

  /** Resolves when all that was recorded is on the disk. */
  async settled(): Promise<void> {
    await this.#writing;
    if (this.#failure !== null) throw this.#failure.error;
  }
}

interface CheckpointMoment {
  readonly stage: StageConfig;
  readonly index: number;
  readonly nextStep: number;
  readonly book: PlanBook;
  readonly tokenizerDigest: string;
  readonly lifted: boolean;
}

async function writeCheckpoint(job: RunJob, pool: WorkerPool, moment: CheckpointMoment): Promise<void> {
  const { stage, index, nextStep, book } = moment;
  const rank = pool.ranks[0];
  if (rank === undefined)
    throw new TomoeError("INTERNAL", "a checkpoint without ranks", { hint: "this is a bug of ours" });
  const stages = allStages(job.resolved.config);
  const final = index === stages.length - 1 && nextStep === stage.steps;
  const place = {
    action: `write the checkpoint of ${stage.name} after ${nextStep} steps`,
    path: job.owned.paths.checkpoints,
  };
  await job.owned.whenThereIsSpace(place, async () => {
    const open = await job.owned.beginCheckpoint(stage.name, nextStep, pool.attempt);
    try {
      const files = await rank.saveCheckpoint({ root: "checkpoints", path: open.path });
      await open.commit({
        files,
        final,
        facts: reproFacts(job, pool, moment.tokenizerDigest),
        parts: {
          routingPlan: (book.plans.at(-1) ?? null) as unknown as JsonValue,
          routerPolicy: job.policy.toState(),
          dataCursor: { stage: stage.name, nextStep, volumesPerStep: stage.volumesPerStep },
          preprocess: { digest: job.corpus.preprocessDigest },
          conductor: { stageIndex: index, lifted: moment.lifted, plans: book.plans as unknown as JsonValue },
        },
      });
    } catch (error) {
      // What is left of it is swept by whoever owns the run next; why it failed is what to tell.
      await open.abort().catch(() => undefined);
      throw error;
    }
  });
  await job.owned.retainCheckpoints(3);
}
