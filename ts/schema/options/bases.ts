import { z } from "zod";
import { baseFactsSchema } from "../base-facts.ts";
import { redrawnParts } from "../model.ts";
import { count, positive, wholeLimit } from "./ranges.ts";
import type { Rows } from "./row.ts";
import { stageOptions } from "./stage.ts";
import { schemaOfOne } from "./zod.ts";

/** A rotary base at or below 1 would give no falling frequencies. */
export const rotaryBase = { kind: "number", above: 1 } as const;

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

/** Bases that are no run, told apart by their option `kind`. */
export const filesOrTiny = [
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
