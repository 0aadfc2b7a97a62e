import * as fc from "fast-check";
import { architectureOf } from "../../../../ts/config/bases/index.ts";
import {
  allStages,
  buildModelSpec,
  buildStageSpec,
  fittedVocab,
  groupsOf,
  moeSites,
  patchPixels,
  workerPreprocess,
} from "../../../../ts/config/index.ts";
import { stageSeed } from "../../../../ts/config/model-spec.ts";
import { resolveExperiment } from "../../../../ts/config/resolve.ts";
import type { ExperimentInput } from "../../../../ts/schema/experiment.ts";
import type { Phi3vBase } from "../../../../ts/schema/model.ts";
import { caught } from "../../../support/caught.ts";

const input: ExperimentInput = {
  name: "tiny",
  seed: 7,
  data: { kind: "phantom", volumes: { train: 8, validation: 0, test: 4 }, slices: 16 },
  model: {
    base: {
      kind: "tiny-phi3v",
      vision: { imageSize: 48, patchSize: 12, hidden: 64, layers: 5, heads: 4, mlp: 128 },
      language: {
        vocab: 512,
        hidden: 48,
        layers: 2,
        heads: 4,
        keyValueHeads: 4,
        mlp: 128,
        maxPositions: 256,
      },
      pretrain: [
        {
          name: "vision-2d",
          data: "slices",
          trains: ["lowerVision", "patchHead"],
          steps: 4,
          learningRate: 1e-3,
          objectives: { patches: 1 },
        },
      ],
    },
    attention3d: { upperBlocks: 2 },
    poolDepth: 16,
  },
  router: { kind: "tgh-moe", tokenExperts: 4, topK: 2, tasks: ["report", "closed-vqa"] },
  stages: [
    { name: "shared", data: "volumes", trains: ["tokenExperts", "projector"], steps: 4, learningRate: 1e-3 },
    {
      name: "specific",
      data: "volumes",
      trains: ["taskExperts"],
      steps: 4,
      learningRate: { taskExperts: 1e-4 },
    },
  ],
  tasks: { report: { metrics: ["rouge1"] } },
};
const facts = { facts: [], patchClasses: 0, words: [], vocab: 400, preprocessDigest: "d" };

function specsOf(...set: readonly string[]) {
  const { config, digest } = resolveExperiment(input, { set });
  const stages = allStages(config).map(({ stage, index }) => buildStageSpec(config, stage, index));
  return { config, digest, model: buildModelSpec(config, facts), stages };
}

describe("what changes a number", () => {
  it("is filled in where nobody wrote it, and travels as it stands in the resolved experiment", () => {
    const { config, model, stages } = specsOf();
    const adamw = {
      kind: "adamw",
      betas: [0.9, 0.98],
      epsilon: 1e-8,
      schedule: "cosine",
      decays: "matrices",
    };
    expect(config.stages.map(({ optimizer }) => optimizer)).toEqual([adamw, adamw]);
    expect(stages.map(({ optimizer }) => optimizer)).toEqual([adamw, adamw, adamw]);
    expect(model.base).toMatchObject({
      kind: "phi3v",
      vision: { blocksRead: 4, activation: "quick_gelu", normEpsilon: 1e-5 },
    });
    expect(model.lora).toEqual({
      rank: 16,
      alpha: 32,
      targets: ["qkv_proj", "o_proj", "gate_up_proj", "down_proj"],
      initial: "kaiming-uniform",
      dropout: 0,
      visionTargets: [],
    });
    expect((model.base as Phi3vBase).language).toMatchObject({
      // 48 is 3072 / 64: the deviation is 8 times that of the base's width.
      initialStd: 0.16,
      normEpsilon: 1e-5,
      vocab: 400,
    });
    expect(model.moe.routerStd).toBe(0.02);
    expect(config.evaluation).toMatchObject({
      generate: "greedy",
      answer: "loglik-sum",
      batching: { volumes: 16, sequences: 256, cacheBytes: 2 ** 30 },
      reportRequest: "Write a radiology report of this CT scan.",
    });
  });

  it.each([
    ["stages.0.optimizer.betas=[0.9,0.999]", "stages.1.optimizer.betas", [0.9, 0.999]],
    ["stages.1.optimizer.epsilon=1e-6", "stages.2.optimizer.epsilon", 1e-6],
    ["model.base.language.initialStd=0.01", "model.base.language.initialStd", 0.08],
    ['model.lora={"rank":4,"alpha":8,"targets":["o_proj"]}', "model.lora.targets", ["o_proj"]],
    ["model.lora=false", "model.lora.targets", []],
    ['model.lora={"visionTargets":["fc1"]}', "model.lora.visionTargets", ["fc1"]],
    ['model.lora={"dropout":0.05}', "model.lora.dropout", 0.05],
    ["router.routerStd=0.1", "model.moe.routerStd", 0.1],
    ["execution.precision=fast", "model.precision", "fast"],
    ["execution.recompute=blocks", "model.recompute", "blocks"],
    ["evaluation.batching.sequences=8", "config.evaluation.batching.sequences", 8],
    ["evaluation.batching.volumes=2", "config.evaluation.batching.volumes", 2],
    ["evaluation.reportRequest=Describe it.", "config.evaluation.reportRequest", "Describe it."],
  ])("reaches the worker and the digest by %s", (set, path, value) => {
    const changed = specsOf(set);
    const found = path
      .split(".")
      .reduce<unknown>((owner, key) => (owner as Record<string, unknown>)[key], changed);
    expect(found).toEqual(value);
    expect(changed.digest).not.toBe(specsOf().digest);
  });

  it.each([
    ["stages.0.optimizer.betas=[0.9,1]", "stages.0.optimizer.betas.1"],
    ["stages.0.optimizer.betas=[0.9]", "stages.0.optimizer.betas"],
    ["stages.0.optimizer.epsilon=0", "stages.0.optimizer.epsilon"],
    ["stages.0.optimizer.kind=sgd", "stages.0.optimizer.kind"],
    ["stages.0.optimizer.schedule=exponential", "stages.0.optimizer.schedule"],
    ["router.routerStd=0", "router.routerStd"],
    ["execution.precision=half", "execution.precision"],
    ["execution.recompute=all", "execution.recompute"],
    ["execution.compile=all", "execution.compile"],
    ["model.base.language.initialStd=-1", "model.base.language.initialStd"],
    ['model.lora={"rank":4,"alpha":8,"targets":["lm_head"]}', "model.lora.targets"],
    ['model.lora={"visionTargets":["fc3"]}', "model.lora.visionTargets"],
    ['model.lora={"dropout":1}', "model.lora.dropout"],
    ["evaluation.generate=beam", "evaluation.generate"],
    ["evaluation.batching.cacheBytes=0", "evaluation.batching.cacheBytes"],
    ["evaluation.reportRequest=", "evaluation.reportRequest"],
  ])("is refused out of its range: %s", async (set, path) => {
    const error = await caught(() => specsOf(set));
    expect(error.code).toBe("CONFIG_INVALID");
    expect(error.message).toContain(path);
  });
});

