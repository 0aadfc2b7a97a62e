import { type JsonValue, TomoeError } from "../../../../../ts/errors.ts";
import {
  carriedPlan,
  defineRouterPolicy,
  routerPolicyContract,
  routerPolicyFromState,
  taskRouterPolicy,
  trainPromptClassifier,
} from "../../../../../ts/router/index.ts";
import type {
  ExpertLoad,
  PlanContext,
  RoutedPrompt,
  RouterPolicy,
  RoutingPlan,
  TaskRoute,
} from "../../../../../ts/schema/index.ts";
import { policyConfig, thrownBy } from "../../../../support/router-policies.ts";

/** The smallest policy that keeps the contract: by options alone, plans never change. */
const plain: RouterPolicy = {
  id: "plain/1",
  route: ({ choices }) => ({
    task: choices === undefined ? "open-vqa" : "closed-vqa",
    confidence: 0.5,
    fallback: false,
  }),
  firstPlan: (context, previous) =>
    carriedPlan(context, previous, { topK: 1, balanceLossWeight: 0, zLossWeight: 0 }),
  nextPlan: (plan) => plan,
  toState: () => ({ id: "plain/1" }),
};

/** A plan with one change, as a policy's next one. */
const next = (change: (plan: RoutingPlan, load: ExpertLoad) => unknown): Partial<RouterPolicy> => ({
  nextPlan: (plan, load) => change(plan, load) as RoutingPlan,
});
const first = (
  change: (plan: RoutingPlan, context: PlanContext, previous: RoutingPlan | null) => unknown,
): Partial<RouterPolicy> => ({
  firstPlan: (context, previous) =>
    change(plain.firstPlan(context, previous), context, previous) as RoutingPlan,
});
const routes = (change: (prompt: RoutedPrompt) => unknown): Partial<RouterPolicy> => ({
  route: (prompt) => change(prompt) as TaskRoute,
});

let calls = 0;
const count = (): number => {
  calls += 1;
  return calls;
};

