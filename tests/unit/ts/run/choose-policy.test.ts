import type { JsonValue } from "../../../../ts/errors.ts";
import { policyFor, policyOf } from "../../../../ts/run/choose-policy.ts";
import type { VerifiedCheckpoint } from "../../../../ts/track/read/index.ts";
import { caught } from "../../../support/caught.ts";
import { plainPolicy, resolvedWith } from "./fixtures.ts";

const checkpointOf = (routerPolicy: JsonValue): VerifiedCheckpoint =>
  ({ manifest: { parts: { routerPolicy } } }) as unknown as VerifiedCheckpoint;

const context = { stage: "shared", groups: ["shared"], sites: ["vision.blocks.1.mlp"], experts: 2 };
const prompts = ["Write a radiology report.", "Which plane is this?", "What is the weather?"];

describe("policyFor", () => {
  it("is the user's own where there is one", () => {
    const own = plainPolicy();
    expect(policyFor(resolvedWith(), own)).toBe(own);
  });

  it("is what the recipe's router says: its tasks, its lag, its rate", () => {
    const policy = policyFor(resolvedWith("router.planLag=3", "router.biasRate=0.5"));
    const first = policy.firstPlan(context, null);
    const next = policy.nextPlan(first, { step: 4, tokensLGE: [[[9, 1]]] });
    expect(next.effectiveFromStep).toBe(7);
    expect(next.layers[0]?.biasGE).toEqual([[-0.5, 0.5]]);
  });

  it("routes only to tasks of the recipe", () => {
    const only = policyFor(
      resolvedWith('router.tasks=["open-vqa"]', 'tasks={"open-vqa":{"metrics":["exact"]}}'),
    );
    for (const text of prompts) expect(only.route({ text }).task).toBe("open-vqa");
  });
});

describe("policyOf", () => {
  it("decides as the one that the checkpoint was made with", () => {
    const made = policyFor(resolvedWith("router.planLag=2"));
    const restored = policyOf(checkpointOf(JSON.parse(JSON.stringify(made.toState())) as JsonValue));
    for (const text of prompts) expect(restored.route({ text })).toEqual(made.route({ text }));
    const plan = made.firstPlan(context, null),
      load = { step: 1, tokensLGE: [[[3, 4]]] };
    expect(restored.nextPlan(plan, load)).toEqual(made.nextPlan(plan, load));
  });

  it("is the user's own again, and refused where that is not given", async () => {
    const own = plainPolicy();
    expect(policyOf(checkpointOf(own.toState()), own)).toBe(own);
    const failure = await caught(() => policyOf(checkpointOf(own.toState())));
    expect(failure.code).toBe("CHECKPOINT_INCOMPATIBLE");
    expect(failure.details.found).toBe("plain/1");
  });
});
