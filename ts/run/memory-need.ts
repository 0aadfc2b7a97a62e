import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { allStages, buildModelSpec, fittedVocab, precisionOf, publishedFacts } from "../config/index.ts";
import { bug } from "../errors.ts";
import { packageRoot } from "../files/index.ts";
import type { BaseFacts } from "../schema/base-facts.ts";
import type { ExperimentConfig, StageConfig } from "../schema/experiment.ts";
import type {
  ExplicitBase,
  LanguageSpec,
  ModelSpec,
  PoolSpec,
  Precision,
  ProjectorSpec,
  VisionSpec,
} from "../schema/model.ts";

/**
 * A rough sum of what one worker of an experiment takes in memory, in bytes; on a GPU all but the programs must fit
 * the device.
 */
export interface MemoryNeed {
  /** Conductor, Python and torch before any model; a conductor with several workers counts with each. */
  readonly programs: number;
  /** Parameters in float32; with their gradient and two Adam moments, as if all were trained, but what is published and frozen. */
  readonly model: number;
  /** Activations that the widest stage keeps for its backward pass. */
  readonly activations: number;
}

/** 232 MiB of the conductor and 736 MiB of the worker, measured with the tiny model. */
const programsBytes = 2 ** 30;
const bytesPerParameter = 16;
/** Of a number that the base's files hold and nothing trains; norms and biases are not told apart. */
const bytesFrozen = { strict: 4, fast: 2 };
/** Items of a volume where the recipe draws all of them: what PhantomCT has. */
const itemsOfVolume = 10;

const number = z.int().positive();
/** The worker's own factors; `py-runtime/tomoe_worker/model/memory.py` says what each counts. */
const factorsSchema = z.strictObject({
  bytesPerNumber: number,
  lowBytesPerNumber: z.number().positive(),
  textTokens: number,
  attention: number,
  mlp: number,
  mlpInner: number,
  gate: number,
  mixture: number,
  decoder: number,
  decoderInner: number,
  keysAndValues: number,
});
type MemoryFactors = z.infer<typeof factorsSchema>;

function readFactors(): MemoryFactors {
  const path = join(packageRoot(), "py-runtime", "tomoe_worker", "model", "memory.json");
  return factorsSchema.parse(JSON.parse(readFileSync(path, "utf8")));
}

/** Sizes of a base that activations follow from. */
export interface Sizes {
  readonly vision: Pick<VisionSpec, "imageSize" | "patchSize" | "hidden" | "mlp" | "blocksRead">;
  readonly projector: ProjectorSpec;
  readonly language: Pick<LanguageSpec, "hidden" | "layers" | "mlp">;
}

/** A model of explicit sizes. */
export type SizedModel = Pick<ModelSpec, "moe" | "pool" | "precision" | "recompute"> & {
  readonly base: Sizes;
};

/** Language tokens that a volume of `depth` slices becomes; as `count` of the worker's projector. */
function imageTokens({ vision, projector }: Sizes, pool: PoolSpec, depth: number): number {
  const side = Math.floor(Math.floor(vision.imageSize / vision.patchSize) / projector.mergeSize);
  const bins = depth === 1 ? 1 : Math.floor(depth / pool.depth) * (pool.kind === "mean-max" ? 2 : 1);
  return projector.separators ? bins * side * (side + 1) + 1 : bins * side * side;
}

/**
 * Activations that one volume with its items keeps alive in a training step, in bytes: the worker's
 * `bytes_per_volume`, for a model that is not there yet.
 *
 * @param depth - slices of the volume.
 * @param items - items that ask about it.
 */
export function bytesPerVolume(spec: SizedModel, depth: number, items: number): number {
  const { base, moe, pool, precision } = spec;
  const isKept = spec.recompute === "none";
  const { vision, language } = base;
  const of = readFactors();
  const tokens = depth * (Math.floor(vision.imageSize / vision.patchSize) ** 2 + 1);
  const mlp = of.mlp * vision.hidden + of.mlpInner * vision.mlp;
  const dense = (isKept ? vision.blocksRead : 1) * tokens * (of.attention * vision.hidden + mlp);
  const routed = isKept ? moe.sites.length : Math.min(moe.sites.length, 1);
  const expertBlocks = depth > 1 ? routed : 0;
  const experts = expertBlocks * tokens * moe.tokenExperts * (mlp + items * of.gate);
  const rows = expertBlocks * tokens * items * of.mixture * vision.hidden;
  const sequence = imageTokens(base, pool, depth) + of.textTokens;
  const layer = of.decoder * language.hidden + of.decoderInner * language.mlp;
  const decoder = (isKept ? language.layers : 1) * items * sequence * layer;
  const inputs =
    vision.blocksRead * tokens * vision.hidden + language.layers * items * sequence * language.hidden;
  const perNumber = precision === "fast" ? of.lowBytesPerNumber : of.bytesPerNumber;
  return Math.trunc(perNumber * (dense + experts + rows + decoder + (isKept ? 0 : inputs)));
}

