import type { ExpertLoad, RoutingPlan } from "../../schema/router.ts";
import { checkLoad } from "./shape.ts";

function nudge(biasE: readonly number[], tokensE: readonly number[], biasRate: number): readonly number[] {
  const total = tokensE.reduce((sum, tokens) => sum + tokens, 0);
  if (total === 0) return biasE; // the group saw no token in this step: nothing is known of its balance
  const meanTokens = total / tokensE.length;
  return biasE.map((bias, e) => bias + biasRate * Math.sign(meanTokens - (tokensE[e] ?? 0)));
}

/**
 * Loss-free load balancing: nudges each expert's selection bias against its load, per layer and group. The
 * bias steers the choice alone.
 *
 * @param plan - plan the load was counted under; biases in router-probability units.
 * @param load - tokens each expert received in one optimizer step, over all ranks.
 * @param biasRate - bias change per step, in the same units.
 * @param planLag - steps from the load's step until the new plan governs; at least 1.
 * @throws TomoeError `ROUTER_SHAPE` when the grids differ in shape; `ROUTER_PLAN_STALE` when the load is
 * older than the plan.
 * @see https://arxiv.org/abs/2408.15664 Algorithm 1
 */
export function balanceByBias(
  plan: RoutingPlan,
  load: ExpertLoad,
  biasRate: number,
  planLag: number,
): RoutingPlan {
  checkLoad(plan, load);
  return {
    ...plan,
    effectiveFromStep: load.step + planLag,
    layers: plan.layers.map((layer, l) => ({
      site: layer.site,
      biasGE: layer.biasGE.map((biasE, g) => nudge(biasE, load.tokensLGE[l]?.[g] ?? [], biasRate)),
    })),
  };
}
