import { policyFor } from "../../../../../ts/run/choose-policy.ts";
import { canDecide, isDecided, pairOf } from "../../../../../ts/run/knobs/decided.ts";
import { optionsOf } from "../../../../../ts/run/knobs/options.ts";
import type { StageAt } from "../../../../../ts/run/knobs/variation.ts";
import type { RoutingPlan } from "../../../../../ts/schema/router.ts";
import { plainPolicy, resolvedWith } from "../fixtures.ts";
import { longSet, optionAt, stagesAt } from "./stages.ts";

/** The shared stage of four experts, of which a token has two in the end, under the policy of its recipe. */
function sharedWith(...set: readonly string[]): { readonly at: StageAt; readonly planOf: typeof planOf } {
  const resolved = resolvedWith(...longSet, "router.tokenExperts=4", "router.topK=2", ...set);
  const at = stagesAt(resolved, policyFor(resolved)).find(({ stage }) => stage.name === "shared");
  if (at === undefined) throw new RangeError("no stage");
  const planOf = (name: string, value: number | string) => {
    const { tried, beside } = pairOf(at, optionAt(`router.${name}`, resolved), value);
    if (beside === undefined) throw new RangeError(`${name} is not decided by`);
    expect([tried.spec, beside.spec]).toEqual([at.spec, at.spec]);
    return { tried: tried.plan, beside: beside.plan };
  };
  return { at, planOf };
}

const topKs = ({ beside, tried }: { readonly beside: RoutingPlan; readonly tried: RoutingPlan }) => [
  beside.topK,
  tried.topK,
];
const biases = ({ layers }: RoutingPlan): readonly number[] => layers[0]?.biasGE[0] ?? [];

describe("the plans that an option of the policy is tried by", () => {
  it("are, of soft steps, those of the step by which fewer of them would have hardened", () => {
    const { planOf } = sharedWith("router.softSteps=40");
    // At step 1 of 40 a token still has all four; softened over one step it has two.
    expect(topKs(planOf("softSteps", 1))).toEqual([4, 2]);
  });

  it("are, of one soft step, those of a step at which more of them would still be soft", () => {
    const { planOf } = sharedWith("router.softSteps=1");
    expect(topKs(planOf("softSteps", 1_000_000))).toEqual([2, 4]);
  });

  it("are, of the experts per token, those of a hardened choice where it begins soft", () => {
    expect(topKs(sharedWith("router.softSteps=40").planOf("topK", 1))).toEqual([2, 1]);
    expect(topKs(sharedWith().planOf("topK", 1))).toEqual([2, 1]);
    expect(topKs(sharedWith('router.balance="none"').planOf("topK", 1))).toEqual([2, 1]);
  });

  it("are, of the rate of a bias, those after an uneven load, hardened", () => {
    const { tried, beside } = sharedWith("router.softSteps=40").planOf("biasRate", 1000);
    expect(biases(beside)).toEqual([0.01, 0.01, -0.01, -0.01]);
    expect(biases(tried)).toEqual([1000, 1000, -1000, -1000]);
    expect([beside.topK, tried.topK]).toEqual([2, 2]);
  });

  it("are, of the kind of balance, one with a bias and one without", () => {
    const { tried, beside } = sharedWith().planOf("balance", "none");
    expect([biases(beside)[0], biases(tried)[0]]).toEqual([0.01, 0]);
  });

  it("are, of the lag, those of the first step that only one of them governs", () => {
    const later = sharedWith().planOf("planLag", 1_000_000);
    expect([biases(later.beside)[0], biases(later.tried)[0]]).toEqual([0.01, 0]);
    const sooner = sharedWith("router.planLag=7").planOf("planLag", 1);
    expect([biases(sooner.beside)[0], biases(sooner.tried)[0]]).toEqual([0, 0.01]);
  });

  it.each([
    ["the rate of a bias that nothing is balanced by", ['router.balance="none"'], "biasRate", 1000],
    ["a lag of plans that never change", ['router.balance="none"'], "planLag", 1000],
    ["the rate of a bias that comes after the stage", ["router.planLag=5000"], "biasRate", 1000],
  ] as const)("are one plan twice for %s", (_, set, name, value) => {
    const { tried, beside } = sharedWith(...set).planOf(name, value);
    expect({ ...tried, effectiveFromStep: 0 }).toEqual({ ...beside, effectiveFromStep: 0 });
  });

  it("are the empty plan twice where there are no experts", () => {
    const dense = resolvedWith(
      ...longSet,
      "router.tokenExperts=0",
      'stages.shared.trains=["upperVision","language"]',
      'stages.specific.trains=["language"]',
    );
    const [, at] = stagesAt(dense, policyFor(dense));
    if (at === undefined) throw new RangeError("no stage");
    const { tried, beside } = pairOf(at, optionAt("router.biasRate", dense), 1000);
    expect(tried.plan).toEqual(beside?.plan);
    expect(tried.plan.layers).toEqual([]);
  });

  it("show that a stage of one step hands its hardened plan on", () => {
    const { planOf } = sharedWith("stages.shared.steps=1", "router.softSteps=1");
    expect(topKs(planOf("softSteps", 1_000_000))).toEqual([2, 4]);
  });
});

describe("options that a policy decides by", () => {
  it("are these, by their rows", () => {
    const resolved = resolvedWith("router.softSteps=2");
    const names = optionsOf(resolved.config).flatMap((one) => (isDecided(one) ? one.path : []));
    expect(names).toEqual([
      "router.topK",
      "router.softSteps",
      "router.balance",
      "router.biasRate",
      "router.planLag",
    ]);
  });

  it("can be tried of the policy of a recipe, and not of one of the user's own", () => {
    expect([canDecide(policyFor(resolvedWith())), canDecide(plainPolicy())]).toEqual([true, false]);
    const [, at] = stagesAt();
    if (at === undefined) throw new RangeError("no stage");
    // What travels by itself is tried by itself.
    const pair = pairOf(at, optionAt("router.topK"), 2);
    expect(pair).toEqual({ tried: { spec: at.spec, plan: { ...at.plan, topK: 2 } } });
  });
});
