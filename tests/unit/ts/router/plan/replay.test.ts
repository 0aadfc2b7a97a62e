import {
  planInForce,
  replayPlans,
  taskRouterPolicy,
  trainPromptClassifier,
} from "../../../../../ts/router/index.ts";
import type { RoutingPlan } from "../../../../../ts/schema/index.ts";
import { loadOf, policyConfig, specific, thrownBy } from "../../../../support/router-policies.ts";

const classifier = trainPromptClassifier();
const policyOf = (planLag: number) => taskRouterPolicy({ ...policyConfig, planLag }, classifier);

describe("planInForce", () => {
  const plan = policyOf(1).firstPlan(specific, null);
  const plans: readonly RoutingPlan[] = [0, 3, 3, 8].map((effectiveFromStep, at) => ({
    ...plan,
    effectiveFromStep,
    topK: at + 1,
  }));

  it.each([
    [0, 1],
    [2, 1],
    [3, 3],
    [7, 3],
    [8, 4],
    [100, 4],
  ])("at step %d is plan %d", (step, topK) => {
    expect(planInForce(plans, step).topK).toBe(topK);
  });

  it("is refused before the first plan begins", () => {
    expect(thrownBy(() => planInForce(plans.slice(1), 2))).toMatchObject({
      code: "ROUTER_PLAN_STALE",
      message: "[ROUTER_PLAN_STALE] no plan governs step 2: the earliest of 3 begins at step 3",
    });
  });
});

describe("replayPlans", () => {
  it.each([[1], [2], [3]])(
    "decides the very plans that a training run with lag %d decided step by step",
    (planLag) => {
      const policy = policyOf(planLag);
      const first = policy.firstPlan(specific, null);
      const decided: RoutingPlan[] = [first];
      const loads = Array.from({ length: 12 }, (_, step) =>
        loadOf(first, step, (l, g, e) => (step * 31 + l * 7 + g * 5 + e * 13) % 23),
      );
      for (const load of loads) decided.push(policy.nextPlan(planInForce(decided, load.step), load));
      const replayed = replayPlans(policy, first, JSON.parse(JSON.stringify(loads)) as typeof loads);
      expect(replayed).toEqual(decided);
      expect(replayed).toHaveLength(13);
      expect(replayed.at(-1)?.effectiveFromStep).toBe(11 + planLag);
    },
  );

  it("differs when one logged load was changed", () => {
    const policy = policyOf(1);
    const first = policy.firstPlan(specific, null);
    const loads = [0, 1, 2].map((step) => loadOf(first, step, (_l, _g, e) => e));
    const changed = loads.map((load) => (load.step === 1 ? loadOf(first, 1, (_l, _g, e) => 3 - e) : load));
    expect(replayPlans(policy, first, changed)).not.toEqual(replayPlans(policy, first, loads));
  });

  it("refuses loads whose steps do not rise", () => {
    const policy = policyOf(1);
    const first = policy.firstPlan(specific, null);
    const loads = [0, 2, 2].map((step) => loadOf(first, step, () => 1));
    expect(thrownBy(() => replayPlans(policy, first, loads))).toMatchObject({
      code: "ROUTER_PLAN_STALE",
      message: "[ROUTER_PLAN_STALE] the load of step 2 follows that of step 2",
    });
  });
});
