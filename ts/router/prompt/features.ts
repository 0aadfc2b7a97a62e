import type { RoutedPrompt } from "../../schema/router.ts";

/**
 * Hashes run from 0 to this, exclusive: tables over them are plain arrays. About 1 in 20 n-grams shares its
 * hash with another.
 */
export const hashBuckets = 2 ** 18;

/** A word by its hash, and the hashes of its character 4-grams: what evidence is counted on. */
export interface HashedWord {
  readonly hash: number;
  readonly grams: readonly number[];
}

/** N-grams of one kind; all have the same weight, so that the kind's norm does not grow with the text. */
export interface GramGroup {
  readonly hashes: readonly number[];
  readonly weight: number;
}

/** What the classifier sees of a prompt: hashes of its word n-grams, character n-grams and options. */
export interface PromptFeatures {
  readonly groups: readonly GramGroup[];
  /** Words of the text, in order. */
  readonly words: readonly HashedWord[];
  /** Words of the options; empty without options. */
  readonly optionWords: readonly HashedWord[];
}

// Taken once: a look-up on the global object costs more than the arithmetic where a host wraps it (test
// runners do).
const { imul, sqrt, max } = Math;

// One seed a family, so that a word never shares a hash with a character n-gram of the same letters.
const wordSeed = 0x811c9dc5,
  pairSeed = 0x2f0b4a17,
  tripleSeed = 0x6d3c91e5,
  gramSeed = 0x1b56c4e9;
const optionWordSeed = 0x51ed270b,
  optionGramSeed = 0x0e9f3d21,
  optionsGiven = 0x7a3fb8c3;
const skeletonSeed = 0x4c1906db,
  skeletonSizes = [2, 3, 4, 5] as const;
const textStart = 0x3c6ef372,
  textEnd = 0x5a827999;
const gramSizes = [3, 4, 5] as const;
const evidenceSizes = [4] as const;
const space = 32;

/** Norm of the options' words, beside 1 for the text's: many questions share options, what is asked they share less. */
const optionNorm = 0.5;

/** One step of 32-bit FNV-1a, two bytes at once. */
const mix = (hash: number, unit: number): number =>
  imul(imul(hash ^ (unit & 0xffff), 0x01000193) ^ (unit >>> 16), 0x01000193);

function hashWord(seed: number, word: string): number {
  let hash = seed;
  for (let at = 0; at < word.length; at++) hash = mix(hash, word.charCodeAt(at));
  return hash;
}

/**
 * Splits into lower-case words and single punctuation marks; every run of digits reads "0", since a number's
 * value says nothing of the task.
 *
 * @param text - any text; compatibility forms are folded (NFKC).
 */
export function tokenizePrompt(text: string): readonly string[] {
  const tokens =
    text
      .normalize("NFKC")
      .toLowerCase()
      .match(/\p{L}+(?:'\p{L}+)*|\p{N}+|[^\s\p{L}\p{N}]/gu) ?? [];
  return tokens.map((token) => (/^\p{N}/u.test(token) ? "0" : token));
}

const wordsOf = (tokens: readonly string[]): readonly string[] =>
  tokens.filter((token) => /^[\p{L}0]/u.test(token));

/** Folds 32 bits into a bucket; a mask alone would drop the upper ones. */
const bucketOf = (hash: number): number => (hash ^ (hash >>> 18)) & (hashBuckets - 1);

/** Words, pairs and triples of neighbouring tokens, the text's two ends counted as tokens. */
function pushWordGrams(tokens: readonly string[], hashes: number[]): void {
  const framed = [textStart, ...tokens.map((token) => hashWord(wordSeed, token)), textEnd];
  for (const [at, current] of framed.entries()) {
    if (at > 0 && at < framed.length - 1) hashes.push(bucketOf(current));
    const previous = framed[at - 1];
    if (previous === undefined) continue;
    hashes.push(bucketOf(mix(mix(pairSeed, previous), current)));
    const before = framed[at - 2];
    if (before !== undefined) hashes.push(bucketOf(mix(mix(mix(tripleSeed, before), previous), current)));
  }
}

/**
 * The text with every run of longer words as one "w": what is left are single letters, numbers and marks, as
 * lists of options have them.
 */
function skeletonOf(tokens: readonly string[]): readonly string[] {
  const shapes = tokens.map((token) => (token.length > 1 ? "w" : token));
  return ["<", ...shapes.filter((shape, at) => shape !== "w" || shapes[at - 1] !== "w"), ">"];
}

function pushSkeletonGrams(tokens: readonly string[], hashes: number[]): void {
  const skeleton = skeletonOf(tokens);
  for (const size of skeletonSizes) {
    for (let from = 0; from + size <= skeleton.length; from++)
      hashes.push(bucketOf(hashWord(skeletonSeed, skeleton.slice(from, from + size).join(" "))));
  }
}

/** Character n-grams of a word, its two ends counted as spaces. */
function pushCharacterGrams(word: string, sizes: readonly number[], seed: number, hashes: number[]): void {
  const length = word.length + 2;
  const [shortest = 0, longest = shortest] = [sizes[0], sizes.at(-1)];
  for (let from = 0; from + shortest <= length; from++) {
    let hash = seed;
    for (let size = 1; size <= longest && from + size <= length; size++) {
      const at = from + size - 1;
      hash = mix(hash, at === 0 || at === length - 1 ? space : word.charCodeAt(at - 1));
      if (size >= shortest) hashes.push(bucketOf(mix(hash, size)));
    }
  }
}

function hashedWord(word: string): HashedWord {
  const grams: number[] = [];
  pushCharacterGrams(word, evidenceSizes, gramSeed, grams);
  return { hash: bucketOf(hashWord(wordSeed, word)), grams };
}

/**
 * Reads a prompt's features; that options are given, and their words, are features like any other.
 *
 * @param prompt - the user's words and options; may be empty.
 */
export function readFeatures(prompt: RoutedPrompt): PromptFeatures {
  const tokens = tokenizePrompt(prompt.text);
  const words = wordsOf(tokens);
  const optionWords = (prompt.choices ?? []).flatMap((choice) => wordsOf(tokenizePrompt(choice)));
  const group = (norm: number, fill: (hashes: number[]) => void): GramGroup => {
    const hashes: number[] = [];
    fill(hashes);
    return { hashes, weight: norm / sqrt(max(1, hashes.length)) };
  };
  const groups = [
    group(1, (hashes) => pushWordGrams(tokens, hashes)),
    group(1, (hashes) => pushSkeletonGrams(tokens, hashes)),
    group(1, (hashes) => {
      for (const word of words) pushCharacterGrams(word, gramSizes, gramSeed, hashes);
    }),
  ];
  if (prompt.choices !== undefined && prompt.choices.length > 0) {
    groups.push(group(1, (hashes) => hashes.push(bucketOf(optionsGiven))));
    groups.push(
      group(optionNorm, (hashes) => {
        for (const word of optionWords) {
          hashes.push(bucketOf(hashWord(optionWordSeed, word)));
          pushCharacterGrams(word, evidenceSizes, optionGramSeed, hashes);
        }
      }),
    );
  }
  return { groups, words: words.map(hashedWord), optionWords: optionWords.map(hashedWord) };
}
