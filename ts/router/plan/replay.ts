import { TomoeError } from "../../errors.ts";
import type { ExpertLoad, RouterPolicy, RoutingPlan } from "../../schema/router.ts";

/**
 * The plan that governs a step: of those decided so far, in the order of their decision, the last whose time
 * has come.
 *
 * @param plans - the stage's first plan and every later one, in the order decided.
 * @throws TomoeError `ROUTER_PLAN_STALE` when none governs the step.
 */
export function planInForce(plans: readonly RoutingPlan[], step: number): RoutingPlan {
  const plan = plans.findLast((candidate) => candidate.effectiveFromStep <= step);
  if (plan !== undefined) return plan;
  throw new TomoeError(
    "ROUTER_PLAN_STALE",
    `no plan governs step ${step}: the earliest of ${plans.length} begins at step ${Math.min(...plans.map((one) => one.effectiveFromStep))}`,
    {
      hint: "Begin a stage with the policy's `firstPlan`, which governs from step 0.",
      details: { step, plans: plans.length },
    },
  );
}

/**
 * Decides all plans of a stage again from its logged loads: they must equal the logged plans, since a policy
 * is pure.
 *
 * @param firstPlan - the plan the stage began with.
 * @param loads - expert loads in the order of their steps.
 * @returns `firstPlan`, then the plan decided after each load.
 * @throws TomoeError `ROUTER_PLAN_STALE` when the steps do not rise.
 */
export function replayPlans(
  policy: RouterPolicy,
  firstPlan: RoutingPlan,
  loads: readonly ExpertLoad[],
): readonly RoutingPlan[] {
  const plans: RoutingPlan[] = [firstPlan];
  let last = -1;
  for (const load of loads) {
    if (load.step <= last) {
      throw new TomoeError(
        "ROUTER_PLAN_STALE",
        `the load of step ${load.step} follows that of step ${last}`,
        {
          hint: "Replay the loads of one stage in the order of their steps, each once.",
          details: { step: load.step, previous: last },
        },
      );
    }
    last = load.step;
    plans.push(policy.nextPlan(planInForce(plans, load.step), load));
  }
  return plans;
}
