import { z } from "zod";
import { baseFactsSchema } from "../base-facts.ts";
import { loraInitials, redrawnParts } from "../model.ts";
import { windowOptions } from "./data.ts";
import { count, countOrNone, positive, share, wholeLimit } from "./ranges.ts";
import type { Rows } from "./row.ts";
import { stageOptions } from "./stage.ts";
import { schemaOfOne } from "./zod.ts";

/** A rotary base at or below 1 would give no falling frequencies. */
const rotaryBase = { kind: "number", above: 1 } as const;

const phases = {
  kind: "list",
  of: { kind: "group", says: "A phase.", options: stageOptions },
  says: "2D phases on slices, before the lift.",
} as const;

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
  pretrain: phases,
} as const satisfies Rows;

/** How published files are used; what may be absent is then the base's own. */
export const publishedOptions = {
  imageSize: {
    ...count,
    absent: "the base's own",
    says: "Rows and columns that slices are brought to; positions are interpolated where it is not the base's.",
    unit: "pixels",
  },
  maxPositions: {
    ...count,
    absent: "the longest the base admits",
    says: "Longest sequence: image, prompt and answer together. It pins the set of rotary positions.",
    unit: "tokens",
  },
  layout: {
    kind: "text",
    absent: "the first of the base's family",
    says: "How image tokens of a volume are laid out, by the names of the base's family.",
  },
  pretrain: { ...phases, default: [] },
  redraw: {
    kind: "list",
    of: { kind: "choice", of: redrawnParts, says: "A part." },
    default: [],
    says: "Parts whose published weights are left out, and drawn by the run's seed in their place: the control.",
  },
} as const satisfies Rows;

const pinnedBase = {
  kind: "pinned",
  schema: baseFactsSchema,
  absent: "what the files say",
  says: "What the base was found to be.",
} as const;

/** Published files in the cache, by a name of the built-in list. */
export const weightsOptions = {
  kind: { kind: "constant", value: "weights", says: "Weights of the built-in list." },
  name: { kind: "text", says: "Their name; `tomoe weights ls` has the list." },
  ...publishedOptions,
  facts: pinnedBase,
} as const satisfies Rows;

/** Published files in a folder. */
export const folderOptions = {
  kind: { kind: "constant", value: "folder", says: "A folder of published files." },
  path: { kind: "text", says: "The folder: config.json, safetensors, tokenizer.json." },
  ...publishedOptions,
  facts: pinnedBase,
} as const satisfies Rows;

const filesOrTiny = [
  { kind: "group", says: "A small Phi-3-V.", options: tinyOptions },
  { kind: "group", says: "Weights of the built-in list.", options: weightsOptions },
  { kind: "group", says: "A folder of published files.", options: folderOptions },
] as const;

/** What a run that another one starts from was found to be. */
const runStartSchema = z.strictObject({
  runId: z.string(),
  checkpoint: z.string(),
  /** SHA-256 over names and digests of the checkpoint's files. */
  weightsDigest: z.string(),
  lifted: z.boolean(),
  routing: z.enum(["shared", "per-task"]),
  /** The base that the run, or the first run of the line, began with. */
  base: z.lazy(() => schemaOfOne(filesOrTiny)),
});

/** A run of one's own, whose state is the start. */
export const runOptions = {
  kind: { kind: "constant", value: "run", says: "A run of one's own." },
  run: { kind: "text", says: "The run: its id, the beginning of it, or `latest`." },
  checkpoint: { kind: "text", absent: "its newest", says: "The checkpoint of the run, by its name." },
  facts: {
    kind: "pinned",
    schema: runStartSchema,
    absent: "what the run says",
    says: "What the run was found to be.",
  },
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
