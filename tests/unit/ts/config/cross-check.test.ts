import { resolveExperiment } from "../../../../ts/config/index.ts";
import { experiment, raised } from "./experiment.ts";

/** Problems that the experiment has under these overrides, as "path: message". */
function problemsOf(...set: readonly string[]): readonly string[] {
  const { code, details } = raised(() => resolveExperiment(experiment().input, { set }));
  expect(code).toBe("CONFIG_INVALID");
  return (details.problems ?? []).map(({ path, message }) => `${path}: ${message}`);
}

describe("the rules over several options", () => {
  it("hold for the experiment of these tests", () => {
    expect(() => resolveExperiment(experiment().input)).not.toThrow();
  });

  it.each([
    ["more experts a token than there are", ["router.topK=5"], "router.topK: 5 is more than tokenExperts, 4"],
    [
      "experts to train in a dense model",
      ["router.tokenExperts=0"],
      '"tokenExperts" is not part of this model and router',
    ],
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
      "a balance weight in a dense model",
      ["router.tokenExperts=0", "router.balance=loss", "router.balanceLossWeight=0.01"],
      "router.balanceLossWeight: 0.01 has no effect in a dense model: tokenExperts is 0, and no gate has a loss",
    ],
    [
      "a weight of the z-loss in a dense model",
      ["router.tokenExperts=0", "router.zLossWeight=0.001"],
      "router.zLossWeight: 0.001 has no effect in a dense model",
    ],
    [
      "soft steps in a dense model",
      ["router.tokenExperts=0", "router.softSteps=1"],
      "router.softSteps: 1 has no effect in a dense model: tokenExperts is 0",
    ],
    [
      "soft steps where a token has all experts anyway",
      ["router.topK=4", "router.softSteps=1"],
      "router.softSteps: 1 has no effect: a token has all 4 experts from the first step to the last",
    ],
    [
      "soft steps behind the end of the first stage with experts",
      ["router.softSteps=5"],
      'router.softSteps: 5 is more than the 4 steps of "shared", the first stage with experts',
    ],
    [
      "a task named twice",
      ['router.tasks=["report","closed-vqa","report"]'],
      "router.tasks: a task is named twice",
    ],
    [
      "compiled blocks that are to repeat bit for bit",
      ["execution.compile=blocks"],
      'execution.compile: "blocks" needs execution.precision "fast"',
    ],
    [
      "a control named twice",
      ['evaluation.controls=["blank","blank"]'],
      "evaluation.controls: a control is named twice",
    ],
    [
      "controls where nothing that is scored has options",
      ['evaluation.controls=["blank"]', 'tasks={"report":{"metrics":["rouge1"]}}'],
      "evaluation.controls: no task that is scored has questions with options",
    ],
    [
      "slices held out where nothing that is scored has options",
      ["data.heldOutSlices=4", 'tasks={"report":{"metrics":["rouge1"]}}'],
      "data.heldOutSlices: no task that is scored has questions with options",
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
      "upper blocks beyond the tap",
      ["model.attention3d.upperBlocks=5"],
      "model.attention3d.upperBlocks: 5 is more than the 4 blocks that the features read",
    ],
    [
      "a channel's window upside down, by its place",
      ['model.channelWindowsHu=[{"low":0,"high":1},{"low":5,"high":5},{"low":0,"high":1}]'],
      "model.channelWindowsHu.1: a window's high must lie above its low",
    ],
    ["nothing to score", ["tasks={}"], "tasks: name at least one task to evaluate"],
  ])("refuse %s", (_what, set, message) => {
    expect(problemsOf(...set)).toContainEqual(expect.stringContaining(message));
  });

  it("are all told at once, the data's and the stages' too", () => {
    const found = problemsOf("router.topK=5", "model.poolDepth=5", "data.slices=0", "execution.ranks=3");
    expect(found.map((line) => line.split(":")[0])).toEqual([
      "model.poolDepth",
      "router.topK",
      "data.slices",
      "model.base.pretrain.0.volumesPerStep",
      "stages.0.volumesPerStep",
      "stages.1.volumesPerStep",
    ]);
  });

  it("take a balance by loss with its weight, and experts in every upper block", () => {
    const set = ["router.balance=loss", "router.balanceLossWeight=0.01", "router.blocks=[2,3]"];
    expect(resolveExperiment(experiment().input, { set }).config.router).toMatchObject({
      balance: "loss",
      blocks: [2, 3],
    });
  });
});
