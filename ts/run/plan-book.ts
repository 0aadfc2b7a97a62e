import { TomoeError } from "../errors.ts";
import { planInForce } from "../router/index.ts";
import type { ExpertLoad, RouterPolicy, RoutingPlan } from "../schema/router.ts";

/**
 * The plans of a stage that may still govern a step: the one in force and those decided ahead of their time.
 * What the policy decides on the load of step n takes effect at n + planLag, so a book may hold several.
 */
export interface PlanBook {
  readonly plans: readonly RoutingPlan[];
}

/**
 * Asks the policy for its next plan after the load of a step and enters it.
 *
 * @returns the book without plans that no later step can need, and the new plan, or null when the policy kept
 * the old one.
 * @throws TomoeError `ROUTER_CONTRACT` when the plan would change the past.
 */
export function enterLoad(
  book: PlanBook,
  policy: RouterPolicy,
  load: ExpertLoad,
): { readonly book: PlanBook; readonly decided: RoutingPlan | null } {
  if (load.tokensLGE.length === 0) return { book, decided: null };
  const current = planInForce(book.plans, load.step);
  const next = policy.nextPlan(current, load);
  const kept = next === current || next.effectiveFromStep === current.effectiveFromStep;
  if (!kept && next.effectiveFromStep <= load.step) {
    throw new TomoeError(
      "ROUTER_CONTRACT",
      `policy "${policy.id}" decided on step ${load.step} a plan that takes effect at step ${next.effectiveFromStep}`,
      {
        hint: "Let a plan take effect at a later step than the load it was decided on.",
        details: { step: load.step, effectiveFromStep: next.effectiveFromStep },
      },
    );
  }
  const plans = kept ? book.plans : [...book.plans, next];
  const inForce = planInForce(plans, load.step + 1);
  return {
    book: { plans: plans.filter((plan) => plan.effectiveFromStep >= inForce.effectiveFromStep) },
    decided: kept ? null : next,
  };
}
