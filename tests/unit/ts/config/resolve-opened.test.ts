// Experiments whose base has to be opened: what is asked, what is pinned, and what is checked against it.
import {
  baseFiles,
  baseToOpen,
  buildModelSpec,
  fittedVocab,
  folder,
  fromRun,
  moeSites,
  patchPixels,
  pretrain2d,
  resolveExperiment,
  runStart,
  type tinyPhi3v,
  weights,
  workerPreprocess,
} from "../../../../ts/config/index.ts";
import type { BaseFacts } from "../../../../ts/schema/base-facts.ts";
import { experimentSchema } from "../../../../ts/schema/experiment.ts";
import { exampleFacts } from "../../../support/base-facts.ts";
import { experiment, onBase, raised } from "./experiment.ts";

const phase = pretrain2d("align", {
  trains: ["projector", "lora"],
  steps: 2,
  learningRate: 1e-3,
  objectives: { language: 1 },
});
const written = onBase(weights("w", { pretrain: [phase], redraw: ["vision"] }));
const factsWith = (change: Partial<BaseFacts>): BaseFacts => ({ ...exampleFacts, ...change });
const opened = exampleFacts;
const problemsWith = (set: readonly string[], facts = opened): readonly string[] => {
  const { problems } = raised(() => resolveExperiment(written, { set, opened: facts })).details;
  return (problems ?? []).map(({ path, message }) => `${path}: ${message}`);
};

describe("an experiment on a published base", () => {
  it("says what has to be opened, with what was set", () => {
    expect(baseToOpen(experiment().input)).toBeUndefined();
    expect(baseToOpen(written)).toEqual({ of: "files", place: { from: "weights", name: "w" }, use: {} });
    const set = ["model.base.imageSize=56", "model.base.name=other"];
    expect(baseToOpen(written, { set })).toEqual({
      of: "files",
      place: { from: "weights", name: "other" },
      use: { imageSize: 56 },
    });
    expect(baseToOpen(onBase(fromRun("latest")))).toEqual({ of: "run", run: "latest" });
  });

  it("is resolved by what its files say, which is pinned, part of the digest and nobody's to write", () => {
    const { config, digest, origins } = resolveExperiment(written, { opened });
    expect(config.model.base).toMatchObject({
      kind: "weights",
      name: "w",
      redraw: ["vision"],
      facts: opened,
    });
    expect(origins["model.base.facts"]).toBe("base");
    expect(Object.keys(origins).filter((path) => path.startsWith("model.base.facts."))).toEqual([]);
    const other = factsWith({ weightsDigest: "0".repeat(64) });
    expect(resolveExperiment(written, { opened: other }).digest).not.toBe(digest);
    expect(resolveExperiment(written, { opened }).digest).toBe(digest);
    const drawn = resolveExperiment(written, { opened, set: ["model.base.redraw=[]"] });
    expect(drawn.digest).not.toBe(digest);
    // As it is read back from a run.
    expect(experimentSchema.parse(JSON.parse(JSON.stringify(config)))).toEqual(config);
    for (const set of [["model.base.facts={}"], ["model.base.facts.family=x"]])
      expect(raised(() => resolveExperiment(written, { set, opened }))).toMatchObject({
        code: "CONFIG_UNKNOWN_KEY",
        message: expect.stringContaining("model.base.facts: unknown key"),
      });
  });

  it("is refused where it was not opened", () => {
    expect(raised(() => resolveExperiment(written))).toMatchObject({
      code: "CONFIG_INVALID",
      message: expect.stringContaining('model.base: weights("w") was not opened'),
    });
  });

  it("answers everything from the facts: model, sites, pixels, patches, files", () => {
    const { config } = resolveExperiment(written, { opened });
    expect(fittedVocab(config)).toBeUndefined();
    expect(moeSites(config)).toEqual(["vision.blocks.2.mlp"]);
    expect(patchPixels(config)).toBe(12);
    expect(workerPreprocess(config)).toMatchObject(exampleFacts.pixels);
    expect(baseFiles(config)).toEqual({ from: "weights", name: "w" });
    expect(runStart(config)).toBeUndefined();
    const facts = { facts: [], patchClasses: 0, words: [], vocab: 0, preprocessDigest: "p" };
    expect(buildModelSpec(config, facts)).toMatchObject({
      base: { kind: "published", family: "internvl", imageSize: 28, redraw: ["vision"] },
      lora: { targets: exampleFacts.loraTargets },
      pool: { depth: 4 },
    });
  });

  it.each([
    [
      "blocks",
      ["model.attention3d.upperBlocks=4"],
      "model.attention3d.upperBlocks: 4 is more than the 3 blocks",
    ],
    ["expert blocks", ["router.blocks=[3]"], "router.blocks: block 3 is not one of the upper blocks 1..2"],
    ["adapters", ['model.lora.targets=["qkv_proj"]'], 'model.lora.targets: "qkv_proj" is no linear layer'],
    [
      "another use",
      ["model.base.imageSize=56"],
      "model.base.imageSize: 56 is asked for, the base was opened",
    ],
    [
      "the grid of labels",
      ["data.sizeDHW=[16,50,50]"],
      "data.sizeDHW: 50 rows and columns are not a multiple",
    ],
    ["separators", ["model.separators=true"], "model.separators: a published base has its own"],
    [
      "experts in 2D",
      ['model.base.pretrain.align.trains=["tokenExperts"]'],
      "model.base.pretrain.0.trains: experts exist after the lift",
    ],
  ])("is checked against them: %s", (_what, set, message) => {
    expect(problemsWith(set)).toContainEqual(expect.stringContaining(message));
  });

  it("is refused where a volume leaves no room for a question, or does not fill the base's units", () => {
    const use = { ...exampleFacts.use, maxPositions: 16 };
    expect(problemsWith([], factsWith({ use }))).toContainEqual(
      expect.stringMatching(/^model\.poolDepth: a volume is 16 image tokens \(4 bins of 4\).*16 positions/),
    );
    const vision = { ...exampleFacts.vision, slicesPerUnit: 3 };
    expect(problemsWith([], factsWith({ vision }))).toContainEqual(
      "data.sizeDHW: 16 slices are not a multiple of the 3 that the base joins into one",
    );
  });

  it("may be a folder alone, whose options are the base's own", () => {
    const bare = {
      ...written,
      model: { ...written.model, base: folder("a/b") as typeof written.model.base },
    };
    const { config } = resolveExperiment(bare, { opened, set: ["data.slices=0"] });
    expect(config.model.base).toEqual({
      kind: "folder",
      path: "a/b",
      pretrain: [],
      redraw: [],
      facts: opened,
    });
  });
});

