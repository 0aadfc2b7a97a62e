import {
  planInForce,
  replayPlans,
  taskRouterPolicy,
  trainPromptClassifier,
} from "../../../../ts/router/index.ts";
import { enterLoad } from "../../../../ts/run/plan-book.ts";
import type { ExpertLoad, RouterPolicy, RoutingPlan } from "../../../../ts/schema/router.ts";

const load = (step: number, tokens: readonly number[]): ExpertLoad => ({ step, tokensLGE: [[tokens]] });

const classifier = trainPromptClassifier();

function policy(planLag: number): RouterPolicy {
  return taskRouterPolicy(
    {
      tasks: ["report", "closed-vqa", "open-vqa"],
      route: "classifier",
      routeSeed: 0,
      topK: 1,
      balance: "bias",
      biasRate: 0.01,
      balanceLossWeight: 0,
      zLossWeight: 0,
      planLag,
      confidenceThreshold: 0.5,
    },
    classifier,
  );
}

const context = { stage: "shared", groups: ["shared"], sites: ["vision.blocks.2.mlp"], experts: 3 };

describe("enterLoad", () => {
  it.each([1, 2, 5])(
    "puts each decision in force planLag = %i steps after its load, and keeps no plan that is past",
    (planLag) => {
      const deciding = policy(planLag);
      let book = { plans: [deciding.firstPlan(context, null)] };
      for (let step = 0; step < 12; step += 1) {
        const { book: next, decided } = enterLoad(book, deciding, load(step, [9, 1, 2]));
        expect(decided?.effectiveFromStep).toBe(step + planLag);
        book = { plans: [...next.plans] };
        expect(book.plans.length).toBeLessThanOrEqual(planLag + 1);
        expect(planInForce(book.plans, step + 1).effectiveFromStep).toBe(
          Math.max(0, step + 1 >= planLag ? step + 1 : 0),
        );
      }
    },
  );

  it("decides what a replay of the logged loads decides again", () => {
    const deciding = policy(2),
      loads = Array.from({ length: 10 }, (_, step) => load(step, [step + 1, 4, 20 - step]));
    const decided: RoutingPlan[] = [deciding.firstPlan(context, null)];
    let book: { readonly plans: readonly RoutingPlan[] } = { plans: [...decided] };
    for (const one of loads) {
      const entered = enterLoad(book, deciding, one);
      book = entered.book;
      if (entered.decided !== null) decided.push(entered.decided);
    }
    expect(replayPlans(deciding, decided[0] as RoutingPlan, loads)).toEqual(decided);
  });

  it("keeps the book when the policy keeps its plan, and when there are no experts yet", () => {
    const first = policy(1).firstPlan(context, null);
    const keeping: RouterPolicy = { ...policy(1), nextPlan: (plan) => plan };
    expect(enterLoad({ plans: [first] }, keeping, load(0, [1, 1, 1]))).toEqual({
      book: { plans: [first] },
      decided: null,
    });
    expect(enterLoad({ plans: [first] }, policy(1), { step: 0, tokensLGE: [] }).decided).toBeNull();
  });

  it("refuses a policy that would change the step its load came from", () => {
    const hasty: RouterPolicy = {
      ...policy(1),
      id: "hasty",
      nextPlan: (plan, seen) => ({ ...plan, effectiveFromStep: seen.step }),
    };
    expect(() =>
      enterLoad({ plans: [policy(1).firstPlan(context, null)] }, hasty, load(3, [1, 1, 1])),
    ).toThrow('[ROUTER_CONTRACT] policy "hasty" decided on step 3 a plan that takes effect at step 3');
  });
});
