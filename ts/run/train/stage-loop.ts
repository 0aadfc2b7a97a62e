import { bug, TomoeError } from "../../errors.ts";
import { planInForce } from "../../router/index.ts";
import type { Batch } from "../../schema/batch.ts";
import type { RouterPolicy, RoutingPlan } from "../../schema/router.ts";
import type { StageSpec, StepResult } from "../../schema/stage.ts";
import { digestPlan, type StageSession, type WorkerPool } from "../../worker/index.ts";
import { enterLoad, type PlanBook } from "../plan-book.ts";
import { nothingWanted, type Wanted } from "../validate/validation.ts";
import { RankFeeder } from "./rank-feeder.ts";

/** What one stage needs to be driven on the ranks of one attempt. */
export interface StageLoop {
  readonly pool: WorkerPool;
  readonly spec: StageSpec;
  readonly policy: RouterPolicy;
  /** The book a checkpoint held, or the policy's first plan. */
  readonly book: PlanBook;
  /** What rank `rank` sees at `step`; a pure function. */
  readonly batchOf: (step: number, rank: number) => Batch;
  readonly minStepDeadlineMs: number;
  /** True at the steps after which a checkpoint is due; the last step always is. */
  readonly checkpointDue: (stepsDone: number) => boolean;
  /** What the first rank said of the stage it opened; the others hold the same weights. */
  readonly onBegin: (session: StageSession) => void;
  readonly onStep: (result: StepResult, plan: RoutingPlan) => void;
  readonly onPlan: (plan: RoutingPlan, digest: string) => void;
  /** Writes a checkpoint; the stage waits for it. */
  readonly checkpoint: (nextStep: number, book: PlanBook, ended: boolean) => Promise<void>;
  /**
   * Done after a step, before the stage goes on, and where it goes on after a checkpoint; the weights are those of that
   * step. It may want a checkpoint there, or the stage to end.
   */
  readonly between?: (nextStep: number, book: PlanBook) => Promise<Wanted>;
  /** Aborted: the step in flight is finished, a checkpoint written, and the loop ends. */
  readonly stop: AbortSignal;
}

/** How a stage ended: steps done in all, whether `stop` ended it before its end, the plans it left. */
export interface StageEnd {
  readonly book: PlanBook;
  readonly nextStep: number;
  readonly stopped: boolean;
}

/** One rank of a stage: where its steps are commanded and where its batches go. */
interface RankOfStage {
  readonly session: StageSession;
  readonly feeder: RankFeeder;
}

function agree(results: readonly StepResult[]): StepResult {
  const [first, ...others] = results;
  if (first === undefined) throw bug("a step without ranks");
  const load = JSON.stringify(first.expertLoad);
  for (const { planDigest, expertLoad, rank } of others) {
    if (planDigest === first.planDigest && JSON.stringify(expertLoad) === load) continue;
    throw new TomoeError(
      "WIRE_DIGEST",
      `ranks ${first.rank} and ${rank} disagree on the plan or the load of step ${first.step}`,
      {
        hint: "The ranks run different code or were fed different plans; resume from the last checkpoint.",
        details: { step: first.step, ranks: [first.rank, rank] },
      },
    );
  }
  return first;
}

/**
 * Drives one stage from the step its workers are at to its end: feeds batches, sends the plan in force,
 * collects results, lets the policy decide, writes checkpoints.
 *
 * @throws TomoeError of the worker, `WIRE_DIGEST` when ranks disagree, `ROUTER_CONTRACT` of a policy that
 * changes the past.
 */
export async function runStage(loop: StageLoop): Promise<StageEnd> {
  const sessions = await loop.pool.openStage(loop.spec, { minStepDeadlineMs: loop.minStepDeadlineMs });
  const [leader] = sessions;
  if (leader !== undefined) loop.onBegin(leader);
  const first = leader?.firstStep ?? 0;
  const ranks = await Promise.all(
    sessions.map(async (session, rank): Promise<RankOfStage> => {
      const feed = await loop.pool.ranks[rank]?.openFeed();
      if (feed === undefined) throw bug(`a stage of ${sessions.length} ranks has no rank ${rank}`);
      return { session, feeder: new RankFeeder(feed) };
    }),
  );
  const pumps = ranks.map(({ feeder }, rank) =>
    feeder.pump(first, loop.spec.steps, (step) => loop.batchOf(step, rank)),
  );
  const giveUp = (): void => {
    for (const { feeder } of ranks) feeder.cancel();
    for (const { session } of ranks) session.cancel();
  };
  try {
    const end = await drive(loop, ranks, first);
    if (end.stopped) giveUp();
    // Batches behind an early end are never asked for.
    else if (end.nextStep < loop.spec.steps) for (const { feeder } of ranks) feeder.cancel();
    if (!end.stopped) await Promise.all(ranks.map(async ({ session }) => await session.end()));
    return end;
  } catch (error) {
    giveUp();
    throw error;
  } finally {
    await Promise.all(pumps);
  }
}

async function drive(loop: StageLoop, ranks: readonly RankOfStage[], first: number): Promise<StageEnd> {
  let { book } = loop;
  const send = (plan: RoutingPlan): void => {
    for (const { session } of ranks) session.sendPlan(plan);
    loop.onPlan(plan, digestPlan(plan));
  };
  const between = async (nextStep: number): Promise<Wanted> =>
    (await loop.between?.(nextStep, book)) ?? nothingWanted;
  for (const plan of book.plans) send(plan);
  // What was cut off behind the checkpoint is made up for, and may end the stage there, or the run.
  if (first > 0) {
    const { ends } = await between(first);
    if (ends) await loop.checkpoint(first, book, true);
    if (ends || loop.stop.aborted) return { nextStep: first, stopped: !ends, book };
  }
  for (let step = first; step < loop.spec.steps; step += 1) {
    const plan = planInForce(book.plans, step);
    const planDigest = digestPlan(plan);
    const results = await Promise.all(
      ranks.map(async ({ session, feeder }) => {
        const batchDigest = await feeder.digest(step);
        return await feeder.whileFed(step, () => session.step({ step, planDigest, batchDigest }));
      }),
    );
    const result = agree(results);
    loop.onStep(result, plan);
    const entered = enterLoad(book, loop.policy, result.expertLoad);
    book = entered.book;
    if (entered.decided !== null) send(entered.decided);
    const { saves, ends } = await between(step + 1);
    const isLast = ends || step + 1 === loop.spec.steps;
    if (isLast || saves || loop.stop.aborted || loop.checkpointDue(step + 1))
      await loop.checkpoint(step + 1, book, ends);
    if (isLast) return { nextStep: step + 1, stopped: false, book };
    if (loop.stop.aborted) return { nextStep: step + 1, stopped: true, book };
  }
  return { nextStep: loop.spec.steps, stopped: false, book };
}
