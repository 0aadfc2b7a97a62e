import type { ExpertLoad, PlanContext, RoutedPrompt, RoutingPlan } from "../../schema/router.ts";
import { taskIds } from "../../schema/task.ts";

/**
 * Prompts every policy is asked: each task, options beside and inside the text, nothing, noise, and a long
 * one.
 */
export const probePrompts = (): readonly RoutedPrompt[] => [
  { text: "Write a radiology report for this scan." },
  { text: "Which organ contains the lesion?" },
  { text: "Which organ contains the lesion?", choices: ["liver", "spleen", "left kidney", "right kidney"] },
  { text: "Is there a pleural effusion? A) yes B) no" },
  { text: "" },
  { text: "   \n\t" },
  { text: "asdf qwer" },
  { text: "What is the capital of France?", choices: ["Paris", "London", "Rome", "Berlin"] },
  { text: "Describe the findings. ".repeat(200) },
];

const mlpOf = (block: number): string => `vision.blocks.${block}.mlp`;

/** Stages every policy is asked to plan for. */
export const probeContexts = (): readonly PlanContext[] => [
  { stage: "shared", groups: ["shared"], sites: ["vision.blocks.1.mlp"], experts: 4 },
  { stage: "specific", groups: [...taskIds], sites: [16, 18, 20, 22].map(mlpOf), experts: 8 },
  { stage: "specific", groups: taskIds.slice(0, 2), sites: [0, 3].map(mlpOf), experts: 16 },
];

/** A switch of stages every policy is asked to plan for: the stage that ends and the one that begins. */
export interface StageSwitch {
  readonly from: PlanContext;
  readonly to: PlanContext;
}

/** One shared group goes on as one, is cloned for each task, and the clones go on apart. */
export const probeSwitches = (): readonly StageSwitch[] =>
  probeContexts().flatMap((to) => {
    const from = { ...to, stage: "before" };
    const same = { from, to };
    return to.groups.length === 1 ? [same] : [same, { from: { ...from, groups: ["shared"] }, to }];
  });

/** A plan as it could be in force when its stage ends: every group and expert has a bias of its own. */
export function probeEnd(plan: RoutingPlan): RoutingPlan {
  return {
    ...plan,
    effectiveFromStep: 40,
    layers: plan.layers.map(({ site, biasGE }, l) => ({
      site,
      biasGE: biasGE.map((biasE, g) => biasE.map((_bias, e) => ((l * 8 + g + 1) * 32 - e) / 4096)),
    })),
  };
}

/** Counts of tokens by layer, group and expert. */
type CountOf = (layer: number, group: number, expert: number) => number;

const countsOf: readonly CountOf[] = [
  () => 100, // balanced
  (layer, group, expert) => (expert === (layer + group) % 3 ? 1_000_000 : 1), // one expert takes nearly all
  (_layer, group, expert) => (group === 0 ? 0 : 10 * expert), // a group without tokens
  () => 0, // no tokens at all
  (layer, group, expert) => (7 * layer + 11 * group + 13 * expert) % 29,
];

/** Loads that could be observed under `plan`, at its first step and some later ones. */
export function probeLoads(plan: RoutingPlan): readonly ExpertLoad[] {
  return countsOf.map((count, at) => ({
    step: plan.effectiveFromStep + at * at,
    tokensLGE: plan.layers.map((layer, l) =>
      layer.biasGE.map((biasE, g) => biasE.map((_bias, e) => count(l, g, e))),
    ),
  }));
}
