import { readFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { allStages, buildModelSpec, fittedVocab } from "../../../config/index.ts";
import { bug } from "../../../errors.ts";
import { packageRoot } from "../../../files/index.ts";
import type { ExperimentConfig, StageConfig } from "../../../schema/experiment.ts";
import type { ModelSpec, Phi3vBase, PoolSpec } from "../../../schema/model.ts";

/**
 * A rough sum of what an experiment takes in memory, in bytes; on a GPU all but the programs must fit the
 * device.
 */
export interface MemoryNeed {
  /** Conductor, Python and torch before any model. */
  readonly programs: number;
  /** Parameters in float32 with their gradient and two Adam moments, as if all were trained. */
  readonly model: number;
  /** Activations that the widest stage keeps for its backward pass. */
  readonly activations: number;
}

/** 232 MiB of the conductor and 736 MiB of the worker, measured with the tiny model. */
const programsBytes = 2 ** 30;
const bytesPerParameter = 16;
/** Items of a volume where the recipe draws all of them: what PhantomCT has. */
const itemsOfVolume = 10;

const number = z.int().positive();
/** The worker's own factors; `py-runtime/tomoe_worker/model/memory.py` says what each counts. */
const factorsSchema = z.strictObject({
  bytesPerNumber: number,
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

/** A model of explicit sizes. */
export type SizedModel = Pick<ModelSpec, "moe" | "pool"> & { readonly base: Phi3vBase };

/** Language tokens that a volume of `depth` slices becomes; as `count` of the worker's projector. */
function imageTokens({ vision, projector }: Phi3vBase, pool: PoolSpec, depth: number): number {
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
  const { base, moe, pool } = spec;
  const { vision, language } = base;
  const of = readFactors();
  const tokens = depth * (Math.floor(vision.imageSize / vision.patchSize) ** 2 + 1);
  const mlp = of.mlp * vision.hidden + of.mlpInner * vision.mlp;
  const dense = vision.blocksRead * tokens * (of.attention * vision.hidden + mlp);
  const expertBlocks = depth > 1 ? moe.sites.length : 0;
  const experts = expertBlocks * tokens * moe.tokenExperts * (mlp + items * of.gate);
  const rows = expertBlocks * tokens * items * of.mixture * vision.hidden;
  const sequence = imageTokens(base, pool, depth) + of.textTokens;
  const layer = of.decoder * language.hidden + of.decoderInner * language.mlp;
  const decoder = language.layers * items * sequence * layer;
  return of.bytesPerNumber * (dense + experts + rows + decoder);
}

/**
 * Estimates what an experiment takes. Meant to warn before an hour is lost, not to fill a machine to the
 * brim.
 *
 * @throws TomoeError `CONFIG_INVALID` for a base whose architecture this version does not know.
 */
export function memoryNeed(config: ExperimentConfig): MemoryNeed {
  const spec = buildModelSpec(config, {
    facts: [],
    patchClasses: 0,
    vocab: fittedVocab(config) ?? 0,
    preprocessDigest: "",
  });
  const { base, ...rest } = spec;
  if (base.kind !== "phi3v") throw bug(`an architecture was known of base ${base.kind}`);
  const { vision, language } = base;
  const { moe } = spec;
  const experts = moe.sites.length * moe.tokenExperts * moe.tasks.length * 2 * vision.hidden * vision.mlp;
  const visionParameters = vision.layers * (4 * vision.hidden ** 2 + 2 * vision.hidden * vision.mlp);
  const languageParameters =
    2 * language.vocab * language.hidden +
    language.layers * (4 * language.hidden ** 2 + 3 * language.hidden * language.mlp);
  const keptBy = (stage: StageConfig): number => {
    const depth = stage.data === "volumes" ? spec.lift.depth : 1;
    return (
      stage.volumesPerStep * bytesPerVolume({ ...rest, base }, depth, stage.itemsPerVolume ?? itemsOfVolume)
    );
  };
  return {
    programs: programsBytes,
    model: bytesPerParameter * (visionParameters + languageParameters + experts),
    activations: Math.max(...allStages(config).map(({ stage }) => keptBy(stage))),
  };
}
