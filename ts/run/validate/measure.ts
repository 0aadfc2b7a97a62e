import { validatedTasks } from "../../config/index.ts";
import { casesOf, renderPrompt } from "../../data/dataset/index.ts";
import type { StageConfig } from "../../schema/experiment.ts";
import type { RoutingPlan } from "../../schema/router.ts";
import type { ItemRow } from "../../schema/sample.ts";
import { predicts } from "../../schema/task.ts";
import { unanswered } from "../answer.ts";
import { type EvaluatedCase, evaluatedCase } from "../evaluate/cases.ts";
import { scoreCases } from "../evaluate/point.ts";
import { type Attempt, firstRank, type RunJob } from "../job.ts";
import { promptOf } from "../routes.ts";

/** The cases of the validation split that are looked at, each with all that is asked about it in training. */
function validationCases({ resolved, corpus }: RunJob): readonly EvaluatedCase[] {
  const cases = casesOf(corpus.volumes, "validation");
  const most = resolved.config.validation?.volumes ?? 0;
  const asked = resolved.config.router.tasks as readonly string[];
  return cases
    .slice(0, most === 0 ? cases.length : most)
    .map((entry) => evaluatedCase(corpus, entry, ({ task }) => asked.includes(task)));
}

/**
 * The numbers of the validation split by the weights as they stand: "loss", the mean over answer tokens that a stage
 * trains on, and the cheap metrics of the tasks that are asked. Nothing of the training depends on it: no random number
 * is drawn, no weight is moved.
 *
 * @returns by name, the loss first; NaN where a split has nothing of it.
 * @throws TomoeError of the worker; `CANCELLED` when stopped.
 */
export async function measureValidation(
  attempt: Attempt,
  plan: RoutingPlan,
  stage: Pick<StageConfig, "reportTokenWeight">,
): Promise<ReadonlyMap<string, number>> {
  const cases = validationCases(attempt.job);
  const numbers = new Map([["loss", await lossOf(attempt, plan, cases, stage)]]);
  const tasks = validatedTasks(attempt.job.resolved.config);
  if (Object.keys(tasks).length > 0)
    for (const { task, metric, value } of await scoreCases(attempt, plan, cases, tasks))
      numbers.set(`${task}/${metric}`, value);
  return numbers;
}

/** Nats of an answer token with its end, each item's weighing as in training. */
async function lossOf(
  { job, pool }: Attempt,
  plan: RoutingPlan,
  cases: readonly EvaluatedCase[],
  { reportTokenWeight }: Pick<StageConfig, "reportTokenWeight">,
): Promise<number> {
  const { answer: mode, batching } = job.resolved.config.evaluation;
  const { sequences, cacheBytes } = batching;
  const sums = { nats: 0, tokens: 0 };
  for (let at = 0; at < cases.length; at += batching.volumes) {
    const part = cases.slice(at, at + batching.volumes);
    const asked = new Map(
      part.flatMap(({ items }, volumeIndex) =>
        items.map((item) => [item.id, { item, volumeIndex }] as const),
      ),
    );
    const queries = [...asked.values()].map(({ item, volumeIndex }) => ({
      queryId: item.id,
      volumeIndex,
      prompt: renderPrompt(item),
      task: job.policy.route(promptOf(item, "evaluate")).task,
      choices: [item.target],
    }));
    if (queries.length === 0) continue;
    const volumes = part.map(({ volume }, slot) => ({ ...volume, slot }));
    const call = { volumes, queries, mode, batching: { sequences, cacheBytes }, seesImage: true, plan };
    const scored = new Map<string, { readonly nats: number; readonly tokens: number }>();
    for await (const { queryId, logProbs, optionTokens } of firstRank(pool).score(call, { signal: job.stop }))
      scored.set(queryId, { nats: -(logProbs[0] ?? Number.NaN), tokens: optionTokens[0] ?? Number.NaN });
    // In the order they were asked, so that the sum does not depend on the order of answers.
    for (const { item } of asked.values()) {
      const found = scored.get(item.id);
      if (found === undefined) throw unanswered(item.id);
      const weight = weightOf(item, reportTokenWeight);
      sums.nats += weight * found.nats;
      sums.tokens += weight * found.tokens;
    }
  }
  return sums.tokens === 0 ? Number.NaN : sums.nats / sums.tokens;
}

const weightOf = ({ task }: ItemRow, ofReports: number): number => (predicts(task, "report") ? ofReports : 1);
