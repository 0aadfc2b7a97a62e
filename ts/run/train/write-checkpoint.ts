import { allStages } from "../../config/index.ts";
import type { JsonValue } from "../../errors.ts";
import type { StageConfig } from "../../schema/experiment.ts";
import type { CheckpointFile } from "../../worker/index.ts";
import type { Attempt } from "../job.ts";
import type { PlanBook } from "../plan-book.ts";
import { contractInFull } from "../prepare/contract.ts";
import { checkpointAt } from "../validate/best.ts";
import { conductorPart } from "./conductor-state.ts";
import { reproFacts } from "./repro-facts.ts";

/**
 * The newest to resume from, the one before it in case its bytes go bad, and one more for the case that this
 * happened while the newest was written.
 */
const checkpointsKept = 3;

/** A moment of a stage that a checkpoint keeps. */
export interface CheckpointMoment extends Attempt {
  readonly stage: StageConfig;
  /** Position of the stage among all stages. */
  readonly index: number;
  /** First step that is not done. */
  readonly nextStep: number;
  readonly book: PlanBook;
  readonly tokenizerDigest: string;
  readonly lifted: boolean;
  /** The stage ends here, before its last step. */
  readonly ended?: boolean;
  /** The best of the stage's validations: its checkpoint stays. */
  readonly best?: { readonly stage: string; readonly step: number } | null;
}

/**
 * Writes a checkpoint, all or nothing: the worker's files, the parts that lie in TypeScript, one commit; then
 * older ones go. Waits for space where the disk is full.
 *
 * @throws TomoeError `DISK_FULL` after waiting in vain, `ROUTER_SHAPE` for a plan that does not fit the stage,
 * errors of the worker and of `OpenCheckpoint.commit`; nothing is then left of it.
 */
export async function writeCheckpoint(moment: CheckpointMoment): Promise<void> {
  const { job, pool, stage, index, nextStep, book, lifted, ended = false, best = null } = moment;
  const isLastStage = index === allStages(job.resolved.config).length - 1;
  const content = {
    final: isLastStage && (ended || nextStep === stage.steps),
    facts: reproFacts(moment),
    parts: {
      routingPlan: (book.plans.at(-1) ?? null) as unknown as JsonValue,
      routerPolicy: job.policy.toState(),
      dataCursor: { stage: stage.name, nextStep, volumesPerStep: stage.volumesPerStep },
      preprocess: { digest: job.corpus.preprocessDigest, ...contractInFull(job.resolved) },
      conductor: conductorPart({
        state: { stageIndex: index, lifted, ...(ended ? { ended } : {}), plans: book.plans },
        resolved: job.resolved,
      }),
    },
  };
  const place = {
    action: `write the checkpoint of ${stage.name} after ${nextStep} steps`,
    path: job.owned.paths.checkpoints,
  };
  await job.owned.space.whenThereIsSpace(place, async () => {
    const open = await job.owned.beginCheckpoint(stage.name, nextStep, pool.attempt);
    try {
      const files: CheckpointFile[] = [];
      // One after the other: the first rank saves all they have in common, each of the others its random state.
      for (const rank of pool.ranks)
        files.push(...(await rank.saveCheckpoint({ root: "checkpoints", path: open.path })));
      await open.commit({ files, ...content });
    } catch (error) {
      // What is left of it is swept by whoever owns the run next; why it failed is what to report.
      await open.abort().catch(() => undefined);
      throw error;
    }
  });
  await job.owned.retainCheckpoints(
    checkpointsKept,
    best === null ? undefined : (refs) => checkpointAt(refs, best),
  );
}
