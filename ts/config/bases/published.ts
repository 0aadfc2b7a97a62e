import { defined } from "../../defined.ts";
import type { BaseFacts } from "../../schema/base-facts.ts";
import type { ConfigProblem } from "../problems.ts";
import type { Architecture, Base, BaseFilesPlace, BaseOfKind } from "./base.ts";

type PublishedConfig = BaseOfKind<"weights"> | BaseOfKind<"folder">;

/** Components of every model, and the heads that labels of the data train. */
const components = [
  "lowerVision",
  "upperVision",
  "projector",
  "language",
  "patchHead",
  "factHeads",
  "wordHead",
] as const;
/** Of a base that was not opened, so that nothing else is found wrong for want of it. */
const anyPixels = { mean: [0, 0, 0], std: [1, 1, 1] };

/** Weights of the built-in list. */
export function weightsBase(base: BaseOfKind<"weights">): Base {
  return publishedBase(base, { from: "weights", name: base.name }, `weights("${base.name}")`);
}

/** A folder of published files. */
export function folderBase(base: BaseOfKind<"folder">): Base {
  return publishedBase(base, { from: "folder", path: base.path }, `"${base.path}"`);
}

/** A base as its files say it is. */
function publishedBase(base: PublishedConfig, place: BaseFilesPlace, title: string): Base {
  const { facts, pretrain, imageSize, maxPositions, layout } = base;
  return {
    components,
    pixels: facts?.pixels ?? anyPixels,
    architecture: facts === undefined ? undefined : architectureFrom(base, facts),
    pretrain,
    problems: facts === undefined ? [unopened(title)] : useProblems(base, facts),
    title,
    files: place,
    facts,
    toOpen: { of: "files", place, use: defined({ imageSize, maxPositions, layout }) },
    start: undefined,
  };
}

function architectureFrom({ redraw }: PublishedConfig, facts: BaseFacts): Architecture {
  const { family, config, weightsDigest, use, vision, tokens, loraTargets, loraVisionTargets } = facts;
  return {
    imageSize: use.imageSize,
    patchSize: vision.patchSize,
    blocksRead: vision.blocksRead,
    slicesPerUnit: vision.slicesPerUnit,
    tokensPerSlice: tokens.perSlice,
    maxPositions: use.maxPositions,
    loraTargets,
    loraVisionTargets,
    fittedVocab: undefined,
    spec: () => ({ kind: "published", family, config, weightsDigest, ...use, redraw }),
  };
}

function unopened(title: string): ConfigProblem {
  return { path: "model.base", message: `${title} was not opened: what it is stands in its files` };
}

/** The worker has judged what was asked for; here it is seen that this was the one it was asked. */
function useProblems(base: PublishedConfig, { use, text }: BaseFacts): readonly ConfigProblem[] {
  const options = ["imageSize", "maxPositions", "layout"] as const;
  const others = options
    .filter((option) => base[option] !== undefined && base[option] !== use[option])
    .map((option) => ({
      path: `model.base.${option}`,
      message: `${base[option] ?? ""} is asked for, the base was opened with ${use[option]}`,
    }));
  return text === null
    ? [...others, { path: "model.base", message: "the folder holds no tokenizer.json, which training needs" }]
    : others;
}
