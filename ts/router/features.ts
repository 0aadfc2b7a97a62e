import type { RoutedPrompt } from "../schema/router.ts";

/** A word by its hash, and the hashes of its character 4-grams: what evidence is counted on. */
export interface HashedWord {
  readonly hash: number;
  readonly grams: readonly number[];
}

/**
 * What the classifier sees of a prompt: 32-bit hashes of word and character n-grams, each with a weight.
 * The weights of a family (word n-grams, character n-grams, the options) have norm 1, so that length does not decide.
 */
export interface PromptFeatures {
  readonly hashes: readonly number[];
  readonly weights: readonly number[];
  /** Words of the text, in order. */
  readonly words: readonly HashedWord[];
  /** Words of the options; empty without options. */
  readonly optionWords: readonly HashedWord[];
}

// One seed a family, so that a word never shares a hash with a character n-gram of the same letters.
const WORD_SEED = 0x811c9dc5, PAIR_SEED = 0x2f0b4a17, TRIPLE_SEED = 0x6d3c91e5, GRAM_SEED = 0x1b56c4e9;
const OPTION_WORD_SEED = 0x51ed270b, OPTION_GRAM_SEED = 0x0e9f3d21, OPTIONS_GIVEN = 0x7a3fb8c3;
const TEXT_START = 0x3c6ef372, TEXT_END = 0x5a827999;
const GRAM_SIZES = [3, 4, 5] as const;
const EVIDENCE_SIZES = [4] as const;
const SPACE = 32;

/** One step of 32-bit FNV-1a, two bytes at once. */
const mix = (hash: number, unit: number): number => Math.imul(Math.imul(hash ^ (unit & 0xffff), 0x01000193) ^ (unit >>> 16), 0x01000193);

function hashWord(seed: number, word: string): number {
  let hash = seed;
  for (let at = 0; at < word.length; at++) hash = mix(hash, word.charCodeAt(at));
  return hash >>> 0;
}

/**
 * Splits into lower-case words and single punctuation marks; every run of digits reads "0", since a number's value says nothing of the task.
 *
 * @param text - any text; compatibility forms are folded (NFKC).
 */
export function tokenizePrompt(text: string): readonly string[] {
  const tokens = text.normalize("NFKC").toLowerCase().match(/\p{L}+(?:'\p{L}+)*|\p{N}+|[^\s\p{L}\p{N}]/gu) ?? [];
  return tokens.map((token) => (/^\p{N}/u.test(token) ? "0" : token));
}

const wordsOf = (tokens: readonly string[]): readonly string[] => tokens.filter((token) => /^[\p{L}0]/u.test(token));

/** Words, pairs and triples of neighbouring tokens, the text's two ends counted as tokens. */
function pushWordGrams(tokens: readonly string[], hashes: number[]): void {
  const framed = [TEXT_START, ...tokens.map((token) => hashWord(WORD_SEED, token)), TEXT_END];
  for (const [at, current] of framed.entries()) {
    if (at > 0 && at < framed.length - 1) hashes.push(current);
    const previous = framed[at - 1];
    if (previous === undefined) continue;
    hashes.push(mix(mix(PAIR_SEED, previous), current) >>> 0);
    const before = framed[at - 2];
    if (before !== undefined) hashes.push(mix(mix(mix(TRIPLE_SEED, before), previous), current) >>> 0);
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
      hash = mix(hash, at === 0 || at === length - 1 ? SPACE : word.charCodeAt(at - 1));
      if (size >= shortest) hashes.push(mix(hash, size) >>> 0);
    }
  }
}

function hashedWord(word: string): HashedWord {
  const grams: number[] = [];
  pushCharacterGrams(word, EVIDENCE_SIZES, GRAM_SEED, grams);
  return { hash: hashWord(WORD_SEED, word), grams };
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
  const hashes: number[] = [];
  const weights: number[] = [];
  const closeFamily = (norm: number): void => {
    const count = hashes.length - weights.length;
    for (let left = count; left > 0; left--) weights.push(norm / Math.sqrt(count));
  };
  pushWordGrams(tokens, hashes);
  closeFamily(1);
  for (const word of words) pushCharacterGrams(word, GRAM_SIZES, GRAM_SEED, hashes);
  closeFamily(1);
  if (prompt.choices !== undefined && prompt.choices.length > 0) {
    hashes.push(OPTIONS_GIVEN);
    closeFamily(1);
    for (const word of optionWords) {
      hashes.push(hashWord(OPTION_WORD_SEED, word));
      pushCharacterGrams(word, EVIDENCE_SIZES, OPTION_GRAM_SEED, hashes);
    }
    closeFamily(0.5);
  }
  return { hashes, weights, words: words.map(hashedWord), optionWords: optionWords.map(hashedWord) };
}
