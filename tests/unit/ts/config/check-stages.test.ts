import { resolveExperiment } from "../../../../ts/config/index.ts";
import { buildStageSpec } from "../../../../ts/config/model-spec.ts";
import { experiment, raised } from "./experiment.ts";

/** Problems that the experiment has under these overrides, as "path: message". */
function problemsOf(...set: readonly string[]): readonly string[] {
  const { code, details } = raised(() => resolveExperiment(experiment().input, { set }));
  expect(code).toBe("CONFIG_INVALID");
  return (details.problems ?? []).map(({ path, message }) => `${path}: ${message}`);
}

describe("the rules of the training phases", () => {
  it.each([
    [
      "an adapter the model does not have",
      ['stages.shared.trains=["lora"]', "model.lora=false"],
      'stages.0.trains: "lora" is not part of this model and router',
    ],
    [
      "an adapter of the tower where the language model alone has some",
      ['stages.shared.trains=["lora","visionLora"]', 'model.lora={"rank":8}'],
      'stages.0.trains: "visionLora" is not part of this model and router',
    ],
    [
      "experts of the wrong stage",
      ['stages.shared.trains=["taskExperts"]'],
      "stages.0.trains: taskExperts exist in a per-task stage alone",
    ],
    [
      "a name that is neither component nor part",
      ['stages.shared.trains=["vision.eyes"]'],
      "stages.0.trains.0: must be one of lowerVision, upperVision, tokenExperts",
    ],
    [
      "a block behind the last that is read",
      ['stages.shared.trains=["vision.blocks.9"]', "stages.shared.learningRate=0.1"],
      'stages.0.trains: "vision.blocks.9" is behind the last block that is read, ',
    ],
    [
      "adapters by their part where there are none",
      ['stages.shared.trains=["language.lora"]', "model.lora=false"],
      'stages.0.trains: "language.lora" is not part of this model and router',
    ],
    [
      "one task's experts before they are apart",
      ['stages.shared.trains=["vision.experts.report"]', "stages.shared.learningRate=0.1"],
      "stages.0.trains: taskExperts exist in a per-task stage alone",
    ],
    [
      "the shared experts behind them",
      ['stages.specific.trains=["vision.experts.shared"]', "stages.specific.learningRate=0.1"],
      "stages.1.trains: a per-task stage trains taskExperts",
    ],
    [
      "experts of a task that the router does not have",
      ['stages.specific.trains=["vision.experts.triage"]', "stages.specific.learningRate=0.1"],
      'stages.1.trains: "vision.experts.triage" names no task of this router: report, ',
    ],
    [
      "gates before the lift",
      ['model.base.pretrain.vision-2d.trains=["vision.gates"]'],
      "model.base.pretrain.0.trains: experts exist after the lift",
    ],
    [
      "a name twice",
      ['stages.shared.trains=["projector","projector"]', "stages.shared.learningRate=0.1"],
      'stages.0.trains: "projector" stands twice',
    ],
    [
      "a part beside its parent",
      ['stages.shared.trains=["vision.experts.shared","vision"]', "stages.shared.learningRate=0.1"],
      'stages.0.trains: "vision.experts.shared" and "vision" overlap: both train the same tensors',
    ],
    [
      "a part beside the component of the same tensors",
      ['stages.shared.trains=["upperVision","vision.blocks"]', "stages.shared.learningRate=0.1"],
      'stages.0.trains: "upperVision" and "vision.blocks" overlap',
    ],
    [
      "a batch that the ranks do not divide",
      ["execution.ranks=3"],
      "stages.0.volumesPerStep: 16 volumes do not divide over 3 ranks",
    ],
    [
      "a micro-batch of more than a rank has",
      ["execution.ranks=2", "stages.shared.microBatch=9"],
      "stages.0.microBatch: 9 is more than the 8 volumes that a rank has in a step",
    ],
    [
      "a shared prefix of one item",
      ["stages.shared.sharePrefix=true", "stages.shared.itemsPerVolume=1"],
      "stages.0.sharePrefix: one item a volume (itemsPerVolume) has nothing to share with",
    ],
    [
      "a shared prefix without a text",
      [
        "stages.shared.sharePrefix=true",
        'stages.shared.objectives={"facts":1}',
        'stages.shared.trains=["upperVision"]',
        "stages.shared.learningRate=0.1",
      ],
      "stages.0.sharePrefix: no text passes where language is no objective",
    ],
    [
      "slices that are turned",
      ["model.base.pretrain.vision-2d.augment.rotateDegrees=5"],
      "model.base.pretrain.0.augment: slices are mirrored and turned by nothing",
    ],
    [
      "slices that are mirrored",
      ["model.base.pretrain.vision-2d.augment.flip=0.5"],
      "model.base.pretrain.0.augment: slices are mirrored and turned by nothing",
    ],
    [
      "a component without a rate",
      ['stages.specific.learningRate={"taskExperts":0.001}'],
      'stages.1.learningRate: no rate for "tokenRouter"',
    ],
    [
      "a rate for what is not trained",
      ['stages.specific.learningRate={"taskExperts":0.001,"tokenRouter":0.001,"lora":0.1}'],
      'stages.1.learningRate: "lora" is not trained by this stage',
    ],
    [
      "no objective at all",
      ["stages.shared.objectives={}"],
      "stages.0.objectives: name at least one objective",
    ],
    [
      "patch labels of whole volumes",
      ['stages.shared.objectives={"patches":1}'],
      "stages.0.objectives: patch labels exist for slices alone",
    ],
    [
      "experts before the lift",
      ['model.base.pretrain.vision-2d.trains=["tokenExperts"]'],
      "model.base.pretrain.0.trains: experts exist after the lift",
    ],
    [
      "volumes before the lift",
      ["model.base.pretrain.vision-2d.data=volumes"],
      "model.base.pretrain.0.data: a pre-training stage sees slices",
    ],
    ["slices after it", ["stages.shared.data=slices"], "stages.0.data: a stage after the lift sees volumes"],
    [
      "shared experts in a stage a task",
      ['stages.specific.trains=["tokenExperts"]', "stages.specific.learningRate=0.1"],
      "stages.1.trains: a per-task stage trains taskExperts",
    ],
    [
      "a shared stage behind one a task",
      ["stages.shared.routing=per-task", "stages.specific.routing=shared"],
      "stages.1.routing: a shared stage cannot follow a per-task one",
    ],
    [
      "a name used twice, also before the lift",
      ["stages.specific.name=vision-2d"],
      'stages: the stage name "vision-2d" is used twice',
    ],
  ])("refuse %s", (_what, set, message) => {
    expect(problemsOf(...set)).toContainEqual(expect.stringContaining(message));
  });

  it("take parts, parents of parts and a rate for each name, down to one block and one task's experts", () => {
    const rates = {
      "vision.blocks.1": 1e-3,
      "vision.experts.report": 1e-4,
      "vision.gates": 1e-4,
      language: 1e-5,
    };
    const set = [
      `stages.specific.trains=${JSON.stringify(Object.keys(rates))}`,
      `stages.specific.learningRate=${JSON.stringify(rates)}`,
      'stages.shared.trains=["vision","projector","heads.facts"]',
      "stages.shared.learningRate=0.001",
    ];
    const { config } = resolveExperiment(experiment().input, { set });
    const [shared, specific] = config.stages.map((stage, at) => buildStageSpec(config, stage, at).trains);
    expect(shared?.map(({ component }) => component)).toEqual(["vision", "projector", "heads.facts"]);
    expect(specific).toEqual(
      Object.entries(rates).map(([component, learningRate]) => ({ component, learningRate })),
    );
  });

  it("take every component that model and router have, and an adapter where there is one", () => {
    const set = [
      'stages.shared.trains=["upperVision","tokenExperts","tokenRouter","projector","language","lora","factHeads"]',
      "stages.shared.learningRate=0.001",
    ];
    expect(() => resolveExperiment(experiment().input, { set })).not.toThrow();
  });
});
