import { allStages, buildStageSpec } from "../../config/index.ts";
import type { JsonValue } from "../../errors.ts";
import { jsonText } from "../../files/index.ts";
import { planInForce } from "../../router/index.ts";
import type { StageConfig } from "../../schema/experiment.ts";
import { askSlices } from "../evaluate/beside.ts";
import { tellPoint } from "../evaluate/points.ts";
import { ExpertWatch } from "../experts/watch.ts";
import { type Attempt, type RunJob, recordEvent } from "../job.ts";
import { tryKnobs } from "../knobs/knobs.ts";
import type { PlanBook } from "../plan-book.ts";
import { recordRoutes } from "../routes.ts";
import { nothingWanted, Validation } from "../validate/validation.ts";
import { stageBatches } from "./batches.ts";
import { requireCounted } from "./before/counted.ts";
import { checkLengths } from "./before/lengths.ts";
import { bringUp, type Cursor } from "./bring-up.ts";
import { firstPlan } from "./first-plan.ts";
import { StepRecorder } from "./record-steps.ts";
import { runStage, type StageEnd } from "./stage-loop.ts";
import { StepFailure } from "./step-failure.ts";
import { writeCheckpoint } from "./write-checkpoint.ts";

/**
 * One attempt: fresh ranks from the newest checkpoint through all remaining stages.
 *
 * @returns true when all stages are done, false when `stop` ended them early (a checkpoint is then written).
 * @throws StepFailure around the error of a stage's step, else TomoeError of the worker; the caller decides
 * whether another attempt follows.
 */
export async function trainAttempt(attempt: Attempt): Promise<boolean> {
  const { job } = attempt;
  const checkpoint = await job.owned.latestCheckpoint();
  let cursor = await bringUp({ ...attempt, checkpoint });
  if (checkpoint === undefined && job.until === undefined) {
    requireCounted(job);
    await checkLengths(attempt);
    const { lifted, book } = cursor;
    const previous = book === null ? null : planInForce(book.plans, 0);
    // What trials made of the model goes: it is made again, as if there had been none.
    if (await tryKnobs(attempt, { lifted, previous })) cursor = await bringUp({ ...attempt, checkpoint });
  }
  let { lifted } = cursor;
  const validation = await Validation.open(job);
  let previous = cursor.book === null ? null : planInForce(cursor.book.plans, cursor.nextStep);
  for (const { stage, index } of allStages(job.resolved.config).slice(cursor.stageIndex)) {
    const first = index === cursor.stageIndex ? cursor.nextStep : 0;
    if (first >= stage.steps || (index === cursor.stageIndex && cursor.ended === true)) {
      if (lifted && (validation ?? job.points) !== undefined)
        await lookBehind({ ...attempt, cursor, stage, index, validation });
      if (endsBehind(job, index)) return false;
      continue;
    }
    if (stage.data === "volumes" && !lifted) {
      const planned = { resolved: job.resolved, policy: job.policy, stage, lifted, previous };
      if (job.until === undefined) await askSlices(attempt, previous ?? firstPlan(planned), "slices-before");
      await lift(attempt);
      lifted = true;
    }
    const book =
      first > 0 && cursor.book !== null
        ? cursor.book
        : { plans: [firstPlan({ resolved: job.resolved, policy: job.policy, stage, lifted, previous })] };
    const end = await trainStage({ ...attempt, cursor, stage, index, first, book, lifted, validation });
    if (end.stopped || endsBehind(job, index) || job.until?.stage === stage.name) return false;
    previous = planInForce(end.book.plans, end.nextStep);
  }
  return true;
}

/** A stop in the last step of a stage ends the run there, not one step into the next one. */
function endsBehind({ stop, resolved }: Attempt["job"], index: number): boolean {
  return stop.aborted && index + 1 < allStages(resolved.config).length;
}

