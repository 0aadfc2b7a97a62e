import type { ExperimentConfig } from "../../schema/experiment.ts";
import type { ConfigProblem } from "../problems.ts";
import type { Base } from "./base.ts";
import { phi3v } from "./phi3v.ts";

type TinyConfig = Extract<ExperimentConfig["model"]["base"], { kind: "tiny-phi3v" }>;

/** A small Phi-3-V, pre-trained here. */
export function tinyPhi3vBase(base: TinyConfig): Base {
  const { vision, language, mergeSize, pretrain } = base;
  const { blocksUnread, ...visionFacts } = phi3v.vision;
  const { initialWidth, ...languageFacts } = phi3v.language;
  return {
    components: [...phi3v.components, "patchHead", "factHeads"],
    pixels: phi3v.pixels,
    architecture: {
      vision: { ...vision, ...visionFacts, blocksRead: vision.layers - blocksUnread },
      language: {
        ...language,
        ...languageFacts,
        initialStd: language.initialStd * Math.sqrt(initialWidth / language.hidden),
      },
      mergeSize,
      loraTargets: phi3v.loraTargets,
      loraVisionTargets: phi3v.loraVisionTargets,
    },
    pretrain,
    problems: sizeProblems(base),
    title: "tinyPhi3v",
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
