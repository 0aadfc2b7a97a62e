import { TomoeError, type JsonValue } from "../errors.ts";
import type { ExpertLoad, RouterPolicy, RoutingPlan } from "../schema/router.ts";
import type { VerifiedCheckpoint } from "../track/index.ts";

/**
 * The plans of a stage that may still govern a step: the one in force and those decided ahead of their time.
 * What the policy decides on the load of step n takes effect at n + planLag, so a book may hold several.
 */
export interface PlanBook {
  readonly plans: readonly RoutingPlan[];
}

/** The plan that governs `step`: the latest one already in effect. */
export function planAt(book: PlanBook, step: number): RoutingPlan {
  const inForce = book.plans.filter((plan) => plan.effectiveFromStep <= step).at(-1);
  if (inForce === undefined) throw new TomoeError("INTERNAL", `no routing plan governs step ${step}`, { hint: "this is a bug of ours: a stage begins with a plan for its first step" });
  return inForce;
}

/**
 * Asks the policy for its next plan after the load of a step and enters it.
 *
 * @returns the book without plans that no later step can need, and the new plan, or null when the policy kept the old one.
 * @throws TomoeError `ROUTER_CONTRACT` when the plan would change the past.
 */
export function enterLoad(book: PlanBook, policy: RouterPolicy, load: ExpertLoad): { readonly book: PlanBook; readonly decided: RoutingPlan | null } {
  const newest = book.plans.at(-1);
  if (newest === undefined || load.tokensLGE.length === 0) return { book, decided: null };
  const next = policy.nextPlan(newest, load);
  const kept = next === newest || next.effectiveFromStep === newest.effectiveFromStep;
  if (!kept && next.effectiveFromStep <= load.step) {
    throw new TomoeError("ROUTER_CONTRACT", `policy "${policy.id}" decided on step ${load.step} a plan that takes effect at step ${next.effectiveFromStep}`, {
      hint: "a plan takes effect at a later step than the load it was decided on", details: { step: load.step, effectiveFromStep: next.effectiveFromStep },
    });
  }
  const plans = kept ? book.plans : [...book.plans, next];
  const inForce = planAt({ plans }, load.step + 1);
  return { book: { plans: plans.filter((plan) => plan.effectiveFromStep >= inForce.effectiveFromStep) }, decided: kept ? null : next };
}

/** The plan a checkpoint would go on with: what governs generation and scoring too. */
export function planInForce(checkpoint: VerifiedCheckpoint): RoutingPlan {
  const { conductor } = checkpoint.manifest.parts;
  const plans = typeof conductor === "object" && conductor !== null && "plans" in conductor ? (conductor as { readonly plans: JsonValue }).plans : undefined;
  if (!Array.isArray(plans)) throw new TomoeError("CHECKPOINT_INVALID", `checkpoint ${checkpoint.ref.name} holds no routing plan`, { hint: "it was written by another version of Tomoe" });
  return planAt({ plans: plans as unknown as readonly RoutingPlan[] }, checkpoint.manifest.step);
}
