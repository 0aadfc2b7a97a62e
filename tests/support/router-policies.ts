import type { RouterPolicyConfig } from "../../ts/router/index.ts";
import type { ExpertLoad, PlanContext, RoutingPlan } from "../../ts/schema/index.ts";

export const policyConfig: RouterPolicyConfig = {
  tasks: ["report", "closed-vqa", "open-vqa"],
  route: "classifier",
  routeSeed: 0,
  topK: 2,
  balance: "bias",
  biasRate: 0.001,
  balanceLossWeight: 0,
  zLossWeight: 0,
  planLag: 1,
  confidenceThreshold: 0.5,
};

export const specific: PlanContext = {
  stage: "specific",
  groups: ["report", "closed-vqa", "open-vqa"],
  sites: ["vision.blocks.2.mlp", "vision.blocks.5.mlp"],
  experts: 4,
};

/** A load of the plan's shape, counted by `count`. */
export const loadOf = (
  plan: RoutingPlan,
  step: number,
  count: (layer: number, group: number, expert: number) => number,
): ExpertLoad => ({
  step,
  tokensLGE: plan.layers.map((layer, l) =>
    layer.biasGE.map((biasE, g) => biasE.map((_bias, e) => count(l, g, e))),
  ),
});

/** What a call throws; undefined when it does not. */
export function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}
