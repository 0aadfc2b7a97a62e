import { allStages, buildStageSpec } from "../../config/index.ts";
import { isTomoeError } from "../../errors.ts";
import { jsonText, userCache } from "../../files/index.ts";
import { policyDigest } from "../../router/index.ts";
import type { RouterPolicy, RoutingPlan } from "../../schema/router.ts";
import { type Attempt, firstRank } from "../job.ts";
import { stageBatches } from "../train/batches.ts";
import { firstPlan } from "../train/first-plan.ts";
import { batchOutcomes } from "./batches/batch-options.ts";
import { type Budget, budgetOf, triedOptions } from "./budget.ts";
import { cutStep } from "./cut.ts";
import { type KeptTrials, keepTrials, placeOfTrials, readTrials } from "./kept.ts";
import { isAsked, requireEffects, trainedOutcomes } from "./lines.ts";
import { optionsOf } from "./options.ts";
import type { StageOutcome } from "./outcome.ts";
import { tableOf, tell } from "./table.ts";
import { type StageShares, tryStage } from "./try-stage.ts";
import type { StageAt } from "./variation.ts";

/**
 * Before the first step of a run: pushes every option of the training step to an extreme and looks what that changes, looks
 * which tensors gradients reach, and tells how long the training will take. The table is the run's `knobs.json`.
 *
 * @param lifted - whether the model on the ranks is.
 * @param cache - folder where trials of a recipe are kept.
 * @returns whether the ranks' model was used: it is to be made again before anything is trained.
 * @throws TomoeError `CONFIG_INVALID` naming what was asked for and does nothing; errors of the worker.
 */
export async function tryKnobs(
  attempt: Attempt,
  { lifted, previous }: { readonly lifted: boolean; readonly previous: RoutingPlan | null },
  cache: string = userCache(process.env),
): Promise<boolean> {
  const { job } = attempt;
  const options = optionsOf(job.resolved.config);
  const shares = sharesOf(attempt);
  const stages = stagesOf(attempt, { lifted, previous }, shares);
  const budget = budgetOf(stages, triedOptions(stages, options), (one) => isAsked(job.resolved, one));
  const asked = options.filter((one) => isAsked(job.resolved, one)).map(({ path }) => path);
  const place = budget.covers
    ? await placeOfTrials(cache, job.resolved, { ...factsOf(attempt), asked })
    : undefined;
  const kept = place === undefined ? undefined : await readTrials(place);
  const isUsed = place !== undefined && kept === undefined;
  const trials = isUsed ? await tryAll(attempt, { stages, budget, shares, lifted }) : kept;
  const found = trials?.stages ?? [];
  const outcomes = [
    ...found.flatMap((one) => one.options),
    ...trainedOutcomes(found, options),
    ...batchOutcomes(attempt, stages, options),
  ];
  const table = tableOf(attempt, { options, budget, trials, outcomes });
  await job.owned.write("knobs.json", jsonText(table));
  await tell(attempt, table);
  requireEffects(job.resolved, { options, outcomes, stages: found });
  if (isUsed && trials !== undefined) await keep(attempt, place, trials);
  return isUsed;
}

type Shares = ReadonlyMap<string, StageShares>;

/** What each stage's ranks see, each step read once. */
function sharesOf({ job, pool }: Attempt): Shares {
  const ranks = pool.ranks.length;
  return new Map(
    allStages(job.resolved.config).map(({ stage }) => {
      const batches = stageBatches({ job, stage, ranks });
      const whole = (step: number) => Array.from({ length: ranks }, (_, rank) => batches.at(step, rank));
      const facts = Object.keys(stage.objectives).some((objective) => objective.startsWith("facts"));
      return [stage.name, { whole, cut: (step) => cutStep(whole(step), facts) }];
    }),
  );
}

/** The stages as each will begin, one after another. */
function stagesOf(
  { job: { resolved, policy } }: Attempt,
  start: { readonly lifted: boolean; readonly previous: RoutingPlan | null },
  shares: Shares,
): readonly StageAt[] {
  const { config } = resolved;
  const all = allStages(config);
  const pretrain = all.length - config.stages.length;
  let { lifted, previous } = start;
  return all.map(({ stage, index }) => {
    lifted ||= stage.data === "volumes";
    const planned = { resolved, stage, lifted, previous };
    const planOf = (of: RouterPolicy): RoutingPlan => firstPlan({ ...planned, policy: of });
    const plan = planOf(policy);
    previous = plan;
    return {
      stage,
      index,
      spec: buildStageSpec(config, stage, index),
      plan,
      policy,
      planOf,
      path: index < pretrain ? `model.base.pretrain.${index}` : `stages.${index - pretrain}`,
      cutVolumes: shares.get(stage.name)?.cut(0)[0]?.globalVolumeCount ?? stage.volumesPerStep,
    };
  });
}

/** What a trial's result follows from beside recipe and code. */
function factsOf({ job, pool }: Attempt) {
  const { device, environment } = firstRank(pool).facts;
  const { torch = null, cpuCapability = null, precision = null } = environment;
  const { fingerprint } = job.corpus;
  const policy = policyDigest(job.policy);
  return { policy, corpus: fingerprint, device, ranks: pool.ranks.length, torch, cpuCapability, precision };
}

async function tryAll(
  { job, pool }: Attempt,
  {
    stages,
    budget,
    shares,
    lifted,
  }: {
    readonly stages: readonly StageAt[];
    readonly budget: Budget;
    readonly shares: Shares;
    readonly lifted: boolean;
  },
): Promise<KeptTrials> {
  const tried: StageOutcome[] = [];
  let isLifted = lifted;
  for (const at of stages) {
    job.stop.throwIfAborted();
    job.onProgress({ kind: "phase", phase: "trying options", done: tried.length, total: stages.length });
    if (at.stage.data === "volumes" && !isLifted) {
      await pool.same("lift", (rank) => rank.liftModel(job.resolved.config.seed));
      isLifted = true;
    }
    const ofStage = shares.get(at.stage.name);
    if (ofStage === undefined) continue;
    const wanted = budget.wanted.filter((one) => one.at === at);
    tried.push(await tryStage(pool, at, wanted, { shares: ofStage, signal: job.stop }));
  }
  job.onProgress({ kind: "phase", phase: "trying options", done: stages.length, total: stages.length });
  return { runId: job.owned.runId, stages: tried };
}

/** A folder that takes nothing costs the next run its trials and this one nothing. */
async function keep({ job }: Attempt, place: string, trials: KeptTrials): Promise<void> {
  try {
    await keepTrials(place, trials);
  } catch (error) {
    if (!isTomoeError(error)) throw error;
    job.onProgress({
      kind: "notice",
      text: `trials of options are not kept for the next run: ${error.message}`,
    });
  }
}
