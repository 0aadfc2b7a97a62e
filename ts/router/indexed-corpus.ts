import { promptClasses, type PromptExample } from "./corpus/examples.ts";
import type { HashedWord, PromptFeatures } from "./features.ts";
import { readFeatures } from "./features.ts";

/**
 * The training texts with every hash replaced by a small number, so that counting and fitting index arrays instead of maps.
 */
export interface IndexedCorpus {
  /** Features with numbers 0..`hashes.length` - 1 in place of hashes. */
  readonly features: readonly PromptFeatures[];
  /** Hash of each number. */
  readonly hashes: readonly number[];
  /** Family number of each text. */
  readonly families: readonly number[];
  /** Class of each text, as an index of `promptClasses`. */
  readonly labels: readonly number[];
}

/** Index of the class that belongs to no task. */
export const noneLabel = promptClasses.indexOf("none");

/**
 * Reads and numbers the features of all texts; texts of one family come to stand together.
 *
 * @param examples - in any order.
 */
export function indexCorpus(examples: readonly PromptExample[]): IndexedCorpus {
  const byFamily = new Map<string, PromptExample[]>();
  for (const example of examples) {
    const members = byFamily.get(example.family);
    if (members === undefined) byFamily.set(example.family, [example]);
    else members.push(example);
  }
  const numbers = new Map<number, number>();
  const numberOf = (hash: number): number => {
    const known = numbers.get(hash);
    if (known !== undefined) return known;
    numbers.set(hash, numbers.size);
    return numbers.size - 1;
  };
  const numberWord = (word: HashedWord): HashedWord => ({ hash: numberOf(word.hash), grams: word.grams.map(numberOf) });
  const features: PromptFeatures[] = [];
  const families: number[] = [];
  const labels: number[] = [];
  for (const [family, members] of [...byFamily.values()].entries()) {
    for (const example of members) {
      const read = readFeatures(example);
      features.push({ hashes: read.hashes.map(numberOf), weights: read.weights, words: read.words.map(numberWord), optionWords: read.optionWords.map(numberWord) });
      families.push(family);
      labels.push(promptClasses.indexOf(example.label));
    }
  }
  return { features, hashes: [...numbers.keys()], families, labels };
}
