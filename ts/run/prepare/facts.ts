import { createHash } from "node:crypto";
import { allStages } from "../../config/index.ts";
import { captionWords, casesOf, type Dataset, orderRule, renderPrompt } from "../../data/dataset/index.ts";
import { TomoeError } from "../../errors.ts";
import type { ExperimentConfig } from "../../schema/experiment.ts";
import type { FactSpec } from "../../schema/model.ts";

/**
 * The facts a model has heads for: those of all data sets, in the order they are first named.
 *
 * @throws TomoeError `DATA_MANIFEST` when two data sets give one fact other classes.
 */
export function mergeFacts(datasets: readonly Dataset[]): readonly FactSpec[] {
  const classes = new Map<string, readonly string[]>();
  for (const { manifest } of datasets) {
    for (const [name, names] of Object.entries(manifest.facts)) {
      const other = classes.get(name) ?? names;
      if (JSON.stringify(other) !== JSON.stringify(names)) {
        throw new TomoeError(
          "DATA_MANIFEST",
          `fact "${name}" has classes ${other.join(", ")} in one dataset and ${names.join(", ")} in the other`,
          { hint: "Give one fact one list of classes.", details: { fact: name } },
        );
      }
      classes.set(name, names);
    }
  }
  return [...classes].map(([name, names]) => ({ name, classes: names.length }));
}

/**
 * The words that the objective "words" is about: those of the training captions of all data sets; none where no
 * stage has the objective.
 *
 * @throws TomoeError `DATA_EMPTY` when no word stands in a share of captions that the recipe asks for.
 */
export function wordsRead(config: ExperimentConfig, datasets: readonly Dataset[]): readonly string[] {
  if (!allStages(config).some(({ stage }) => stage.objectives.words !== undefined)) return [];
  const { least, most } = config.model.words;
  const words = captionWords(
    datasets.flatMap((dataset) => casesOf(dataset, "train")),
    config.model.words,
  );
  if (words.length === 0)
    throw new TomoeError(
      "DATA_EMPTY",
      `no word stands in ${least} to ${most} of the training captions, and the objective "words" needs some`,
      { hint: "Give the training cases report items, or widen model.words." },
    );
  return words;
}

/** Prompts and targets of the training splits, each once: what the tokenizer is fitted on. */
export function tokenizerLines(datasets: readonly Dataset[]): readonly string[] {
  const lines = new Set<string>();
  for (const dataset of datasets)
    for (const { items } of casesOf(dataset, "train"))
      for (const item of items) lines.add(renderPrompt(item)).add(item.target);
  return [...lines];
}

/** SHA-256 over the rule of order and the fingerprints of all data sets. */
export function fingerprintOf(datasets: readonly Dataset[]): string {
  const text = [orderRule, ...datasets.map((dataset) => dataset.fingerprint)].join("/");
  return createHash("sha256").update(text).digest("hex");
}