const broken: readonly (readonly [
  rule: string,
  what: string,
  part: Partial<RouterPolicy> | { readonly [key: string]: unknown },
])[] = [
  ["policy-id", "has no version in its name", { id: "plain" }],
  ["policy-id", "has no name", { id: undefined }],
  ["policy-methods", "has no nextPlan", { nextPlan: undefined }],
  [
    "route-returns",
    "throws on some prompts",
    routes(({ text }) => {
      if (text === "") throw new RangeError("nothing to route");
      return plain.route({ text });
    }),
  ],
  ["route-shape", "routes to nothing", routes(() => undefined)],
  [
    "route-known-task",
    "routes to a task that does not exist",
    routes(() => ({ task: "segmentation", confidence: 1, fallback: false })),
  ],
  [
    "route-confidence",
    "is more than sure",
    routes(() => ({ task: "report", confidence: 1.5, fallback: false })),
  ],
  [
    "route-confidence",
    "has NaN for a confidence",
    routes(() => ({ task: "report", confidence: Number.NaN, fallback: false })),
  ],
  ["route-fallback", "does not say whether it fell back", routes(() => ({ task: "report", confidence: 1 }))],
  [
    "route-deterministic",
    "rolls dice",
    routes(() => ({ task: "report", confidence: count() % 2, fallback: false })),
  ],
  [
    "route-does-not-mutate",
    "writes into the prompt",
    routes((prompt) => {
      (prompt as { text: string }).text = "x";
      return plain.route(prompt);
    }),
  ],
  [
    "route-does-not-mutate",
    "sorts the options in place",
    routes((prompt) => {
      (prompt.choices as string[] | undefined)?.sort();
      return plain.route(prompt);
    }),
  ],
  [
    "first-plan-returns",
    "throws for a stage",
    first((plan, { sites }) => {
      if (sites.length > 2) throw new Error("too deep");
      return plan;
    }),
  ],
  [
    "first-plan-returns",
    "needs more experts than any stage has",
    first(() => {
      throw new TomoeError("ROUTER_SHAPE", "needs 64 experts", { hint: "Add experts." });
    }),
  ],
  [
    "first-plan-deterministic",
    "counts its calls in the plan",
    first((plan) => ({ ...plan, zLossWeight: count() })),
  ],
  [
    "first-plan-goes-on",
    "forgets the biases of the stage before",
    first((_plan, context) => plain.firstPlan(context, null)),
  ],
  [
    "first-plan-goes-on",
    "gives the first task alone the shared biases",
    first((plan, { experts }, previous) => ({
      ...plan,
      layers: plan.layers.map(({ site, biasGE }) => ({
        site,
        biasGE: biasGE.map((biasE, g) =>
          g > 0 && previous?.groups.length === 1 ? Array.from({ length: experts }, () => 0) : biasE,
        ),
      })),
    })),
  ],
  [
    "first-plan-goes-on",
    "gives every task the biases of the first one",
    first((plan) => ({
      ...plan,
      layers: plan.layers.map(({ site, biasGE }) => ({ site, biasGE: biasGE.map(() => biasGE[0]) })),
    })),
  ],
  [
    "first-plan-goes-on",
    "chooses more experts a token from the second stage on",
    first((plan, _context, previous) => ({ ...plan, topK: previous === null ? 1 : 2 })),
  ],
  [
    "first-plan-does-not-mutate",
    "writes into the plan of the stage before",
    first((plan, _context, previous) => {
      if (previous !== null) (previous as { topK: number }).topK = 1;
      return plan;
    }),
  ],
  ["first-plan-step", "starts late", first((plan) => ({ ...plan, effectiveFromStep: 1 }))],
  [
    "first-plan-does-not-mutate",
    "writes into the context",
    first((plan, context) => {
      (context.groups as string[]).push("extra");
      return plan;
    }),
  ],
  ["plan-fields", "leaves a field out", first(({ groups: _groups, ...rest }) => rest)],
  [
    "plan-shape",
    "drops an expert",
    first((plan) => ({
      ...plan,
      layers: plan.layers.map((layer) => ({ ...layer, biasGE: layer.biasGE.map((biasE) => biasE.slice(1)) })),
    })),
  ],
  [
    "plan-shape",
    "names other sites",
    first((plan) => ({
      ...plan,
      layers: plan.layers.map((layer) => ({ ...layer, site: `${layer.site}x` })),
    })),
  ],
  [
    "plan-groups",
    "renames a group",
    first((plan) => ({ ...plan, groups: plan.groups.map((group) => `${group}!`) })),
  ],
  ["plan-numbers", "chooses more experts than there are", first((plan) => ({ ...plan, topK: 5 }))],
  ["plan-numbers", "chooses none", first((plan) => ({ ...plan, topK: 0 }))],
  ["plan-numbers", "has a negative loss weight", first((plan) => ({ ...plan, zLossWeight: -1 }))],
  [
    "plan-finite-bias",
    "divides by the load of a group without tokens",
    next((plan, load) => ({
      ...plan,
      effectiveFromStep: load.step + 1,
      layers: plan.layers.map((layer, l) => ({
        ...layer,
        biasGE: layer.biasGE.map((biasE, g) =>
          biasE.map(
            (_bias, e) =>
              (load.tokensLGE[l]?.[g]?.[e] ?? 0) / (load.tokensLGE[l]?.[g] ?? []).reduce((a, b) => a + b, 0),
          ),
        ),
      })),
    })),
  ],
  [
    "plan-step",
    "plans for a broken step",
    next((plan, load) => ({ ...plan, effectiveFromStep: load.step + 0.5 })),
  ],
  ["plan-shape", "loses a layer on the way", next((plan) => ({ ...plan, layers: plan.layers.slice(1) }))],
  [
    "next-plan-returns",
    "throws on a load without tokens",
    next((plan, load) => {
      if (load.tokensLGE.flat(2).every((tokens) => tokens === 0)) throw new Error("no tokens");
      return plan;
    }),
  ],
  [
    "next-plan-lag",
    "changes the plan of a step already taken",
    next((plan, load) => ({ ...plan, effectiveFromStep: load.step, zLossWeight: 0.5 })),
  ],
  [
    "next-plan-deterministic",
    "counts its calls in the next plan",
    next((plan, load) => ({ ...plan, effectiveFromStep: load.step + 1, zLossWeight: count() })),
  ],
  [
    "next-plan-does-not-mutate",
    "moves the biases in place",
    next((plan) => {
      for (const layer of plan.layers) (layer.biasGE[0] as number[])[0] = 1;
      return plan;
    }),
  ],
  [
    "next-plan-does-not-mutate",
    "zeroes the load",
    next((plan, load) => {
      (load as { step: number }).step = 0;
      return plan;
    }),
  ],
  [
    "state-json",
    "keeps a function in its state",
    { toState: () => ({ rule: () => 1 }) as unknown as JsonValue },
  ],
  ["state-json", "keeps NaN in its state", { toState: () => ({ rate: Number.NaN }) }],
  ["state-json", "has undefined for a state", { toState: () => undefined as unknown as JsonValue }],
  ["state-json", "keeps a Map in its state", { toState: () => [new Map([[1, 2]])] as unknown as JsonValue }],
  ["state-constant", "keeps what it has seen", { toState: () => ({ calls: count() }) }],
  [
    "state-returns",
    "throws when saved",
    {
      toState: () => {
        throw new Error("cannot save");
      },
    },
  ],
];

