import { buildStageSpec } from "../../../../../ts/config/index.ts";
import { type Option, optionsOf } from "../../../../../ts/run/knobs/options.ts";
import { type StageParts, travelOf, varied } from "../../../../../ts/run/knobs/variation.ts";
import { firstPlan } from "../../../../../ts/run/train/first-plan.ts";
import { plainPolicy, resolvedWith, stageOf } from "../fixtures.ts";

const rates = '{"taskExperts":0.001,"tokenRouter":0.002}';
const resolved = resolvedWith(
  `stages.specific.learningRate=${rates}`,
  'stages.shared.objectives={"language":1,"facts":0.5,"facts:side":0.25}',
);

function parts(name: string): StageParts {
  const { stage, index } = stageOf(resolved, name);
  const planned = { resolved, policy: plainPolicy(), stage, lifted: true, previous: null };
  return { spec: buildStageSpec(resolved.config, stage, index), plan: firstPlan(planned) };
}

function option(path: string): Option {
  const found = optionsOf(resolved.config).find((one) => one.path === path);
  if (found === undefined) throw new RangeError(`no option ${path}`);
  return found;
}

describe("varied", () => {
  const shared = parts("shared"),
    specific = parts("specific");

  it("changes one field of the stage and nothing else", () => {
    const { spec, plan } = varied(shared, option("stages.0.weightDecay"), 0.5);
    expect(spec).toEqual({ ...shared.spec, weightDecay: 0.5 });
    expect(plan).toBe(shared.plan);
  });

  it("changes one field of a group of the stage", () => {
    const { spec } = varied(shared, option("stages.0.optimizer.epsilon"), 1);
    expect(spec).toEqual({ ...shared.spec, optimizer: { ...shared.spec.optimizer, epsilon: 1 } });
  });

  it("changes one entry of a list", () => {
    const { spec } = varied(shared, option("stages.0.optimizer.betas.1"), 0.5);
    expect(spec.optimizer.betas).toEqual([0.9, 0.5]);
  });

  it("changes the rate of all, or of the one that has the name", () => {
    expect(varied(shared, option("stages.0.learningRate"), 7).spec.trains).toEqual(
      shared.spec.trains.map((entry) => ({ ...entry, learningRate: 7 })),
    );
    expect(varied(specific, option("stages.1.learningRate.tokenRouter"), 7).spec.trains).toEqual([
      { component: "taskExperts", learningRate: 0.001 },
      { component: "tokenRouter", learningRate: 7 },
    ]);
  });

  it("changes the weight of the objective that has the name, whatever stands in it", () => {
    const weightsOf = (path: string): readonly number[] =>
      varied(shared, option(path), 9).spec.objectives.map(({ weight }) => weight);
    expect(weightsOf("stages.0.objectives.facts")).toEqual([1, 9, 0.25]);
    expect(weightsOf("stages.0.objectives.facts:side")).toEqual([1, 0.5, 9]);
  });

  it("changes a number of the plan and leaves the stage alone", () => {
    const { spec, plan } = varied(shared, option("router.topK"), 2);
    expect(spec).toBe(shared.spec);
    expect(plan).toEqual({ ...shared.plan, topK: 2 });
  });

  it("gives every option that travels with a stage or plan a spec of its own", () => {
    const travelling = optionsOf(resolved.config).filter(({ path, travels = "" }) =>
      path.startsWith("stages.0.") ? travels.startsWith("stage.") : travels.startsWith("plan."),
    );
    expect(travelling.length).toBeGreaterThan(12);
    for (const one of travelling) {
      const changed = varied(shared, one, typeof one.value === "number" ? one.value + 1 : "other");
      expect([one.path, changed]).not.toEqual([one.path, shared]);
    }
  });
});

describe("travelOf", () => {
  it("is a message and the way in it, or nothing", () => {
    expect(travelOf(option("stages.0.optimizer.betas.0"))).toEqual({
      message: "stage",
      fields: ["optimizer", "betas[]"],
    });
    expect(travelOf(option("router.biasRate"))).toBeUndefined();
  });
});
