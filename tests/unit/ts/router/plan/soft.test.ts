import fc from "fast-check";
import {
  planInForce,
  replayPlans,
  routerPolicyFromState,
  taskRouterPolicy,
  trainPromptClassifier,
  zeroBiasPlan,
} from "../../../../../ts/router/index.ts";
import { chosenAt, hardened } from "../../../../../ts/router/plan/soft.ts";
import type { RouterPolicy, RoutingPlan } from "../../../../../ts/schema/index.ts";
import { loadOf, policyConfig, specific } from "../../../../support/router-policies.ts";

const classifier = trainPromptClassifier();

describe("the number of experts a token has", () => {
  it("falls from all of them to topK over the steps, one after each even share of them", () => {
    const at = (step: number) => chosenAt({ last: 1, softSteps: 30 }, 4, step);
    expect([0, 9, 10, 19, 20, 29, 30, 1000].map(at)).toEqual([4, 4, 3, 3, 2, 2, 1, 1]);
  });

  it("is topK from the first step on where no steps are asked for", () => {
    expect([0, 5].map((step) => chosenAt({ last: 2 }, 8, step))).toEqual([2, 2]);
  });

  it("never rises, begins with all and ends at topK, whatever the numbers", () => {
    const counts = fc.tuple(fc.integer({ min: 1, max: 64 }), fc.integer({ min: 1, max: 64 }));
    fc.assert(
      fc.property(counts, fc.integer({ min: 1, max: 500 }), ([a, b], softSteps) => {
        const [topK, experts] = [Math.min(a, b), Math.max(a, b)];
        const all = Array.from({ length: softSteps + 2 }, (_, step) =>
          chosenAt({ last: topK, softSteps }, experts, step),
        );
        expect(all[0]).toBe(experts);
        expect(all.slice(softSteps)).toEqual([topK, topK]);
        for (const [step, count] of all.entries()) expect(count).toBeLessThanOrEqual(all[step - 1] ?? count);
      }),
      { numRuns: 50, seed: 29 },
    );
  });
});

describe("hardened", () => {
  const plan = zeroBiasPlan(specific, { topK: 4, balanceLossWeight: 0, zLossWeight: 0 });

  it("gives the plan of a later step with its number of experts, and the very plan where that is the same", () => {
    const soft = { last: 2, softSteps: 10 };
    expect(hardened(plan, soft, 4)).toBe(plan);
    expect(hardened(plan, soft, 5)).toEqual({ ...plan, topK: 3, effectiveFromStep: 5 });
    expect(hardened(plan, soft, 10)).toEqual({ ...plan, topK: 2, effectiveFromStep: 10 });
  });

  it("never gives a token more experts than before, as where a stage follows one", () => {
    const after = { ...plan, topK: 2 };
    expect(hardened(after, { last: 2, softSteps: 10 }, 1)).toBe(after);
  });
});

/** Plans of a stage whose loads are made up, as a training run decides them. */
function decided(policy: RouterPolicy, steps: number): readonly RoutingPlan[] {
  const plans = [policy.firstPlan(specific, null)];
  for (let step = 0; step < steps; step += 1) {
    const inForce = planInForce(plans, step);
    plans.push(
      policy.nextPlan(
        inForce,
        loadOf(inForce, step, (l, g, e) => (step + l + g + e) % 5),
      ),
    );
  }
  return plans;
}

describe("a policy with soft steps", () => {
  const soft = (change: object = {}): RouterPolicy =>
    taskRouterPolicy({ ...policyConfig, topK: 1, softSteps: 6, ...change }, classifier);

  it.each([
    ["bias", 1],
    ["bias", 3],
    ["none", 1],
    ["none", 3],
  ] as const)(
    "goes from all experts to topK under balance %s with a lag of %d, and its log replays to the same plans",
    (balance, planLag) => {
      const policy = soft({ balance, planLag });
      const plans = decided(policy, 12);
      const inForce = Array.from({ length: 12 }, (_, step) => planInForce(plans, step).topK);
      // What is decided on the load of a step governs `planLag` steps later: until then the first plan does.
      const expected = Array.from({ length: 12 }, (_, step) =>
        step < planLag ? 4 : chosenAt({ last: 1, softSteps: 6 }, 4, step),
      );
      expect(inForce).toEqual(expected);
      const loads = Array.from({ length: 12 }, (_, step) => {
        const plan = planInForce(plans, step);
        return loadOf(plan, step, (l, g, e) => (step + l + g + e) % 5);
      });
      const restored = routerPolicyFromState(policy.toState());
      expect(replayPlans(restored, plans[0] as RoutingPlan, loads)).toEqual(plans);
    },
  );

  it("leaves the biases to the balance", () => {
    const [, , third] = decided(soft(), 2);
    const [, , hard] = decided(taskRouterPolicy({ ...policyConfig, topK: 1 }, classifier), 2);
    expect(third?.layers).toEqual(hard?.layers);
  });

  it("begins a later stage with as many experts as the one before ended with", () => {
    const previous = { ...soft().firstPlan(specific, null), topK: 3 };
    expect(soft().firstPlan(specific, previous).topK).toBe(3);
    const next = soft().nextPlan(
      previous,
      loadOf(previous, 0, () => 1),
    );
    expect(next.topK).toBe(3);
  });

  it("says of its state what it decides by, and nothing where it is not asked for", () => {
    expect(soft().toState()).toMatchObject({ config: { softSteps: 6 } });
    const { config } = taskRouterPolicy(policyConfig, classifier).toState() as { config: object };
    expect(Object.keys(config)).not.toContain("softSteps");
  });
});
