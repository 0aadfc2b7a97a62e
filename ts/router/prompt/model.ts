import {
  countEvidence,
  type Evidence,
  evidenceFeatureCount,
  evidenceOf,
  type Lookup,
  leaveOut,
  type Push,
  pushEvidence,
} from "./evidence.ts";
import { hashBuckets, type PromptFeatures } from "./features.ts";
import type { IndexedTexts } from "./indexed-texts.ts";
import { fitRegression, packRows, type SparseRows, scoreRow, softmax } from "./regression.ts";

export interface PromptTrainingOptions {
  /** Passes over the examples. */
  readonly epochs: number;
  readonly learningRate: number;
  /** Pull of the weights towards 0. */
  readonly decay: number;
  /** An n-gram becomes a feature when at least this many families hold it. */
  readonly minFamilies: number;
  /**
   * Every n-th family is held out once, to set the temperature that makes the probabilities honest; at least
   * 2.
   */
  readonly calibrationEvery: number;
}

/**
 * Weights and log-odds are whole multiples of this, in the live model too, so that a state restores it bit
 * for bit.
 */
export const modelStep = 2 ** -10;

/** Column 0 is the constant, then the evidence features, then one column an n-gram. */
export const firstGramColumn = 1 + evidenceFeatureCount;

/** A trained classifier as plain tables. */
export interface PromptModel {
  /** Names of the classes. */
  readonly classes: readonly string[];
  /** n-gram hash -> column. */
  readonly columns: ReadonlyMap<number, number>;
  readonly evidence: Evidence;
  /** columns x classes, the classes in their order. */
  readonly weights: Float64Array;
  /** Divides the scores before they become probabilities. */
  readonly temperature: number;
}

// Taken once: a look-up on the global object costs more than the arithmetic where a host wraps it (test
// runners do).
const { log, max, round } = Math;
/** Keeps the logarithm of a probability that rounds to 0 finite. */
const smallest = Number.MIN_VALUE;

const toStep = (value: number): number => round(value / modelStep) * modelStep;

/** Columns a row has at most: the constant, two knots an evidence feature, and the n-grams. */
const rowCapacity = (features: PromptFeatures): number =>
  features.groups.reduce((sum, { hashes }) => sum + hashes.length, 1 + evidenceFeatureCount);

function writeRow(
  features: PromptFeatures,
  columnOf: (hash: number) => number | undefined,
  find: Lookup,
  push: Push,
): void {
  push(0, 1);
  pushEvidence(features, find, (column, value) => push(column + 1, value));
  for (const { hashes, weight } of features.groups) {
    for (const hash of hashes) {
      const column = columnOf(hash);
      // an n-gram never seen in training is what the evidence features measure
      if (column !== undefined) push(column, weight);
    }
  }
}

/** The scores of a prompt, one a class, before temperature and normalisation. */
export function scorePrompt(model: PromptModel, features: PromptFeatures): Float64Array {
  const rows = packRows(1, rowCapacity(features), (_row, push) =>
    writeRow(
      features,
      (hash) => model.columns.get(hash),
      (hash) => model.evidence.get(hash),
      push,
    ),
  );
  return scoreRow(model.weights, rows, 0, new Float64Array(model.classes.length));
}

/** Column of each n-gram's hash, for those that at least `minFamilies` families hold; 0 for the others. */
function chooseColumns(
  indexed: IndexedTexts,
  minFamilies: number,
): { readonly columns: Int32Array; readonly count: number } {
  const families = new Int32Array(hashBuckets);
  const lastFamily = new Int32Array(hashBuckets).fill(-1);
  for (const [text, features] of indexed.features.entries()) {
    const family = indexed.families[text] ?? -1;
    for (const { hashes } of features.groups) {
      for (const item of hashes) {
        if (lastFamily[item] === family) continue;
        lastFamily[item] = family;
        families[item] = (families[item] ?? 0) + 1;
      }
    }
  }
  const columns = new Int32Array(hashBuckets);
  let next = firstGramColumn;
  for (let hash = 0; hash < hashBuckets; hash++)
    if ((families[hash] ?? 0) >= minFamilies) columns[hash] = next++;
  return { columns, count: next };
}

/** The temperature (0.5..4, in steps of 5 percent) under which the texts' own classes are likeliest. */
function fitTemperature(
  weights: Float64Array,
  rows: SparseRows,
  { labels, classes }: IndexedTexts,
  texts: readonly number[],
): number {
  const scored = texts.map((text) => ({
    scores: scoreRow(weights, rows, text, new Float64Array(classes.length)),
    label: labels[text] ?? 0,
  }));
  const probabilities = new Float64Array(classes.length);
  const surprise = (temperature: number): number =>
    scored.reduce((sum, { scores, label }) => {
      probabilities.set(scores);
      softmax(probabilities, temperature);
      return sum - log(max(smallest, probabilities[label] ?? 0));
    }, 0);
  let best = 1;
  let least = surprise(best);
  for (let candidate = 0.5; candidate <= 4; candidate *= 1.05) {
    const found = surprise(candidate);
    if (found < least) [best, least] = [candidate, found];
  }
  return toStep(best);
}

/**
 * Trains on all texts; the temperature is that of weights trained without every n-th family, judged on those
 * families.
 * Evidence always leaves a text's own family out, so that a training text looks as new as a user's will.
 *
 * @param indexed - the texts, those of one family together.
 */
export function fitPromptModel(indexed: IndexedTexts, options: PromptTrainingOptions): PromptModel {
  const counts = countEvidence(indexed);
  const { columns, count } = chooseColumns(indexed, options.minFamilies);
  const columnOf = (hash: number): number | undefined => columns[hash] || undefined;
  const [asTask, asNone] = [leaveOut(counts, false), leaveOut(counts, true)];
  const capacity = indexed.features.reduce((sum, features) => sum + rowCapacity(features), 0);
  const rows = packRows(indexed.features.length, capacity, (text, push) => {
    const features = indexed.features[text];
    if (features !== undefined)
      writeRow(features, columnOf, indexed.labels[text] === indexed.none ? asNone : asTask, push);
  });
  const trainOn = (texts: readonly number[]): Float64Array =>
    fitRegression(rows, indexed.labels, texts, {
      ...options,
      columns: count,
      classes: indexed.classes.length,
    });
  const texts = indexed.labels.map((_label, text) => text);
  const isHeldOut = (text: number): boolean => (indexed.families[text] ?? 0) % options.calibrationEvery === 0;
  const temperature = fitTemperature(
    trainOn(texts.filter((text) => !isHeldOut(text))),
    rows,
    indexed,
    texts.filter(isHeldOut),
  );
  const kept = new Map<number, number>();
  for (let hash = 0; hash < hashBuckets; hash++) {
    const column = columns[hash] ?? 0;
    if (column > 0) kept.set(hash, column);
  }
  return {
    classes: indexed.classes,
    columns: kept,
    evidence: evidenceOf(counts, toStep),
    weights: trainOn(texts).map(toStep),
    temperature,
  };
}
