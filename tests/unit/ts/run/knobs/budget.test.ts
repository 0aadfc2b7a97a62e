import { policyFor } from "../../../../../ts/run/choose-policy.ts";
import { budgetOf, shareOfRun, trialSteps, triedOptions } from "../../../../../ts/run/knobs/budget.ts";
import { optionsOf } from "../../../../../ts/run/knobs/options.ts";
import { resolvedWith } from "../fixtures.ts";
import { long, longSet, stagesAt } from "./stages.ts";

const stages = stagesAt();
const all = triedOptions(stages, optionsOf(long.config));
const nobody = (): boolean => false;

describe("triedOptions", () => {
  it("are those that travel with a stage, and those of the plan in the first stage with experts", () => {
    const paths = all.map(({ option }) => option.path);
    expect(paths).toEqual(
      expect.arrayContaining([
        "model.base.pretrain.0.clipNorm",
        "stages.0.optimizer.betas.0",
        "stages.1.weightDecay",
        "router.topK",
        "router.zLossWeight",
      ]),
    );
    const of = (path: string): string | undefined =>
      all.find(({ option }) => option.path === path)?.at.stage.name;
    expect([of("router.topK"), of("stages.1.weightDecay"), of("model.base.pretrain.0.clipNorm")]).toEqual([
      "shared",
      "specific",
      "flat",
    ]);
  });

  it("are none that no step shows, that nothing else may be, or that travel elsewhere", () => {
    const paths = all.map(({ option }) => option.path);
    for (const path of [
      "stages.0.steps",
      "stages.0.routing",
      "stages.0.optimizer.kind",
      "stages.0.checkpointEvery",
      "stages.0.trains.0",
      "model.poolDepth",
      "router.biasRate",
      "seed",
    ])
      expect(paths).not.toContain(path);
  });

  it("are those too that a policy decides by, twice as dear, where another policy can be made of it", () => {
    const resolved = resolvedWith(...longSet, "router.softSteps=40");
    const decided = ["router.softSteps", "router.balance", "router.biasRate", "router.planLag"];
    const ofRecipe = stagesAt(resolved, policyFor(resolved));
    const found = triedOptions(ofRecipe, optionsOf(resolved.config)).filter(({ option }) =>
      decided.includes(option.path),
    );
    expect(found.map(({ option, at }) => [option.path, at.stage.name])).toEqual(
      decided.map((path) => [path, "shared"]),
    );
    const own = triedOptions(stagesAt(resolved), optionsOf(resolved.config));
    expect(own.filter(({ option }) => decided.includes(option.path))).toEqual([]);
    const spent = (wanted: typeof found): number => budgetOf(ofRecipe, wanted, nobody).spent;
    const plain = triedOptions(ofRecipe, optionsOf(resolved.config)).filter(
      ({ option }) => option.path === "router.zLossWeight",
    );
    // Two values of a rate, and one of a weight of 0, each of two steps of half the volumes.
    const rate = found.filter(({ option }) => option.path === "router.biasRate");
    expect(spent([...plain, ...rate]) - spent(plain)).toBe(2 * 2 * 2 * 0.5);
  });

  it("tries the plan of a dense model in its last stage, where it does nothing", () => {
    const dense = resolvedWith(
      ...longSet,
      "router.tokenExperts=0",
      'stages.shared.trains=["upperVision","language"]',
      'stages.specific.trains=["language"]',
    );
    const tried = triedOptions(stagesAt(dense), optionsOf(dense.config));
    const weight = tried.find(({ option }) => option.path === "router.zLossWeight");
    expect(weight?.at.stage.name).toBe("specific");
    expect(weight?.at.plan.layers).toEqual([]);
  });
});

describe("budgetOf", () => {
  it("affords every option of a run that is long enough, at 5 % of its steps at most", () => {
    const budget = budgetOf(stages, all, nobody);
    expect(budget).toMatchObject({ covers: true, left: [], steps: shareOfRun * 6000 });
    expect(budget.wanted).toEqual(all);
    expect(budget.spent).toBeGreaterThan(0);
    expect(budget.spent).toBeLessThanOrEqual(budget.steps);
  });

  it("tries nothing where the first steps of all stages cost too much", () => {
    const short = stagesAt(resolvedWith());
    const budget = budgetOf(short, triedOptions(short, optionsOf(long.config)), nobody);
    expect(budget).toMatchObject({ covers: false, wanted: [], spent: 0 });
    expect(budget.left.length).toBeGreaterThan(20);
    expect(budget.steps).toBeCloseTo(0.55);
  });

  it("tries what was asked for before what nobody wrote, and tells the rest", () => {
    const tight = stagesAt(
      resolvedWith("model.base.pretrain.flat.steps=80", "stages.shared.steps=80", "stages.specific.steps=80"),
    );
    const wanted = triedOptions(tight, optionsOf(long.config));
    const asked = "stages.1.optimizer.epsilon";
    const budget = budgetOf(tight, wanted, ({ path }) => path === asked);
    expect(budget.covers).toBe(true);
    expect(budget.spent).toBeLessThanOrEqual(12);
    expect(budget.wanted.map(({ option }) => option.path)).toContain(asked);
    expect(budget.left.length).toBeGreaterThan(0);
    expect(budget.wanted.length + budget.left.length).toBe(wanted.length);
  });

  it("counts two steps a trial, one in a stage of one", () => {
    const [flat] = stages;
    if (flat === undefined) throw new RangeError("no stage");
    expect(trialSteps(flat)).toBe(2);
    expect(trialSteps({ ...flat, stage: { ...flat.stage, steps: 1 } })).toBe(1);
  });

  it("counts a step of few volumes as a quarter at least", () => {
    const wide = stages.map((at) => ({ ...at, stage: { ...at.stage, volumesPerStep: 1000 } }));
    const small = budgetOf(
      wide,
      all.map((one) => ({ ...one, at: wide[one.at.index] ?? one.at })),
      nobody,
    );
    const same = budgetOf(stages, all, nobody);
    expect(small.spent).toBeLessThan(same.spent);
    expect(small.spent).toBeGreaterThan(same.spent / 4);
  });
});