/** Makes up for what was to be measured at the end of a stage, and was cut off there. */
async function lookBehind({
  job,
  pool,
  cursor,
  stage,
  index,
  validation,
}: Pick<StageJob, "cursor" | "stage" | "index"> &
  Attempt & { readonly validation: Validation | undefined }): Promise<void> {
  const { nextStep, bitExact, book } = cursor;
  const recorder = await StepRecorder.open({ job, stage, bitExact });
  const moment = { job, pool, stage, index, nextStep, plans: book?.plans ?? [], recorder };
  await tellPoint({ ...moment, goesOn: true });
  validation?.goOnAt({ stage, nextStep });
  await validation?.look(moment);
}

async function lift({ job, pool }: Attempt): Promise<void> {
  const { tensors, ...report } = await pool.same("lift", (rank) => rank.liftModel(job.resolved.config.seed));
  await job.owned.write("lift.json", jsonText({ ...report, tensors }));
  const { groups, additions, ...counts } = report;
  const data = {
    ...counts,
    groups: groups as unknown as JsonValue,
    additions: additions as unknown as JsonValue,
  };
  await recordEvent(job, { kind: "lifted", key: "lift", data });
}

/** Whether the step that a training is only done for is done. */
function isReached({ until }: RunJob, stage: StageConfig, nextStep: number): boolean {
  return until !== undefined && until.stage === stage.name && nextStep > until.step;
}

interface StageJob extends Attempt {
  readonly cursor: Cursor;
  readonly stage: StageConfig;
  readonly index: number;
  /** Step it begins with. */
  readonly first: number;
  readonly book: PlanBook;
  readonly lifted: boolean;
  readonly validation: Validation | undefined;
}

/** Joins the rooms of one stage: batches in, steps recorded, checkpoints written. */
async function trainStage({
  job,
  pool,
  cursor,
  stage,
  index,
  first,
  book,
  lifted,
  validation,
}: StageJob): Promise<StageEnd> {
  const { config } = job.resolved;
  const batches = stageBatches({ job, stage, ranks: pool.ranks.length });
  if (stage.objectives.language !== undefined) await recordRoutes(job, stage.name, batches.confusion());
  const recorder = await StepRecorder.open({ job, stage, bitExact: cursor.bitExact });
  const experts = await ExpertWatch.open({ job, stage, first, recorder });
  let step = first;
  validation?.goOnAt({ stage, nextStep: first });
  try {
    return await runStage({
      pool,
      spec: buildStageSpec(config, stage, index),
      policy: job.policy,
      book,
      batchOf: (at, rank) => batches.at(at, rank),
      minStepDeadlineMs: config.execution.stepDeadlineSeconds * 1000,
      checkpointDue: (done) => done % stage.checkpointEvery === 0,
      onBegin: (session) => recorder.begin(session),
      onStep: (result, plan) => {
        recorder.step(result);
        experts.step(result, plan);
        step = result.step + 1;
      },
      onPlan: (plan, digest) => recorder.plan(plan, digest),
      checkpoint: async (nextStep, current, ended) => {
        await recorder.settled();
        if (job.until !== undefined) return;
        const { tokenizerDigest } = cursor;
        const best = validation?.bestOf(stage.name) ?? null;
        const place = { stage, index, nextStep, lifted, ended, best };
        await writeCheckpoint({ job, pool, ...place, book: current, tokenizerDigest });
      },
      between: async (nextStep, { plans }) => {
        if (job.until !== undefined) return { saves: false, ends: isReached(job, stage, nextStep) };
        if (!lifted) return nothingWanted;
        const moment = { job, pool, stage, index, nextStep, plans, recorder };
        await tellPoint({ ...moment, goesOn: nextStep === first });
        return (await validation?.look(moment)) ?? nothingWanted;
      },
      stop: job.stop,
    });
  } catch (cause) {
    // What is still being written belongs to this attempt: the next one's fence would refuse it.
    await recorder.settled().catch(() => undefined);
    const volumes = step < stage.steps ? batches.volumesOf(step) : [];
    throw new StepFailure(cause, { stage: stage.name, step, volumes });
  }
}
