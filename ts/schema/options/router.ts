import { textGuidances } from "../model.ts";
import { taskIds } from "../task.ts";
import { count, countOrNone, notNegative, positive, seed, share, wholeLimit } from "./ranges.ts";
import type { Rows } from "./row.ts";

/** What the model takes of the router. */
const expertOptions = {
  tokenExperts: {
    ...countOrNone,
    travels: "model.moe.tokenExperts",
    says: "Experts that share the image tokens of a block, in each group; 0 = dense: every block keeps its MLP.",
    unit: "experts",
  },
  blocks: {
    kind: "list",
    of: {
      kind: "whole",
      min: 0,
      max: wholeLimit,
      says: "A vision block, 0-based.",
    },
    atLeast: 1,
    absent: "the last block that is read",
    says: "Vision blocks whose MLP becomes experts, 0-based and rising.",
  },
  textGuidance: {
    kind: "choice",
    of: textGuidances,
    default: "question",
    travels: "model.moe.textGuidance",
    says: "What the gates read beside an image token: nothing, the task, or the question; what they read apart is computed apart.",
  },
  textWidth: {
    ...count,
    default: 256,
    travels: "model.moe.textWidth",
    says: "Width of that text's embedding beside every image token in the gate.",
  },
  routerStd: {
    ...positive,
    default: 0.02,
    travels: "model.moe.routerStd",
    says: "Standard deviation of the gates' first weights.",
  },
} as const satisfies Rows;

/** What the default policy decides by. */
export const policyOptions = {
  tasks: {
    kind: "list",
    of: { kind: "choice", of: taskIds, says: "A task." },
    atLeast: 1,
    says: "Tasks the model has: the groups of the task level; a prompt is never routed to another.",
  },
  route: {
    kind: "choice",
    of: ["classifier", "label", "oracle", "random"],
    default: "classifier",
    decides: "route",
    says: "How an item finds its task: by the classifier, by its label while training, by it in evaluation too, or by chance.",
  },
  routeSeed: {
    ...seed,
    default: 0,
    decides: "route",
    says: "Seed of the random route; an item keeps its draw.",
  },
  topK: {
    ...count,
    notAbove: "tokenExperts",
    travels: "plan.topK",
    decides: "plan",
    says: "Experts chosen per image token.",
    unit: "experts",
  },
  softSteps: {
    ...count,
    absent: "topK from the first step on",
    decides: "plan",
    says: "Steps over which a token's experts become fewer: all of them at first, mixed by the gate, topK in the end.",
    unit: "steps",
  },
  balance: {
    kind: "choice",
    of: ["bias", "loss", "none"],
    default: "bias",
    decides: "plan",
    says: "How experts are balanced: selection steered by a bias, an auxiliary loss, or not at all.",
  },
  biasRate: {
    ...positive,
    default: 0.001,
    decides: "plan",
    says: "Bias change per step.",
    unit: "router probability",
  },
  balanceLossWeight: {
    ...notNegative,
    default: 0,
    travels: "plan.balanceLossWeight",
    says: 'Weight of the balance loss: above 0 with balance "loss", else 0.',
  },
  zLossWeight: {
    ...notNegative,
    default: 0,
    travels: "plan.zLossWeight",
    says: "Weight of the router z-loss.",
  },
  planLag: {
    ...count,
    default: 1,
    decides: "plan",
    says: "Steps until a plan decided on step n's load governs: n + planLag.",
    unit: "steps",
  },
  confidenceThreshold: {
    ...share,
    default: 0.5,
    decides: "route",
    says: "Below this confidence a prompt falls back, and says so.",
    unit: "probability",
  },
} as const satisfies Rows;

/** Of how many experts a token has fewer once its choice has hardened: 0 where soft steps could not show. */
export const hardensBy = (router: { readonly tokenExperts: number; readonly topK: number }): number =>
  Math.max(0, router.tokenExperts - router.topK);

/** When experts are looked at while they train, and what is said of them; no step changes by it. */
const alarmOptions = {
  every: { ...count, default: 50, says: "Steps whose load is looked at together.", unit: "steps" },
  deadBelow: {
    ...share,
    default: 0.05,
    says: "An expert with less than this share of an even load is dead; 0: none is called so.",
    unit: "even loads",
  },
  hotAbove: {
    ...notNegative,
    default: 2.5,
    says: "An expert with more than so many even loads is hot; 0: none is called so.",
    unit: "even loads",
  },
} as const satisfies Rows;

export const routerOptions = {
  kind: {
    kind: "constant",
    value: "tgh-moe",
    says: "A text-guided hierarchical mixture of experts.",
  },
  ...expertOptions,
  ...policyOptions,
  alarm: {
    kind: "group",
    default: {},
    says: "When an expert is called dead or hot: told and recorded, with the load and its entropy.",
    options: alarmOptions,
  },
} as const satisfies Rows;

/** Rows without their defaults: for what is all there, as in a plan or a checkpoint. */
export function complete(rows: Rows): Rows {
  return Object.fromEntries(
    Object.entries(rows).map(([name, { default: _default, ...row }]) => [name, row as Rows[string]]),
  );
}

/** The numbers that a plan takes from the recipe. */
export const planNumbers = complete(
  Object.fromEntries(
    Object.entries<Rows[string]>(policyOptions).filter(([name, { travels }]) => travels === `plan.${name}`),
  ),
);
