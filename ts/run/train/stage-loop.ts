import { TomoeError } from "../../errors.ts";
import { planInForce } from "../../router/index.ts";
import type { Batch } from "../../schema/batch.ts";
import type { RouterPolicy, RoutingPlan } from "../../schema/router.ts";
import type { StageSpec, StepResult } from "../../schema/stage.ts";
import {
  digestBatch,
  digestPlan,
  type FeedSession,
  type StageSession,
  type WorkerPool,
} from "../../worker/index.ts";
import { enterLoad, type PlanBook } from "../plan-book.ts";

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
  readonly onStep: (result: StepResult, plan: RoutingPlan) => void;
  readonly onPlan: (plan: RoutingPlan, digest: string) => void;
  /** Writes a checkpoint; the stage waits for it. */
  readonly checkpoint: (nextStep: number, book: PlanBook) => Promise<void>;
  /** Aborted: the step in flight is finished, a checkpoint written, and the loop ends. */
  readonly stop: AbortSignal;
}

/** Time for a step to tell a failure that its feed met too. */
const workTellsMs = 200;

/** Feeds one rank ahead of its steps, as far as its credits reach, and keeps the digest of each batch. */
class RankFeeder {
  readonly #feed: FeedSession;
  readonly #digests = new Map<number, string>();
  #waiting: { readonly step: number; readonly give: (digest: string) => void } | null = null;
  #taken = -1;
  #onFailure: ((error: unknown) => void) | null = null;
  #failure: { readonly error: unknown } | null = null;

  constructor(feed: FeedSession) {
    this.#feed = feed;
  }

  /** Sends the batches of `first`..`last - 1`; resolves when all are sent or the feed was given up. */
  async pump(first: number, last: number, batchOf: (step: number) => Batch): Promise<void> {
    try {
      for (let step = first; step < last; step += 1) {
        const batch = batchOf(step);
        const digest = digestBatch(batch);
        await this.#feed.send(batch);
        this.#feed.acknowledged(step).then(
          () => {
            this.#taken = step;
          },
          (error: unknown) => this.#fail(error),
        );
        this.#digests.set(step, digest);
        if (this.#waiting?.step === step) this.#waiting.give(digest);
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Digest of the batch of `step`, once it is sent; each is asked for once. */
  async digest(step: number): Promise<string> {
    const sent = this.#digests.get(step);
    const digest =
      sent ??
      (await this.whileFed(
        step,
        () =>
          new Promise<string>((give) => {
            this.#waiting = { step, give };
          }),
      ));
    this.#waiting = null;
    this.#digests.delete(step);
    return digest;
  }

  /**
   * What `work` gives, or the failure of the feed when that kept the batch of `step` back: a worker that
   * refused a batch goes on waiting for
   * it, and says why on the feed alone. Where both fail, as when the worker died, `work` tells it, which
   * knows the step.
   */
  async whileFed<T>(step: number, work: () => Promise<T>): Promise<T> {
    if (this.#failure !== null && step > this.#taken) throw this.#failure.error;
    return await new Promise<T>((resolve, reject) => {
      this.#onFailure = (error) => {
        if (step > this.#taken) setTimeout(reject, workTellsMs, error);
      };
      work().then(resolve, reject);
    });
  }

  cancel(): void {
    this.#feed.cancel();
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#onFailure?.(error);
  }
}

function agree(results: readonly StepResult[]): StepResult {
  const first = results[0];
  if (first === undefined)
    throw new TomoeError("INTERNAL", "a step without ranks", { hint: "this is a bug of ours" });
  for (const result of results) {
    if (
      result.planDigest !== first.planDigest ||
      JSON.stringify(result.expertLoad) !== JSON.stringify(first.expertLoad)
    ) {
      throw new TomoeError(
        "WIRE_DIGEST",
        `ranks ${first.rank} and ${result.rank} disagree on the plan or the load of step ${first.step}`,
        {
          hint: "the ranks run different code or were fed different plans; restart from the last checkpoint",
          details: { step: first.step, ranks: [first.rank, result.rank] },
        },
      );
    }
  }
  return first;
}

/**
 * Drives one stage from the step its workers are at to its end: feeds batches, sends the plan in force,
 * collects results, lets the
 * policy decide, writes checkpoints.
 *
 * @returns steps done in all, and whether `stop` ended the stage before its last step.
 * @throws TomoeError of the worker, `WIRE_DIGEST` when ranks disagree, `ROUTER_CONTRACT` of a policy that
 * changes the past.
 */
export async function runStage(
  loop: StageLoop,
): Promise<{ readonly nextStep: number; readonly stopped: boolean }> {
  const sessions = await loop.pool.openStage(loop.spec, { minStepDeadlineMs: loop.minStepDeadlineMs });
  const first = sessions[0]?.firstStep ?? 0;
  const feeders = await Promise.all(
    loop.pool.ranks.map(async (rank) => new RankFeeder(await rank.openFeed())),
  );
  const pumps = feeders.map((feeder, rank) =>
    feeder.pump(first, loop.spec.steps, (step) => loop.batchOf(step, rank)),
  );
  try {
    const outcome = await steps(loop, sessions, feeders, first);
    if (outcome.stopped) {
      for (const feeder of feeders) feeder.cancel();
      for (const session of sessions) session.cancel();
    } else await Promise.all(sessions.map(async (session) => await session.end()));
    return outcome;
  } catch (error) {
    for (const feeder of feeders) feeder.cancel();
    for (const session of sessions) session.cancel();
    throw error;
  } finally {
    await Promise.all(pumps);
  }
}

async function steps(
  loop: StageLoop,
  sessions: readonly StageSession[],
  feeders: readonly RankFeeder[],
  first: number,
): Promise<{ readonly nextStep: number; readonly stopped: boolean }> {
  let book = loop.book;
  const digests = new Map<RoutingPlan, string>();
  const send = (plan: RoutingPlan): void => {
    for (const session of sessions) digests.set(plan, session.sendPlan(plan));
    loop.onPlan(plan, digests.get(plan) ?? digestPlan(plan));
  };
  for (const plan of book.plans) send(plan);
  for (let step = first; step < loop.spec.steps; step += 1) {
    const plan = planInForce(book.plans, step);
    const planDigest = digests.get(plan) ?? digestPlan(plan);
    const results = await Promise.all(
      sessions.map(async (session, rank) => {
        const feeder = feeders[rank];
        if (feeder === undefined)
          throw new TomoeError("INTERNAL", `rank ${rank} has no feeder`, { hint: "this is a bug of ours" });
        const batchDigest = await feeder.digest(step);
        return await feeder.whileFed(step, () => session.step({ step, planDigest, batchDigest }));
      }),
    );
    const result = agree(results);
    loop.onStep(result, plan);
    const entered = enterLoad(book, loop.policy, result.expertLoad);
    book = entered.book;
    if (entered.decided !== null) send(entered.decided);
    const last = step + 1 === loop.spec.steps;
    if (last || loop.stop.aborted || loop.checkpointDue(step + 1)) await loop.checkpoint(step + 1, book);
    if (loop.stop.aborted && !last) return { nextStep: step + 1, stopped: true };
  }
  return { nextStep: loop.spec.steps, stopped: false };
}
