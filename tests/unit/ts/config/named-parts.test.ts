import { resolveExperiment } from "../../../../ts/config/index.ts";
import { blockProblem, componentsNamed, groupNamed, overlapOf } from "../../../../ts/config/named-parts.ts";
import type { TrainedName } from "../../../../ts/schema/stage.ts";
import { componentNames, partPattern } from "../../../../ts/schema/stage.ts";
import { experiment } from "./experiment.ts";

const { config } = resolveExperiment(experiment().input, {});

/** The first two names of a stage that overlap, as one text. */
function overlap(routing: "shared" | "per-task", ...trains: readonly TrainedName[]): string | undefined {
  const stage = config.stages[0];
  if (stage === undefined) throw new TypeError("the experiment has no stage");
  return overlapOf(config, { ...stage, routing, trains })?.join(" ");
}

describe("names of what a stage trains", () => {
  it("are of components, which are their own", () => {
    for (const name of componentNames) expect(componentsNamed(name)).toEqual([name]);
  });

  it.each([
    ["vision.blocks.16", ["lowerVision", "upperVision"]],
    ["vision.upper", ["upperVision"]],
    ["vision.experts.shared", ["tokenExperts"]],
    ["vision.experts.report", ["taskExperts"]],
    ["vision.experts", ["tokenExperts", "taskExperts"]],
    ["language.lora", ["lora"]],
    ["heads", ["patchHead", "factHeads", "wordHead"]],
  ] as const)("are of parts: %s is held by %j", (name, components) => {
    expect(componentsNamed(name)).toEqual(components);
  });

  it.each([
    "vision",
    "vision.blocks",
    "vision.blocks.0",
    "vision.blocks.23",
    "vision.experts.closed-vqa",
    "heads.facts",
    "language.lora",
    "vision.lora",
  ])("fit the pattern: %s", (name) => {
    expect(name).toMatch(partPattern.fits);
  });

  it.each([
    "",
    "vision.",
    "vision.blocks.",
    "vision.blocks.01",
    "vision.blocks.-1",
    "vision.blocks.1.mlp",
    "visions",
    "vision.experts.",
    "vision.experts.Report",
    "language.head",
    "heads.word",
    "base.vision",
    "lora.language",
  ])("do not fit it: %s", (name) => {
    expect(name).not.toMatch(partPattern.fits);
  });

  it("say which group of experts they are of", () => {
    expect(groupNamed("vision.experts.report")).toBe("report");
    expect(groupNamed("vision.experts")).toBeUndefined();
    expect(groupNamed("taskExperts")).toBeUndefined();
  });

  it("of a block say whether it is read", () => {
    expect(blockProblem(config, "vision.blocks.0")).toBeUndefined();
    expect(blockProblem(config, "vision.upper")).toBeUndefined();
    expect(blockProblem(config, "vision.blocks.99")).toMatch(
      /^"vision\.blocks\.99" is behind the last block/,
    );
  });
});

describe("two names of one stage", () => {
  it.each([
    ["shared", ["upperVision", "vision.upper"]],
    ["shared", ["vision.lower", "vision.embedding"]],
    ["shared", ["vision.blocks", "vision.blocks.0"]],
    ["shared", ["tokenExperts", "vision.experts"]],
    ["shared", ["vision.gates", "tokenRouter"]],
    ["shared", ["lora", "language.lora"]],
    ["shared", ["factHeads", "heads"]],
    ["per-task", ["taskExperts", "vision.experts.report"]],
    ["per-task", ["vision", "vision.experts.report"]],
  ] as const)("overlap in a %s stage: %j", (routing, names) => {
    expect(overlap(routing, ...names)).toBe(names.join(" "));
    expect(overlap(routing, ...[...names].reverse())).toBe([...names].reverse().join(" "));
  });

  it.each([
    ["shared", ["lowerVision", "vision.upper"]],
    ["shared", ["vision.blocks.0", "vision.blocks.1"]],
    ["shared", ["language", "language.lora"]],
    ["shared", ["vision", "vision.lora", "projector", "heads"]],
    ["shared", ["vision.experts.shared", "vision.gates"]],
    ["per-task", ["vision.experts.report", "vision.experts.open-vqa", "vision.gates"]],
  ] as const)("do not in a %s stage: %j", (routing, names) => {
    expect(overlap(routing, ...names)).toBeUndefined();
  });
});