/** Sizes of a base and bytes of its parameters, experts not counted. */
interface CountedBase {
  readonly sizes: Sizes;
  readonly bytes: number;
}

function countSizes(base: ExplicitBase): CountedBase {
  const { vision, language } = base;
  const ofVision = vision.layers * (4 * vision.hidden ** 2 + 2 * vision.hidden * vision.mlp);
  const ofLanguage =
    2 * language.vocab * language.hidden +
    language.layers * (4 * language.hidden ** 2 + 3 * language.hidden * language.mlp);
  return { sizes: base, bytes: bytesPerParameter * (ofVision + ofLanguage) };
}

/** Of published files; the facts do not say how wide the decoder is inside its MLP: four times itself is taken. */
function countFacts(facts: BaseFacts, trains: ReadonlySet<string>, precision: Precision): CountedBase {
  const { vision, language, tokens, use, parameters } = facts;
  const trained = Object.entries(facts.components)
    .filter(([component]) => trains.has(component))
    .reduce((sum, [, one]) => sum + one.parameters, 0);
  const { width: hidden, mlp, patchSize, blocksRead } = vision;
  return {
    sizes: {
      vision: { imageSize: use.imageSize, patchSize, hidden, mlp, blocksRead },
      projector: { mergeSize: tokens.mergeSize, separators: false },
      language: { hidden: language.width, layers: language.layers, mlp: 4 * language.width },
    },
    bytes: bytesPerParameter * trained + bytesFrozen[precision] * (parameters - trained),
  };
}

function countBase(base: ModelSpec["base"], config: ExperimentConfig): CountedBase {
  if ("vision" in base) return countSizes(base);
  const facts = publishedFacts(config);
  if (facts === undefined) throw bug(`nothing is known of base ${base.kind}`);
  const trains = new Set(allStages(config).flatMap(({ stage }) => stage.trains));
  return countFacts(facts, trains, precisionOf(config));
}

/**
 * Estimates what an experiment takes. Meant to warn before an hour is lost, not to fill a machine to the
 * brim.
 *
 * @throws TomoeError `CONFIG_INVALID` for a base that was not opened.
 */
export function memoryNeed(config: ExperimentConfig): MemoryNeed {
  const { base, ...rest } = buildModelSpec(config, {
    facts: [],
    patchClasses: 0,
    words: [],
    vocab: fittedVocab(config) ?? 0,
    preprocessDigest: "",
  });
  const counted = countBase(base, config);
  const { moe, lift } = rest;
  const { hidden, mlp } = counted.sizes.vision;
  const experts = moe.sites.length * moe.tokenExperts * moe.tasks.length * 2 * hidden * mlp;
  const keptBy = (stage: StageConfig): number => {
    const depth = stage.data === "volumes" ? lift.depth : 1;
    // Without the objective no item goes through the decoder.
    const asks = stage.objectives.language !== undefined;
    const items = asks ? (stage.itemsPerVolume ?? itemsOfVolume) : 0;
    return (
      (stage.microBatch || stage.volumesPerStep / config.execution.ranks) *
      bytesPerVolume({ ...rest, base: counted.sizes }, depth, items)
    );
  };
  return {
    programs: programsBytes,
    model: counted.bytes + bytesPerParameter * experts,
    activations: Math.max(...allStages(config).map(({ stage }) => keptBy(stage))),
  };
}

/** What all workers of an experiment take together on a machine without a GPU, in bytes. */
export function memoryOfAll(config: ExperimentConfig): number {
  const { programs, model, activations } = memoryNeed(config);
  return config.execution.ranks * (programs + model + activations);
}
