import {
  defineExperiment,
  liftTo3d,
  phantomCt,
  pretrain2d,
  reportTask,
  resolveExperiment,
  stage,
  tghMoe,
  tinyPhi3v,
} from "../../../../ts/config/index.ts";
import { memoryNeed, memoryOfAll } from "../../../../ts/run/memory-need.ts";
import type { ExperimentConfig } from "../../../../ts/schema/experiment.ts";
import { exampleFacts } from "../../../support/base-facts.ts";

function configOf(
  change: { readonly volumesPerStep?: number; readonly microBatch?: number; readonly hidden?: number } = {},
): ExperimentConfig {
  const { hidden = 64, volumesPerStep = 16, microBatch = 0 } = change;
  return resolveExperiment(
    defineExperiment({
      name: "need",
      data: phantomCt({
        volumes: { train: 10, validation: 0, test: 4 },
        slices: 10,
      }),
      model: liftTo3d(
        tinyPhi3v({
          vision: {
            imageSize: 48,
            patchSize: 12,
            hidden,
            layers: 4,
            heads: 4,
            mlp: 256,
          },
          language: {
            vocab: 640,
            hidden: 64,
            layers: 2,
            heads: 4,
            keyValueHeads: 4,
            mlp: 192,
            maxPositions: 512,
          },
          pretrain: [
            pretrain2d("two-d", {
              trains: ["projector", "language"],
              steps: 1,
              learningRate: 1e-3,
              volumesPerStep: 4,
            }),
          ],
        }),
        { attention3d: { upperBlocks: 2 }, poolDepth: 16, lora: false },
      ),
      router: tghMoe({
        tokenExperts: 4,
        topK: 2,
        tasks: ["report"],
        textGuidance: "question",
        textWidth: 32,
      }),
      stages: [
        stage("shared", {
          trains: ["tokenExperts"],
          steps: 1,
          learningRate: 1e-3,
          volumesPerStep,
          microBatch,
        }),
      ],
      tasks: { report: reportTask({ metrics: ["rouge1"] }) },
    }).input,
  ).config;
}

describe("the memory an experiment is said to need", () => {
  it("is, for its parameters, 16 bytes each, counted by hand", () => {
    // Vision 4 x (4 x 64^2 + 2 x 64 x 256), language 2 x 640 x 64 + 2 x (4 x 64^2 + 3 x 64 x 192), one block
    // of 4 experts of 2 x 64 x 256.
    const parameters = 4 * (16_384 + 32_768) + 81_920 + 2 * (16_384 + 36_864) + 4 * 32_768;
    expect(memoryNeed(configOf()).model).toBe(16 * parameters);
  });

  it("is a gibibyte before any model, which is what the programs were measured to take", () => {
    expect(memoryNeed(configOf()).programs).toBe(2 ** 30);
  });

  it("is, for published files, 4 bytes a number, or 2 in fast, and 12 more for what a stage trains", () => {
    const config = configOf();
    const published = (
      trains: readonly string[],
      precision: "strict" | "fast" = "strict",
    ): ExperimentConfig => {
      const base = { kind: "weights", name: "w", pretrain: [], redraw: [], facts: exampleFacts } as const;
      const [stageOne] = config.stages;
      return {
        ...config,
        model: { ...config.model, base },
        execution: { ...config.execution, precision },
        stages: [{ ...stageOne, trains }] as unknown as ExperimentConfig["stages"],
      };
    };
    const { parameters, components, vision } = exampleFacts;
    const experts = 16 * 4 * 2 * vision.width * vision.mlp;
    const frozen = memoryNeed(published([])).model;
    expect(frozen).toBe(4 * parameters + experts);
    const trained = memoryNeed(published(["projector", "lora"])).model;
    expect(trained - frozen).toBe(12 * (components.projector?.parameters ?? 0));
    expect(memoryNeed(published([])).activations).toBeGreaterThan(0);
    const fast = memoryNeed(published([], "fast"));
    expect(fast.model).toBe(2 * parameters + experts);
    expect(fast.activations / memoryNeed(published([])).activations).toBeCloseTo(0.6, 6);
  });

  it("has no decoder's share where a stage trains no language", () => {
    const config = configOf();
    const quiet = config.stages.map((one) => ({ ...one, objectives: { facts: 1 } }));
    const two = {
      ...config,
      stages: quiet,
      model: { ...config.model, base: { ...config.model.base, pretrain: [] } },
    };
    const loud = { ...two, stages: config.stages };
    expect(memoryNeed(two).activations).toBeLessThan(memoryNeed(loud).activations / 2);
  });

  it("grows with the volumes that pass at once, in proportion", () => {
    expect(memoryNeed(configOf({ volumesPerStep: 64 })).activations).toBe(
      4 * memoryNeed(configOf({ volumesPerStep: 16 })).activations,
    );
    expect(memoryNeed(configOf({ volumesPerStep: 64, microBatch: 16 })).activations).toBe(
      memoryNeed(configOf({ volumesPerStep: 16 })).activations,
    );
  });

  it("stays within a tenfold of what was measured with the tiny model: 0.7 GiB of the worker in all", () => {
    const { activations, model } = memoryNeed(configOf());
    expect(activations + model).toBeGreaterThan(0.02 * 2 ** 30);
    expect(activations + model).toBeLessThan(0.7 * 2 ** 30);
  });

  it("shares the volumes of a step among ranks, and counts all of these", () => {
    const one = configOf({ volumesPerStep: 16 });
    const two = { ...one, execution: { ...one.execution, ranks: 2 } };
    expect(memoryNeed(two).activations).toBe(memoryNeed(one).activations / 2);
    const { programs, model, activations } = memoryNeed(two);
    expect(memoryOfAll(two)).toBe(2 * (programs + model + activations));
    expect(memoryOfAll(one)).toBe(programs + model + 2 * activations);
  });
});
