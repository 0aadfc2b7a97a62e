import { allStages, moeBlocks } from "../../../config/index.ts";
import type { ExperimentConfig, StageConfig } from "../../../schema/experiment.ts";

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
const bytesPerFloat = 4;
/**
 * Numbers kept per token and per width of a layer, in attention block and MLP. Source: arXiv 2205.05198
 * section 4.1, without attention scores.
 */
const keptPerWidth = 17;
/** Text tokens of an item, and items of a volume where the recipe draws all of them: what PhantomCT has. */
const textTokens = 96;
const itemsOfVolume = 10;

/**
 * Estimates what an experiment takes. Meant to warn before an hour is lost, not to fill a machine to the
 * brim.
 *
 * @throws TomoeError `CONFIG_INVALID` for a base whose architecture this version does not know.
 */
export function memoryNeed(config: ExperimentConfig): MemoryNeed {
  const blocks = moeBlocks(config);
  const { base, poolDepth } = config.model;
  if (base.kind !== "tiny-phi3v") return { programs: programsBytes, model: 0, activations: 0 };
  const { vision, language } = base;
  const experts =
    blocks.length * config.router.tokenExperts * config.router.tasks.length * 2 * vision.hidden * vision.mlp;
  const visionParameters = vision.layers * (4 * vision.hidden ** 2 + 2 * vision.hidden * vision.mlp);
  const languageParameters =
    2 * language.vocab * language.hidden +
    language.layers * (4 * language.hidden ** 2 + 3 * language.hidden * language.mlp);
  const patches = Math.floor(vision.imageSize / vision.patchSize) ** 2 + 1;
  const keptBy = (stage: StageConfig): number => {
    const slices = stage.data === "volumes" ? config.data.sizeDHW[0] : 1;
    const ofVision = slices * patches * vision.layers * vision.hidden * keptPerWidth;
    const tokens = Math.ceil(slices / poolDepth) * patches + textTokens;
    const ofLanguage =
      tokens * language.layers * language.hidden * keptPerWidth + textTokens * language.vocab;
    return (
      bytesPerFloat * stage.volumesPerStep * (ofVision + (stage.itemsPerVolume ?? itemsOfVolume) * ofLanguage)
    );
  };
  return {
    programs: programsBytes,
    model: bytesPerParameter * (visionParameters + languageParameters + experts),
    activations: Math.max(...allStages(config).map(({ stage }) => keptBy(stage))),
  };
}