describe("a stage's seed", () => {
  it("is the experiment's times 1000 plus the stage's place, pre-training first", () => {
    expect(specsOf().stages.map(({ name, seed }) => [name, seed])).toEqual([
      ["vision-2d", 7000],
      ["shared", 7001],
      ["specific", 7002],
    ]);
  });

  it("is a uint32, and another for every stage of every experiment while there is room", () => {
    fc.assert(
      fc.property(fc.nat(4_000_000), fc.nat(999), fc.nat(4_000_000), fc.nat(999), (a, i, b, j) => {
        const [left, right] = [stageSeed(a, i), stageSeed(b, j)];
        expect(left === right).toBe(a === b && i === j);
        expect(left).toBe(a * 1000 + i);
      }),
      { seed: 20261128 },
    );
    expect(stageSeed(4_294_967_295, 999)).toBeLessThan(2 ** 32);
  });
});

describe("the blocks of a model", () => {
  it("are read up to the base's tap, and hold experts in the last one read", () => {
    const { config } = specsOf();
    expect(architectureOf(config).blocksRead).toBe(4);
    expect(moeSites(config)).toEqual(["vision.blocks.3.mlp"]);
    expect(moeSites(specsOf("router.blocks=[2,3]").config)).toEqual([
      "vision.blocks.2.mlp",
      "vision.blocks.3.mlp",
    ]);
  });

  it("take pixels normalised by the base's numbers, which no recipe changes", () => {
    expect(workerPreprocess(specsOf('model.channelWindowsHu=[{"low":-160,"high":240}]').config)).toEqual({
      windows: [{ low: -160, high: 240 }],
      mean: [0.48145466, 0.4578275, 0.40821073],
      std: [0.26862954, 0.26130258, 0.27577711],
    });
  });
});

describe("a stage's rates", () => {
  it("are one for all, or one a component", () => {
    const { stages } = specsOf();
    expect(stages[1]?.trains).toEqual([
      { component: "tokenExperts", learningRate: 1e-3 },
      { component: "projector", learningRate: 1e-3 },
    ]);
    expect(stages[2]?.trains).toEqual([{ component: "taskExperts", learningRate: 1e-4 }]);
  });

  it("that lack a component it trains are refused by name", async () => {
    const { config } = specsOf();
    const [stage] = config.stages;
    if (stage === undefined) throw new TypeError("the experiment has a stage");
    const error = await caught(() => buildStageSpec(config, { ...stage, learningRate: {} }, 1));
    expect({ code: error.code, message: error.message }).toEqual({
      code: "CONFIG_INVALID",
      message: '[CONFIG_INVALID] stage "shared" has no learning rate for "tokenExperts"',
    });
  });
});

describe("the expert groups of a stage", () => {
  it("are one shared, or one a task in the router's order", () => {
    const { config } = specsOf('router.tasks=["closed-vqa","report"]');
    const groups = allStages(config).map(({ stage }) => groupsOf(config, stage));
    expect(groups).toEqual([["shared"], ["shared"], ["closed-vqa", "report"]]);
  });
});

describe("what the conductor asks of a base", () => {
  it("is the size of the vocabulary to fit, and the side of a patch in the slice's own pixels", () => {
    expect(fittedVocab(specsOf().config)).toBe(512);
    expect(patchPixels(specsOf().config)).toBe(12);
    expect(patchPixels(specsOf("data.sizeDHW=[16,96,96]").config)).toBe(24);
  });
});
