import type { ConfigProblem } from "../problems.ts";
import type { Architecture, Base, BaseOfKind } from "./base.ts";
import { phi3v } from "./phi3v.ts";

type TinyConfig = BaseOfKind<"tiny-phi3v">;

/** A small Phi-3-V, pre-trained here. */
export function tinyPhi3vBase(base: TinyConfig): Base {
  return {
    components: [...phi3v.components, "patchHead", "factHeads", "wordHead"],
    pixels: phi3v.pixels,
    architecture: architectureFrom(base),
    pretrain: base.pretrain,
    problems: sizeProblems(base),
    title: "tinyPhi3v",
    files: undefined,
    facts: undefined,
    toOpen: undefined,
    start: undefined,
  };
}

function architectureFrom({ vision, language, mergeSize }: TinyConfig): Architecture {
  const { blocksUnread, ...visionFacts } = phi3v.vision;
  const { initialWidth, ...languageFacts } = phi3v.language;
  const blocksRead = vision.layers - blocksUnread;
  return {
    imageSize: vision.imageSize,
    patchSize: vision.patchSize,
    blocksRead,
    slicesPerUnit: 1,
    tokensPerSlice: Math.floor(vision.imageSize / vision.patchSize / mergeSize) ** 2,
    maxPositions: language.maxPositions,
    loraTargets: phi3v.loraTargets,
    loraVisionTargets: phi3v.loraVisionTargets,
    fittedVocab: language.vocab,
    spec: ({ vocab, separators }) => ({
      kind: "phi3v",
      vision: { ...vision, ...visionFacts, blocksRead },
      projector: { mergeSize, separators },
      language: {
        ...language,
        ...languageFacts,
        initialStd: language.initialStd * Math.sqrt(initialWidth / language.hidden),
        vocab,
      },
    }),
  };
}

function sizeProblems({ vision, language, mergeSize }: TinyConfig): readonly ConfigProblem[] {
  const grid = vision.imageSize / vision.patchSize;
  const rules: readonly (readonly [boolean, string, string])[] = [
    [
      Number.isInteger(grid),
      "vision.patchSize",
      `imageSize ${vision.imageSize} is not a multiple of patchSize ${vision.patchSize}`,
    ],
    [hasEvenHeads(vision), "vision.heads", unevenHeads(vision)],
    [hasEvenHeads(language), "language.heads", unevenHeads(language)],
    [
      language.heads % language.keyValueHeads === 0,
      "language.keyValueHeads",
      `${language.heads} heads are not a multiple of ${language.keyValueHeads} key-value heads`,
    ],
    [
      !Number.isInteger(grid) || grid % mergeSize === 0,
      "mergeSize",
      `a grid of ${grid} patches a side does not divide by ${mergeSize}`,
    ],
  ];
  return rules
    .filter(([holds]) => !holds)
    .map(([, path, message]) => ({ path: `model.base.${path}`, message }));
}

interface Heads {
  readonly hidden: number;
  readonly heads: number;
}

// Rotary positions turn pairs of a head's numbers.
const hasEvenHeads = ({ hidden, heads }: Heads): boolean => (hidden / heads) % 2 === 0;
const unevenHeads = ({ hidden, heads }: Heads): string =>
  `hidden ${hidden} over ${heads} heads is not an even head width`;
