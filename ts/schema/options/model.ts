import { loraInitials } from "../model.ts";
import { filesOrTiny, rotaryBase, runOptions } from "./bases.ts";
import { windowOptions } from "./data.ts";
import { count, countOrNone, positive, share } from "./ranges.ts";
import type { Rows } from "./row.ts";

const lora = {
  kind: "either",
  default: {},
  says: "Adapters on linear layers of the decoder, and of the vision tower where asked; none when false.",
  of: [
    { kind: "constant", value: false, says: "No adapters." },
    {
      kind: "group",
      says: "Low-rank adapters.",
      options: {
        rank: { ...count, default: 16, none: 0, travels: "model.lora.rank", says: "Their rank." },
        alpha: {
          ...positive,
          default: 32,
          none: 0,
          travels: "model.lora.alpha",
          says: "Their scale, over the rank.",
        },
        targets: {
          kind: "list",
          of: { kind: "text", says: "A linear layer, by the base's name for it." },
          atLeast: 1,
          absent: "every linear layer of the decoder's blocks",
          says: "Linear layers of each block that get adapters.",
        },
        initial: {
          kind: "choice",
          of: loraInitials,
          default: "kaiming-uniform",
          travels: "model.lora.initial",
          says: "First values of A; B starts at zero, so that adapters change nothing at step 0.",
        },
        dropout: {
          kind: "number",
          min: 0,
          below: 1,
          default: 0,
          travels: "model.lora.dropout",
          says: "Share of what an adapter reads that is dropped while it trains.",
        },
        visionTargets: {
          kind: "list",
          of: { kind: "text", says: "A linear layer, by the base's name for it." },
          default: [],
          says: "Linear layers of each vision block that get adapters, those of experts among them; trained as visionLora.",
        },
      },
    },
  ],
} as const;

/** Which words of captions the objective "words" is about. */
const wordOptions = {
  least: {
    ...share,
    default: 0.01,
    says: "Share of the training captions that a word stands in at least.",
  },
  most: {
    ...share,
    default: 0.9,
    says: "Share of the training captions that a word stands in at most.",
  },
} as const satisfies Rows;

/** How a 2D model becomes a 3D one; `base` is what is lifted. */
export const liftOptions = {
  attention3d: {
    kind: "group",
    says: "Attention over the whole volume.",
    options: {
      upperBlocks: {
        ...countOrNone,
        travels: "model.lift.upperBlocks",
        says: "Upper vision blocks, of those the features read, that attend over all slices.",
        unit: "blocks",
      },
    },
  },
  depthRope: { kind: "flag", default: true, says: "Rotary positions along depth in those blocks." },
  ropeBase: {
    ...rotaryBase,
    default: 100,
    travels: "model.lift.ropeBase",
    says: "Base of the rotary positions along depth.",
  },
  poolDepth: {
    ...count,
    default: 1,
    travels: "model.pool.depth",
    says: "Slices averaged into one before the projection; divides the slices of a volume.",
    unit: "slices",
  },
  poolKind: {
    kind: "choice",
    of: ["mean", "mean-max"],
    default: "mean",
    travels: "model.pool.kind",
    says: "Means alone, or means and maxima side by side as separate tokens.",
  },
  separators: { kind: "flag", default: false, says: "Row separators, and one token before the prompt." },
  lora,
  words: {
    kind: "group",
    default: {},
    says: "Words of captions and reports that the objective `words` reads from image tokens: runs of letters in lower case.",
    options: wordOptions,
  },
  channelWindowsHu: {
    kind: "list",
    of: { kind: "group", says: "A window.", options: windowOptions, unit: "HU" },
    lengths: [1, 3],
    default: [{ low: -1000, high: 1000 }],
    says: "One window repeated to three channels, or three windows, one a channel.",
    unit: "HU",
  },
} as const satisfies Rows;

export const modelOptions = {
  base: {
    kind: "one-of",
    says: "The 2D model that is lifted: `tinyPhi3v(...)`, `weights(...)`, `folder(...)`, `fromRun(...)`, or a folder's path.",
    of: [...filesOrTiny, { kind: "group", says: "A run of one's own.", options: runOptions }],
  },
  ...liftOptions,
} as const satisfies Rows;
