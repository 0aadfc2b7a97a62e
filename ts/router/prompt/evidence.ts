import { type HashedWord, hashBuckets, type PromptFeatures } from "./features.ts";
import type { IndexedTexts } from "./indexed-texts.ts";

// Taken once: a look-up on the global object costs more than the arithmetic where a host wraps it (test
// runners do).
const { log, max, min, floor, log2 } = Math;

/**
 * How much a prompt's words speak for a scan or for another subject, and how much of them was never seen: the
 * signal by which nonsense and
 * new subjects are told from a new wording. A word never seen is judged by its character 4-grams, so that
 * typing errors and new terms keep some.
 * Holds the log-odds (natural) of scan prompts against background text, per hash of a word or 4-gram.
 */
export type Evidence = ReadonlyMap<number, number>;

/**
 * Added to both counts, so that what was seen on one side alone has finite odds: with 0.25 a word that one
 * family alone holds speaks with log(1.25 / 0.25), about 1.6 nats.
 */
const smoothing = 0.25;

/**
 * Hat functions a quantity is spread over, a fifth of its range apart, so that a linear model can bend: a few
 * unknown words are typing errors or new terms, many are another subject.
 */
const knots = 6;

/** Size of an evidence feature beside an n-gram group's norm of 1. */
const evidenceNorm = 1.5;

const neverSeen = Number.POSITIVE_INFINITY;

/**
 * Dense features a prompt has: seven quantities, each spread over `knots` hat functions so that the model can
 * bend.
 */
export const evidenceFeatureCount = 7 * knots;

/** Families that hold each word or 4-gram, by its hash: those with a task, and those without. */
export interface EvidenceCounts {
  readonly scan: Int32Array;
  readonly other: Int32Array;
  /** Log of how much more often families without a task occur. */
  readonly prior: number;
}

/**
 * Counts, for every word and 4-gram, the families with and without a task that hold it.
 */
export function countEvidence(indexed: IndexedTexts): EvidenceCounts {
  const scan = new Int32Array(hashBuckets);
  const other = new Int32Array(hashBuckets);
  const lastFamily = new Int32Array(hashBuckets).fill(-1);
  const seen = { scan: new Set<number>(), other: new Set<number>() };
  for (const [text, features] of indexed.features.entries()) {
    const family = indexed.families[text] ?? -1;
    const isOther = indexed.labels[text] === indexed.none;
    (isOther ? seen.other : seen.scan).add(family);
    const counts = isOther ? other : scan;
    const count = (item: number): void => {
      if (lastFamily[item] === family) return;
      lastFamily[item] = family;
      counts[item] = (counts[item] ?? 0) + 1;
    };
    for (const word of features.words) {
      count(word.hash);
      for (const gram of word.grams) count(gram);
    }
  }
  return { scan, other, prior: log(seen.other.size / seen.scan.size) };
}

const logOdds = (scan: number, other: number, prior: number): number =>
  log((scan + smoothing) / (other + smoothing)) + prior;

/** Log-odds of a word or 4-gram; undefined when never seen. */
export type Lookup = (hash: number) => number | undefined;

/** Looks up with a text's own family left out of the counts, as if its words were new. */
export function leaveOut(counts: EvidenceCounts, isOther: boolean): Lookup {
  const odds = new Float64Array(hashBuckets).fill(neverSeen);
  for (let hash = 0; hash < hashBuckets; hash++) {
    const scan = counts.scan[hash] ?? 0;
    const other = counts.other[hash] ?? 0;
    // An option's word need not be counted at all: what is left out of nothing stays nothing.
    if (scan + other > 1)
      odds[hash] = logOdds(
        isOther ? scan : max(0, scan - 1),
        isOther ? max(0, other - 1) : other,
        counts.prior,
      );
  }
  return (hash) => {
    const found = odds[hash] ?? neverSeen;
    return found === neverSeen ? undefined : found;
  };
}

/**
 * The log-odds of all counts, for use after training.
 *
 * @param round - brings a number to the grid a stored state has.
 */
export function evidenceOf(counts: EvidenceCounts, round: (value: number) => number): Evidence {
  const evidence = new Map<number, number>();
  for (let hash = 0; hash < hashBuckets; hash++) {
    const scan = counts.scan[hash] ?? 0;
    const other = counts.other[hash] ?? 0;
    if (scan + other > 0) evidence.set(hash, round(logOdds(scan, other, counts.prior)));
  }
  return evidence;
}

/** Takes one column and value of a row. */
export type Push = (column: number, value: number) => void;

/** Spreads `value` (0..1; beyond it the end knot holds) over two neighbouring knots, linearly. */
function spread(value: number, feature: number, push: Push): void {
  const place = min(1, max(0, value)) * (knots - 1);
  const knot = min(knots - 2, floor(place));
  push(feature * knots + knot, evidenceNorm * (1 - (place - knot)));
  push(feature * knots + knot + 1, evidenceNorm * (place - knot));
}

interface WordScore {
  readonly score: number;
  readonly gramScore: number;
  readonly knownGrams: number;
  readonly known: boolean;
}

function scoreWord(word: HashedWord, find: Lookup): WordScore {
  let sum = 0;
  let known = 0;
  for (const gram of word.grams) {
    const odds = find(gram);
    if (odds === undefined) continue;
    sum += odds;
    known += 1;
  }
  const size = max(1, word.grams.length);
  const own = find(word.hash);
  return {
    score: own ?? sum / size,
    gramScore: sum / size,
    knownGrams: word.grams.length === 0 ? 1 : known / size,
    known: own !== undefined,
  };
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / max(1, values.length);

/**
 * The dense features: strongest and mean evidence of the words, share of words never seen, share of 4-grams
 * seen, mean evidence of the 4-grams,
 * length, and mean evidence of the options' words (absent without options).
 *
 * @param find - log-odds of a word or 4-gram; undefined when never seen.
 * @param push - takes columns 0..`evidenceFeatureCount` - 1 with their values.
 */
export function pushEvidence(features: PromptFeatures, find: Lookup, push: Push): void {
  const words = features.words.map((word) => scoreWord(word, find));
  const blank = words.length === 0;
  // The ranges are those the texts fill: log-odds of single words reach -1..4, their means -2..3.
  spread(blank ? 0 : (max(...words.map((word) => word.score)) + 1) / 5, 0, push);
  spread((meanOf(words.map((word) => word.score)) + 2) / 5, 1, push);
  spread(meanOf(words.map((word) => (word.known ? 0 : 1))), 2, push);
  spread(meanOf(words.map((word) => word.knownGrams)), 3, push);
  spread((meanOf(words.map((word) => word.gramScore)) + 1.5) / 3, 4, push);
  spread(log2(1 + words.length) / 5, 5, push);
  if (features.optionWords.length > 0) {
    spread((meanOf(features.optionWords.map((word) => scoreWord(word, find).score)) + 2) / 5, 6, push);
  }
}
