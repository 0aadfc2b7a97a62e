import type { RoutingPlan } from "../../schema/router.ts";
import { choosingFewer } from "./shape.ts";

/** How a choice of experts hardens. */
interface Softness {
  /** Experts per token in the end. */
  readonly last: number;
  /** Steps of a stage until then; where absent it is so from the first one on. */
  readonly softSteps?: number | undefined;
}

/**
 * Experts per token at a step of a stage: all of them at first, their mixture that of the gate, then one fewer after
 * each even share of the steps. Whatever their number, gate weights sum to 1: a lifted model still begins as the dense one.
 */
export function chosenAt({ last, softSteps }: Softness, experts: number, step: number): number {
  if (softSteps === undefined) return last;
  return Math.max(last, experts - Math.floor((step * (experts - last)) / softSteps));
}

/**
 * A plan with as many experts per token as the step has that it governs, and never more than before: a stage that
 * follows one goes on from where that ended.
 *
 * @param plan - the next plan, but for its experts per token.
 * @param step - the step from which a plan decided now governs.
 * @returns `plan` itself where nothing changes.
 */
export function hardened(plan: RoutingPlan, soft: Softness, step: number): RoutingPlan {
  const experts = plan.layers[0]?.biasGE[0]?.length ?? soft.last;
  return choosingFewer(plan, chosenAt(soft, experts, step), step);
}
