import { sliceSample } from "./draw/slices.ts";
import { phantomTruth } from "./truth/facts.ts";
import { phantomSeed, requireInteger } from "./truth/seeds.ts";
import { phantomItems } from "./words/questions.ts";
import { sliceItems } from "./words/slice-items.ts";
import { questionKinds, questionPhrasings, reportPrompts } from "./words/wording.ts";

export interface CorpusOptions {
  /** Seed of the dataset, as given to its writers. */
  readonly seed: number;
  /** How many training volumes and slices speak. */
  readonly volumes: number;
  readonly slices: number;
}

const sliceSide = 48;

/**
 * Lines to fit a tokenizer on: every training phrasing once, then questions, options and targets of training
 * cases.
 *
 * Neither a held-out phantom nor a phrasing kept out of training is among them.
 *
 * @throws CONFIG_INVALID
 */
export function phantomCorpus(options: CorpusOptions): readonly string[] {
  requireInteger("volumes", options.volumes, 0, 1_000_000);
  requireInteger("slices", options.slices, 0, 1_000_000);
  const lines = [...questionKinds.flatMap((kind) => questionPhrasings[kind].seen), ...reportPrompts.seen];
  for (let index = 0; index < options.volumes; index += 1) {
    const truth = phantomTruth(phantomSeed(options.seed, "train", index));
    for (const item of phantomItems(truth, "corpus", "train"))
      lines.push(item.question, item.target, ...(item.choices ?? []));
  }
  for (let index = 0; index < options.slices; index += 1) {
    const sample = sliceSample(phantomSeed(options.seed, "slices", index), [sliceSide, sliceSide]);
    for (const item of sliceItems(sample, "corpus", "train"))
      lines.push(item.question, item.target, ...(item.choices ?? []));
  }
  return lines;
}
