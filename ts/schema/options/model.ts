import { loraInitials } from "../model.ts";
import { windowOptions } from "./data.ts";
import { count, countOrNone, positive, wholeLimit } from "./ranges.ts";
import type { Rows } from "./row.ts";
import { stageOptions } from "./stage.ts";

/** A rotary base at or below 1 would give no falling frequencies. */
const rotaryBase = { kind: "number", above: 1 } as const;

const vision = {
  kind: "group",
  says: "The CLIP vision transformer.",
  options: {
    imageSize: { ...count, travels: "model.base.vision.imageSize", says: "Side of a slice.", unit: "pixels" },
    patchSize: {
      ...count,
      travels: "model.base.vision.patchSize",
      says: "Side of a patch; divides the image size.",
      unit: "pixels",
    },
    hidden: { ...count, travels: "model.base.vision.hidden", says: "Width of a token." },
    layers: {
      kind: "whole",
      min: 2,
      max: wholeLimit,
      travels: "model.base.vision.layers",
      says: "Transformer blocks; features are read before the last.",
    },
    heads: { ...count, travels: "model.base.vision.heads", says: "Attention heads, each of an even width." },
    mlp: { ...count, travels: "model.base.vision.mlp", says: "Width inside the MLP." },
  },
} as const;

const language = {
  kind: "group",
  says: "The Phi-3 decoder.",
  options: {
    vocab: {
      kind: "whole",
      min: 300,
      max: wholeLimit,
      says: "Largest vocabulary of the tokenizer that is fitted: bytes, marks and merged pieces.",
      unit: "tokens",
    },
    hidden: { ...count, travels: "model.base.language.hidden", says: "Width of a token." },
    layers: { ...count, travels: "model.base.language.layers", says: "Transformer blocks." },
    heads: {
      ...count,
      travels: "model.base.language.heads",
      says: "Attention heads, each of an even width.",
    },
    keyValueHeads: {
      ...count,
      travels: "model.base.language.keyValueHeads",
      says: "Heads of keys and values; divides the heads.",
    },
    mlp: { ...count, travels: "model.base.language.mlp", says: "Width inside the MLP." },
    maxPositions: {
      ...count,
      travels: "model.base.language.maxPositions",
      says: "Longest sequence: image, prompt and answer together.",
      unit: "tokens",
    },
    ropeTheta: {
      ...rotaryBase,
      default: 10_000,
      travels: "model.base.language.ropeTheta",
      says: "Base of the decoder's rotary positions.",
    },
    initialStd: {
      ...positive,
      default: 0.02,
      travels: "model.base.language.initialStd",
      says: "Standard deviation of the first weights at the base's width; a narrower model starts wider.",
    },
  },
} as const;

/** A small Phi-3-V, pre-trained in 2D by `pretrain`. */
export const tinyOptions = {
  kind: { kind: "constant", value: "tiny-phi3v", says: "The real architecture at small dimensions." },
  vision,
  language,
  mergeSize: {
    ...count,
    default: 1,
    travels: "model.base.projector.mergeSize",
    says: "In-plane tokens merged into one before the projection, per side.",
    unit: "tokens",
  },
  pretrain: {
    kind: "list",
    of: { kind: "group", says: "A phase.", options: stageOptions },
    says: "2D pre-training phases on slices, before the lift.",
  },
} as const satisfies Rows;

/** A checkpoint folder in the Phi-3-V layout. */
export const checkpointOptions = {
  kind: { kind: "constant", value: "checkpoint", says: "A folder of pre-trained weights." },
  path: { kind: "text", says: "The folder, in the layout of Phi-3-V." },
} as const satisfies Rows;

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
    says: "The 2D model that is lifted: `tinyPhi3v(...)`, or a folder.",
    of: [
      { kind: "group", says: "A small Phi-3-V.", options: tinyOptions },
      { kind: "group", says: "A checkpoint folder.", options: checkpointOptions },
    ],
  },
  ...liftOptions,
} as const satisfies Rows;
