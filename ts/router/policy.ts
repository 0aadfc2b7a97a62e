import { z } from "zod";
import { bug, type JsonValue, TomoeError } from "../errors.ts";
import { digestJson } from "../schema/digest.ts";
import type { RoutedPrompt, RouterPolicy, TaskRoute } from "../schema/router.ts";
import { predicts, type TaskId, taskRow } from "../schema/task.ts";
import { checkRouterConfig, type RouterPolicyConfig } from "./options.ts";
import { balanceByBias } from "./plan/balance.ts";
import { carriedPlan, checkLoad } from "./plan/shape.ts";
import { chosenAt, hardened } from "./plan/soft.ts";
import {
  type PromptClassifier,
  promptClassifierFromState,
  trainPromptClassifier,
} from "./prompt/classifier.ts";

/** Name and version of the default policy; the version changes with any change of a decision it makes. */
const policyId = "tomoe-task-router/3";

const stateSchema = z.strictObject({
  id: z.literal(policyId),
  config: z.unknown(),
  classifier: z.unknown(),
});

/**
 * Where a prompt goes that no task is sure of: to a task that predicts a choice when options are given, else
 * to one that predicts an answer; without such a one to the first that is asked by questions, else the first.
 */
function fallbackTask(prompt: RoutedPrompt, tasks: readonly TaskId[]): TaskId | undefined {
  const wanted = prompt.choices !== undefined && prompt.choices.length > 0 ? "choice" : "answer";
  return (
    tasks.find((task) => taskRow(task).asks === "question" && predicts(task, wanted)) ??
    tasks.find((task) => taskRow(task).asks === "question") ??
    tasks[0]
  );
}

function routeBy(
  classifier: PromptClassifier<string>,
  prompt: RoutedPrompt,
  { tasks, confidenceThreshold }: RouterPolicyConfig,
): TaskRoute {
  const probabilities = classifier.classify(prompt);
  const confidenceIn = (task: TaskId): number => probabilities[task] ?? 0;
  const [best] = [...tasks].sort((a, b) => confidenceIn(b) - confidenceIn(a));
  const fallback = fallbackTask(prompt, tasks);
  if (best === undefined || fallback === undefined) throw bug("a policy without tasks is asked");
  // Judged over all classes: a report asked of a model without reports is not taken for a question.
  if (confidenceIn(best) >= confidenceThreshold)
    return { task: best, confidence: confidenceIn(best), fallback: false };
  return { task: fallback, confidence: confidenceIn(fallback), fallback: true };
}

/**
 * Where an experiment sends an item whatever its words say: to its label, or to a task drawn from its id and the
 * seed; undefined where the words decide, as they do for every question of a user's own and for a label that the
 * model has no task for.
 */
function routeOfItem(
  { item }: RoutedPrompt,
  { route, routeSeed, tasks }: RouterPolicyConfig,
): TaskRoute | undefined {
  if (item === undefined || route === "classifier") return undefined;
  if (route === "random") {
    const draw = Number.parseInt(digestJson([routeSeed, item.id], "an item's route").slice(0, 8), 16);
    const task = tasks[draw % tasks.length];
    return task === undefined ? undefined : { task, confidence: 1 / tasks.length, fallback: false };
  }
  const isTold = tasks.includes(item.task) && (route === "oracle" || item.use === "train");
  return isTold ? { task: item.task, confidence: 1, fallback: false } : undefined;
}

/**
 * The default policy: routes a prompt by a trained classifier (an item as `config.route` says), falls back and says so
 * when it is not sure,
 * balances the experts as `config.balance` says, and lets a token have fewer of them step by step where `config.softSteps`
 * asks for it. The confidence is the probability of the task named, also when
 * it was fallen back to.
 *
 * @param config - the policy's part of a recipe's `router`.
 * @param classifier - trained on the default prompt texts when absent (about 0.3 s).
 * @throws TomoeError `CONFIG_INVALID` for a value out of range, or a task that the classifier does not know.
 */
export function taskRouterPolicy(
  config: RouterPolicyConfig,
  classifier: PromptClassifier<string> = trainPromptClassifier(),
): RouterPolicy {
  const checked = checkRouterConfig(config);
  const unknown = checked.tasks.find((task) => !classifier.classes.includes(task));
  if (unknown !== undefined) {
    throw new TomoeError("CONFIG_INVALID", `the prompt classifier does not know the task "${unknown}"`, {
      hint: `Train it on texts of every task; it knows ${classifier.classes.join(", ")}.`,
      details: { task: unknown, classes: [...classifier.classes] },
    });
  }
  const { topK, softSteps, balance, biasRate, balanceLossWeight, zLossWeight, planLag } = checked;
  const soft = { last: topK, softSteps };
  return {
    id: policyId,
    route: (prompt) => routeOfItem(prompt, checked) ?? routeBy(classifier, prompt, checked),
    firstPlan(context, previous) {
      const begun = previous === null ? chosenAt(soft, context.experts, 0) : previous.topK;
      const weights = { topK: softSteps === undefined ? topK : begun, balanceLossWeight, zLossWeight };
      return carriedPlan(context, previous, weights);
    },
    nextPlan(plan, load) {
      const step = load.step + planLag;
      if (balance === "bias") return hardened(balanceByBias(plan, load, biasRate, planLag), soft, step);
      checkLoad(plan, load);
      return hardened(plan, soft, step);
    },
    toState: () => ({ id: policyId, config: { ...checked }, classifier: classifier.toState() }),
  };
}

/**
 * Rebuilds the default policy from what its `toState` gave; it decides exactly as the one that was saved.
 *
 * @throws TomoeError `CHECKPOINT_INCOMPATIBLE` when the state is another policy's, `CHECKPOINT_INVALID` when
 * it is damaged,
 *   `CONFIG_INVALID` when its configuration is out of range.
 */
export function routerPolicyFromState(state: JsonValue): RouterPolicy {
  const parsed = stateSchema.safeParse(state);
  if (!parsed.success) {
    const id = typeof state === "object" && state !== null && "id" in state ? String(state.id) : "nothing";
    throw new TomoeError(
      "CHECKPOINT_INCOMPATIBLE",
      `the router state names ${id}, this version restores ${policyId}`,
      {
        hint: "A policy of your own is rebuilt by your own code; another version's by that version of Tomoe.",
        details: { found: id, expected: policyId },
      },
    );
  }
  return taskRouterPolicy(
    parsed.data.config as RouterPolicyConfig,
    promptClassifierFromState(parsed.data.classifier as JsonValue),
  );
}

/**
 * The policy that decides as this one does with some options changed; undefined for a user's own, which only its own code
 * can make.
 *
 * @throws TomoeError `CONFIG_INVALID` for an option out of range.
 */
export function policyWith(
  policy: RouterPolicy,
  change: Partial<RouterPolicyConfig>,
): RouterPolicy | undefined {
  const { success, data } = stateSchema.safeParse(policy.toState());
  if (!success) return undefined;
  return routerPolicyFromState({ ...data, config: { ...(data.config as object), ...change } } as JsonValue);
}

/**
 * SHA-256 of all that a policy decides by: of the default one its configuration and what it learnt, and so of
 * the prompt texts, the training settings and the code that turned them into weights. A run records it; where
 * it differs, the same prompt may go to another task.
 */
export function policyDigest(policy: RouterPolicy): string {
  const decidesBy = { id: policy.id, state: policy.toState() };
  return digestJson(decidesBy, "the router policy");
}
