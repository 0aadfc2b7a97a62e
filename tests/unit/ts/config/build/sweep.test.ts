import type { SweepOptions } from "../../../../../ts/config/build/sweep.ts";
import { defineSweep, type Experiment } from "../../../../../ts/config/index.ts";
import { planSchema } from "../../../../../ts/schema/sweep/plan.ts";

const experiment: Experiment = { kind: "experiment", input: { name: "small" } as Experiment["input"] };

describe("defineSweep", () => {
  it("is plain data with every default filled in, which a ledger can hold", () => {
    const {
      kind,
      plan,
      experiment: own,
    } = defineSweep(experiment, {
      name: "rates",
      space: (s) => ({
        "stages.shared.learningRate": s.logFloat(1e-4, 1e-2, { points: 3 }),
        "router.topK": s.int(1, 4),
        "router.balance": s.choice(["bias", "loss"]),
        "router.balanceLossWeight": s.when("router.balance", "loss", s.float(0.01, 0.1)),
      }),
      objective: { metric: "closed-vqa/accuracy.micro", direction: "max" },
      budget: { trials: 3 },
    });
    expect([kind, own]).toEqual(["sweep", experiment]);
    expect(plan).toEqual({
      name: "rates",
      seed: 0,
      space: {
        "stages.shared.learningRate": { kind: "float", low: 1e-4, high: 1e-2, log: true, points: 3 },
        "router.topK": { kind: "int", low: 1, high: 4 },
        "router.balance": { kind: "choice", of: ["bias", "loss"] },
        "router.balanceLossWeight": {
          kind: "when",
          option: "router.balance",
          is: "loss",
          draws: { kind: "float", low: 0.01, high: 0.1, log: false },
        },
      },
      objective: { metric: "closed-vqa/accuracy.micro", direction: "max" },
      sampler: "random",
      seeds: 1,
      retries: 1,
      budget: { trials: 3 },
    });
    expect(planSchema.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
  });

  it("keeps what was said", () => {
    const { plan } = defineSweep(experiment, {
      name: "grid",
      seed: 4,
      sampler: "grid",
      seeds: 3,
      retries: 0,
      space: (s) => ({ "router.topK": s.int(1, 4, { step: 3 }) }),
      objective: { metric: "report/rouge1", direction: "min" },
    });
    expect(plan).toMatchObject({ seed: 4, sampler: "grid", seeds: 3, retries: 0, budget: {} });
    expect(plan.space["router.topK"]).toEqual({ kind: "int", low: 1, high: 4, step: 3 });
  });

  it.each([
    [undefined, "random"],
    ["grid", "grid"],
    ["tpe", { kind: "tpe", startup: 10 }],
    [
      { kind: "tpe", startup: 4 },
      { kind: "tpe", startup: 4 },
    ],
    [{ kind: "tpe" }, { kind: "tpe", startup: 10 }],
  ] as const)("fills the defaults of a sampler in: %j is %j", (said, whole) => {
    const { plan } = defineSweep(experiment, {
      name: "sampled",
      space: (s) => ({ "router.topK": s.int(1, 4) }),
      objective: { metric: "report/rouge1", direction: "max" },
      budget: { trials: 3 },
      ...(said === undefined ? {} : { sampler: said }),
    });
    expect(plan.sampler).toEqual(whole);
    expect(planSchema.parse(JSON.parse(JSON.stringify(plan)))).toEqual(plan);
  });

  it("fills the defaults of a pruner in", () => {
    const prunerOf = (pruner: SweepOptions<unknown>["pruner"]) =>
      defineSweep(experiment, {
        name: "pruned",
        space: (s) => ({ "router.topK": s.int(1, 4) }),
        objective: { metric: "report/rouge1", direction: "max" },
        budget: { trials: 3 },
        ...(pruner === undefined ? {} : { pruner }),
      }).plan.pruner;
    expect(prunerOf({ kind: "asha", minSteps: 20 })).toEqual({ kind: "asha", minSteps: 20, reduction: 3 });
    expect(prunerOf({ kind: "median", every: 10 })).toEqual({
      kind: "median",
      every: 10,
      minSteps: 10,
      trials: 3,
    });
    const said = { kind: "median", every: 10, minSteps: 40, trials: 5 } as const;
    expect(prunerOf(said)).toEqual(said);
    expect(prunerOf(undefined)).toBeUndefined();
  });
});
