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
    (broken.router as Record<string, unknown>).tokenExperts = 0;
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

  it.each([
    ["more experts a token than there are", ["router.topK=5"], "router.topK: 5 is more than tokenExperts, 4"],
    [
      "a balance by loss without a weight",
      ['router.balance="loss"'],
      'router.balanceLossWeight: balance "loss" with a weight of 0',
    ],
    [
      "a weight of the balance loss beside another balance",
      ["router.balanceLossWeight=0.01"],
      'router.balanceLossWeight: balance "bias" with a weight of 0.01',
    ],
    [
      "a task named twice",
      ['router.tasks=["report","closed-vqa","report"]'],
      "router.tasks: a task is named twice",
    ],
    ["expert blocks that do not rise", ["router.blocks=[3,2]"], "router.blocks: 3, 2 do not rise"],
    [
      "a decoder whose heads have no even width",
      ["model.base.language.heads=64", "model.base.language.keyValueHeads=64"],
      "model.base.language.heads: hidden 64 over 64 heads is not an even head width",
    ],
    [
      "a window upside down",
      ["data.windowHu.low=3000"],
      "data.windowHu: a window's high must lie above its low",
    ],
    [
      "an expert block below the lifted ones",
      ["router.blocks=[0]"],
      "router.blocks: block 0 is not one of the upper blocks 2..3",
    ],
    [
      "an expert block behind the feature tap",
      ["router.blocks=[4]"],
      "router.blocks: block 4 is not one of the upper blocks 2..3",
    ],
    [
      "slices that the pooling does not divide",
      ["model.poolDepth=5"],
      "model.poolDepth: 16 slices are not a multiple of 5",
    ],
    [
      "a task the router does not have",
      ['tasks.open-vqa={"metrics":["exact"]}'],
      "tasks.open-vqa: the router has no such task",
    ],
    [
      "an adapter the model does not have",
      ['stages.shared.trains=["lora"]', "model.lora=false"],
      'stages.0.trains: "lora" is not part of this model and router',
    ],
    [
      "experts of the wrong stage",
      ['stages.shared.trains=["taskExperts"]'],
      "stages.0.trains: taskExperts exist in a per-task stage alone",
    ],
    [
      "a batch that the ranks do not divide",
      ["execution.ranks=3"],
      "stages.0.volumesPerStep: 16 volumes do not divide over 3 ranks",
    ],
    [
      "a component without a rate",
      ['stages.specific.learningRate={"taskExperts":0.001}'],
      'stages.1.learningRate: no rate for "tokenRouter"',
    ],
    [
      "upper blocks beyond the tap",
      ["model.attention3d.upperBlocks=5"],
      "model.attention3d.upperBlocks: 5 is more than the 4 blocks that the features read",
    ],
  ])("refuses %s", (_what, set, message) => {
    const error = raised(() => resolveExperiment(experiment().input, { set }));
    expect(error.code).toBe("CONFIG_INVALID");
    expect(error.message).toContain(message);
  });
});
