import { type JsonValue, TomoeError } from "../errors.ts";
import { planInForce } from "../router/index.ts";
import type { ExpertLoad, RouterPolicy, RoutingPlan } from "../schema/router.ts";
import type { VerifiedCheckpoint } from "../track/index.ts";

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
        hint: "a plan takes effect at a later step than the load it was decided on",
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

/** The plan a checkpoint would go on with: what governs generation and scoring too. */
export function planOf(checkpoint: VerifiedCheckpoint): RoutingPlan {
  const { conductor } = checkpoint.manifest.parts;
  const plans =
    typeof conductor === "object" && conductor !== null && "plans" in conductor
      ? (conductor as { readonly plans: JsonValue }).plans
      : undefined;
  if (!Array.isArray(plans))
    throw new TomoeError("CHECKPOINT_INVALID", `checkpoint ${checkpoint.ref.name} holds no routing plan`, {
      hint: "it was written by another version of Tomoe",
    });
  return planInForce(plans as unknown as readonly RoutingPlan[], checkpoint.manifest.step);
}