describe("an experiment that starts from a run", () => {
  const tiny = experiment().input.model.base as ReturnType<typeof tinyPhi3v>;
  const resolvedTiny = resolveExperiment(experiment().input).config.model.base;
  const start = {
    runId: "20261128-000000-x-aaaa",
    checkpoint: "000001-shared-00000004",
    weightsDigest: "d".repeat(64),
    lifted: true,
    routing: "per-task",
    base: resolvedTiny as Exclude<typeof resolvedTiny, { readonly kind: "run" }>,
  } as const;
  const input = onBase(fromRun("latest"), { poolDepth: 16 });

  it("pins run, checkpoint and digest, and has the run's base without its phases", () => {
    const { config } = resolveExperiment(input, {
      opened: { ...start, routing: "shared" },
      set: ["data.slices=0"],
    });
    expect(runStart(config)).toMatchObject({ runId: start.runId, checkpoint: start.checkpoint });
    expect(fittedVocab(config)).toBe(512);
    expect(tiny).toMatchObject({ kind: "tiny-phi3v" });
    expect(experimentSchema.parse(JSON.parse(JSON.stringify(config)))).toEqual(config);
  });

  it("has experts that are chosen as the run left them, and refuses steps over which that would harden", () => {
    const opened = { ...start, routing: "shared" } as const;
    const call = () => resolveExperiment(input, { opened, set: ["data.slices=0", "router.softSteps=2"] });
    expect(raised(call).details.problems).toMatchObject([
      {
        path: "router.softSteps",
        message: expect.stringMatching(/^2 has no effect: a token has as many experts as .+ left it$/),
      },
    ]);
    expect(
      resolveExperiment(experiment().input, { set: ["router.softSteps=2"] }).config.router,
    ).toMatchObject({
      softSteps: 2,
      topK: 2,
    });
  });

  it("does not share again what the run has apart", () => {
    const { problems } = raised(() => resolveExperiment(input, { opened: start })).details;
    expect(problems?.map(({ path }) => path)).toContain("stages.0.routing");
  });
});