describe("the contract of a router policy", () => {
  const classifier = trainPromptClassifier();

  it.each([
    ["bias", 0, 1],
    ["bias", 0, 3],
    ["none", 0, 1],
    ["loss", 0.01, 1],
  ] as const)(
    "is kept by the default policy (balance %s, loss weight %d, lag %d)",
    (balance, balanceLossWeight, planLag) => {
      expect(
        routerPolicyContract(
          taskRouterPolicy({ ...policyConfig, balance, balanceLossWeight, planLag }, classifier),
        ),
      ).toEqual([]);
    },
  );

  it.each([1, 3])("is kept by one whose choice hardens over soft steps, with a lag of %d", (planLag) => {
    for (const balance of ["bias", "none"] as const)
      expect(
        routerPolicyContract(
          taskRouterPolicy({ ...policyConfig, balance, planLag, softSteps: 5 }, classifier),
        ),
      ).toEqual([]);
  });

  it("is kept by the default policy rebuilt from its state, and by one that needs six experts", () => {
    const policy = taskRouterPolicy({ ...policyConfig, topK: 6 }, classifier);
    expect(
      routerPolicyContract(routerPolicyFromState(JSON.parse(JSON.stringify(policy.toState())) as JsonValue)),
    ).toEqual([]);
  });

  it("is kept by the smallest policy, which is handed back as it is", () => {
    expect(routerPolicyContract(plain)).toEqual([]);
    expect(defineRouterPolicy(plain)).toBe(plain);
  });

  it.each(broken)("has rule %s broken by a policy that %s", (rule, _what, part) => {
    const violations = routerPolicyContract({ ...plain, ...part } as RouterPolicy);
    expect(violations.map((violation) => violation.rule)).toContain(rule);
    expect(
      [...new Set(violations.map((violation) => violation.rule))].filter(
        (found) => found !== rule && !found.startsWith(rule.slice(0, 5)),
      ),
    ).toEqual([]);
  });

  it("lists every violation in one error", () => {
    const error = thrownBy(() =>
      defineRouterPolicy({
        ...plain,
        id: "x",
        route: () => ({ task: "report", confidence: 2, fallback: false }),
      }),
    ) as TomoeError;
    expect(error.code).toBe("ROUTER_CONTRACT");
    expect(error.message).toMatch(
      /^\[ROUTER_CONTRACT\] the router policy breaks \d+ rules of its contract:\n- policy-id: .*\n- route-confidence: /,
    );
    expect(error.details.violations).toContainEqual({
      rule: "policy-id",
      found: 'id is "x"; it names the policy and its version, e.g. "my-router/1"',
    });
  });

  it("refuses what is no policy at all", () => {
    expect(routerPolicyContract(null as unknown as RouterPolicy)).toEqual([
      { rule: "policy-object", found: "the policy is null" },
    ]);
  });
});
