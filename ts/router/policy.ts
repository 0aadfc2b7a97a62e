import { z } from "zod";
import { type JsonValue, TomoeError } from "../errors.ts";
import type { RoutedPrompt, RouterPolicy, TaskRoute } from "../schema/router.ts";
import type { TaskId } from "../schema/task.ts";
import { checkRouterConfig, type RouterPolicyConfig } from "./options.ts";
import { balanceByBias } from "./plan/balance.ts";
import { checkLoad, zeroBiasPlan } from "./plan/shape.ts";
import {
  type PromptClassifier,
  promptClassifierFromState,
  trainPromptClassifier,
} from "./prompt/classifier.ts";

/** Name and version of the default policy; the version changes with any change of a decision it makes. */
const POLICY_ID = "tomoe-task-router/1";

const stateSchema = z.strictObject({
  id: z.literal(POLICY_ID),
  config: z.unknown(),
  classifier: z.unknown(),
});

/**
 * Where a prompt goes that no task is sure of: `closed-vqa` with options, else `open-vqa`, of those the model
 * has; else its first task.
 */
function fallbackTask(prompt: RoutedPrompt, tasks: readonly TaskId[]): TaskId {
  const wanted: TaskId =
    prompt.choices !== undefined && prompt.choices.length > 0 ? "closed-vqa" : "open-vqa";
  return (
    tasks.find((task) => task === wanted) ?? tasks.find((task) => task !== "report") ?? tasks[0] ?? wanted
  );
}

function routeBy(classifier: PromptClassifier, prompt: RoutedPrompt, config: RouterPolicyConfig): TaskRoute {
  const probabilities = classifier.classify(prompt);
  const [best = fallbackTask(prompt, config.tasks)] = [...config.tasks].sort(
    (a, b) => probabilities[b] - probabilities[a],
  );
  // Judged over all three tasks and none: a report asked of a model without reports is not taken for a
  // question.
  if (probabilities[best] >= config.confidenceThreshold)
    return { task: best, confidence: probabilities[best], fallback: false };
  const task = fallbackTask(prompt, config.tasks);
  return { task, confidence: probabilities[task], fallback: true };
}

/**
 * The default policy: routes a prompt by a trained classifier, falls back and says so when it is not sure,
 * and balances the experts
 * as `config.balance` says. The confidence is the probability of the task named, also when it was fallen back
 * to.
 *
 * @param config - the policy's part of a recipe's `router`.
 * @param classifier - trained on the default corpus when absent (about 0.3 s).
 * @throws TomoeError `CONFIG_INVALID` for a value out of range.
 */
export function taskRouterPolicy(
  config: RouterPolicyConfig,
  classifier: PromptClassifier = trainPromptClassifier(),
): RouterPolicy {
  const checked = checkRouterConfig(config);
  const { topK, balance, biasRate, balanceLossWeight, zLossWeight, planLag } = checked;
  return {
    id: POLICY_ID,
    route: (prompt) => routeBy(classifier, prompt, checked),
    firstPlan: (context) => zeroBiasPlan(context, { topK, balanceLossWeight, zLossWeight }),
    nextPlan(plan, load) {
      if (balance === "bias") return balanceByBias(plan, load, biasRate, planLag);
      checkLoad(plan, load);
      return plan;
    },
    toState: () => ({ id: POLICY_ID, config: { ...checked }, classifier: classifier.toState() }),
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
      `the router state names ${id}, this version restores ${POLICY_ID}`,
      {
        hint: "A policy of your own is rebuilt by your own code; another version's by that version of Tomoe.",
        details: { found: id, expected: POLICY_ID },
      },
    );
  }
  return taskRouterPolicy(
    parsed.data.config as RouterPolicyConfig,
    promptClassifierFromState(parsed.data.classifier as JsonValue),
  );
}
