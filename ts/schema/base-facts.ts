import { z } from "zod";

const count = z.int().nonnegative();
const size = z.int().positive();
const three = z.tuple([z.number(), z.number(), z.number()]);

/** What became of every tensor of a base: `total` counts those on disk and is `reused` + `ignored`. */
const tensors = z.strictObject({
  total: count,
  reused: count,
  /** Names on disk among the reused ones that the 2D model itself does not read: kept and exported bit-equal. */
  inactive: z.array(z.string()),
  ignored: z.array(z.strictObject({ key: z.string(), why: z.string() })),
  /** Not on disk, drawn by the seed. */
  new: z.array(z.string()),
  missing: z.array(z.string()),
  unexpected: z.array(z.string()),
});

/** The tower, by the published config. */
const vision = z.strictObject({
  width: size,
  heads: size,
  mlp: size,
  blocks: size,
  /** Blocks up to the last tap. */
  blocksRead: size,
  taps: z.array(z.strictObject({ block: count, finalNorm: z.boolean() })),
  patchSize: size,
  /** Rows and columns that the positions were learned at. */
  imageSize: size,
  /** An allowed image size is a multiple of it. */
  sizeMultiple: size,
  /** Tokens in front of the patches. */
  extraTokens: count,
  /** Slices that enter one token together. */
  slicesPerUnit: size,
});

/** The decoder, by the published config. */
const language = z.strictObject({
  width: size,
  layers: size,
  vocab: size,
  /** Longest sequence that can be asked for. */
  maxPositions: size,
  /** What one position leaves in the cache, in float32. */
  kvBytesPerToken: size,
  /** Sets of rotary frequencies; a model has the first whose `upTo` its longest sequence does not pass. */
  ropeSets: z.array(z.strictObject({ name: z.string(), upTo: size })),
});

/** What the worker says of a published base when it opens the folder; nothing is computed for it but digests. */
export const baseFactsSchema = z.strictObject({
  /** Published `model_type`. */
  family: z.string(),
  /** Of the 2D model, what is new among them; a shared tensor once. */
  parameters: count,
  /** SHA-256 over name, type, shape and bytes of every tensor in the files. */
  weightsDigest: z.string(),
  /** `config.json` as RFC 8785 canonical JSON. */
  config: z.string(),
  sources: z.array(
    z.strictObject({ package: z.string(), version: z.string(), sha256: z.string(), licence: z.string() }),
  ),
  tensors,
  vision,
  /** As asked for; else the published size, the longest sequence the family admits, its first layout. */
  use: z.strictObject({ imageSize: size, maxPositions: size, layout: z.string() }),
  layouts: z.array(z.string()),
  /** Language tokens of a slice at `use.imageSize`, separators not counted, and patches a side that become one. */
  tokens: z.strictObject({ perSlice: size, mergeSize: size }),
  language,
  /** Linear maps of the decoder that adapters can stand beside. */
  loraTargets: z.array(z.string()),
  /** As `loraTargets`, of a block of the tower. */
  loraVisionTargets: z.array(z.string()),
  /** What pixels of 0..1 are normalised by, channel by channel. */
  pixels: z.strictObject({ mean: three, std: three }),
  /** The tokenizer's special tokens, what stops an answer, and how many were added; null without a tokenizer. */
  text: z.strictObject({ special: z.array(z.string()), stops: z.array(z.string()), added: count }).nullable(),
  /** Where experts may stand, shallowest first: "vision.blocks.16.mlp". */
  sites: z.array(z.string()),
  /** Of the 2D model, with the types that the files store them in. */
  components: z.record(z.string(), z.strictObject({ parameters: count, dtypes: z.array(z.string()) })),
});

export type BaseFacts = z.infer<typeof baseFactsSchema>;
