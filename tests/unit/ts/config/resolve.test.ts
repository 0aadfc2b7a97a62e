import { resolveExperiment } from "../../../../ts/config/index.ts";
import type { ExperimentInput } from "../../../../ts/schema/experiment.ts";
import { experiment, raised } from "./experiment.ts";

describe("resolveExperiment", () => {
  it("fills defaults in and says who decided each leaf", () => {
    const { config, origins } = resolveExperiment(experiment().input, {
      set: ["stages.shared.steps=9"],
      seed: 3,
    });
    expect(config.stages[0]?.steps).toBe(9);
    expect(config.seed).toBe(3);
    expect(config.model.lora).toMatchObject({ rank: 16, alpha: 32, initial: "kaiming-uniform" });
    expect(origins["stages.0.steps"]).toBe("--set");
    expect(origins.seed).toBe("--seed");
    expect(origins["model.lora.rank"]).toBe("default");
    expect(origins["router.topK"]).toBe("recipe");
    expect(config.stages.map((entry) => entry.routing)).toEqual(["shared", "per-task"]);
  });

  it("takes an override for one half of a pair that the recipe left to its default", () => {
    const { config, origins } = resolveExperiment(experiment().input, {
      set: [
        "evaluation.bootstrap.resamples=200",
        "model.lora.rank=8",
        "data.windowHu.low=-500",
        "model.channelWindowsHu.0.high=400",
      ],
    });
    expect(config.evaluation.bootstrap).toEqual({ resamples: 200, seed: 0 });
    expect(config.model.lora).toMatchObject({ rank: 8, alpha: 32 });
    expect(config.data).toMatchObject({ windowHu: { low: -500, high: 2000 } });
    expect(config.model.channelWindowsHu).toEqual([{ low: -1000, high: 400 }]);
    expect([
      origins["evaluation.bootstrap.resamples"],
      origins["evaluation.bootstrap.seed"],
      origins["model.poolDepth"],
    ]).toEqual(["--set", "default", "recipe"]);
  });

  it("lets an override mend what the recipe has wrong", () => {
    const { input } = experiment();
    const wrong = { ...input, seed: -1 };
    expect(raised(() => resolveExperiment(wrong)).code).toBe("CONFIG_INVALID");
    expect(resolveExperiment(wrong, { set: ["seed=4"] }).config.seed).toBe(4);
  });

  it("gives equal digests to equal experiments and another to any changed leaf", () => {
    const { digest } = resolveExperiment(experiment().input);
    expect(resolveExperiment(experiment().input).digest).toBe(digest);
    expect(resolveExperiment(experiment().input, { set: ["router.topK=1"] }).digest).not.toBe(digest);
  });

  it("lists every problem at once, with the nearest key for a misspelt one", () => {
    const broken = structuredClone(experiment().input) as unknown as Record<string, Record<string, unknown>>;
    (broken.router as Record<string, unknown>).topk = 2;
    (broken.router as Record<string, unknown>).tokenExperts = -1;
    (broken.data as Record<string, unknown>).seed = -1;
    const error = raised(() => resolveExperiment(broken as unknown as ExperimentInput));
    expect(error.code).toBe("CONFIG_INVALID");
    expect(error.details.problems?.map((problem) => problem.path).sort()).toEqual([
      "data.seed",
      "router.tokenExperts",
      "router.topk",
    ]);
    expect(error.details.problems?.find((problem) => problem.path === "router.topk")?.didYouMean).toBe(
      "topK",
    );
    expect(error.message).toContain('did you mean "topK"?');
  });

  it("names the recipe's line of a wrong key", () => {
    const broken = structuredClone(experiment().input) as unknown as Record<string, Record<string, unknown>>;
    (broken.router as Record<string, unknown>).topk = 2;
    const error = raised(() =>
      resolveExperiment(broken as unknown as ExperimentInput, {
        source: { file: "a.ts", text: "const a = {\n  router: {\n    topk: 2,\n  },\n};\n" },
      }),
    );
    expect(error.code).toBe("CONFIG_UNKNOWN_KEY");
    expect(error.message).toContain("a.ts:3: router.topk: unknown key");
  });
});
