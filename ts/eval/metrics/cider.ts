import type { Clusters } from "../interval/clusters.ts";
import { Pace, type Steps } from "../steps.ts";
import type { WholeMetric } from "./metric.ts";
import { counts } from "./text.ts";
import { unicodeWords, wordsId } from "./words.ts";

const orders = 4;
const sigma = 6;

/** Blocks of whole clusters that are left out at a time, at most. */
const blocksAtMost = 100;

/** The n-grams of one text. */
interface Grams {
  readonly ids: Int32Array;
  readonly counts: Int32Array;
  /** Words of each, less one. */
  readonly orders: Uint8Array;
  /** Pairs of words, which stand for the length. */
  readonly pairs: number;
}

interface Pair {
  readonly said: Grams;
  readonly wanted: Grams;
  /** How often each n-gram of the prediction stands in the target. */
  readonly shared: Int32Array;
}

class Vocabulary {
  private readonly ids = new Map<string, number>();

  get size(): number {
    return this.ids.size;
  }

  gramsOf(text: string): Grams {
    const words = unicodeWords(text);
    const ids: number[] = [],
      numbers: number[] = [],
      sizes: number[] = [];
    for (let order = 1; order <= orders; order += 1) {
      const grams = words.slice(order - 1).map((_word, at) => words.slice(at, at + order).join(" "));
      for (const [gram, count] of counts(grams)) {
        const known = this.ids.get(gram) ?? this.ids.size;
        this.ids.set(gram, known);
        ids.push(known);
        numbers.push(count);
        sizes.push(order - 1);
      }
    }
    return {
      ids: Int32Array.from(ids),
      counts: Int32Array.from(numbers),
      orders: Uint8Array.from(sizes),
      pairs: Math.max(0, words.length - 1),
    };
  }
}

function pairOf(prediction: string, target: string, vocabulary: Vocabulary): Pair {
  const said = vocabulary.gramsOf(prediction),
    wanted = vocabulary.gramsOf(target);
  const there = new Map(Array.from(wanted.ids, (id, at) => [id, wanted.counts[at] ?? 0]));
  return { said, wanted, shared: said.ids.map((id) => there.get(id) ?? 0) };
}

/** In how many targets each n-gram stands. */
function count(documents: Int32Array, { ids }: Grams, by: 1 | -1): void {
  for (const id of ids) documents[id] = (documents[id] ?? 0) + by;
}

/** Sums of squared weights, order by order. */
function squares({ ids, counts: often, orders: sizes }: Grams, rarity: (id: number) => number): Float64Array {
  const sums = new Float64Array(orders);
  for (const [at, id] of ids.entries()) {
    const weight = (often[at] ?? 0) * rarity(id),
      order = sizes[at] ?? 0;
    sums[order] = (sums[order] ?? 0) + weight * weight;
  }
  return sums;
}

/** CIDEr-D of one item, 0..10. */
function scoreOf({ said, wanted, shared }: Pair, rarity: (id: number) => number): number {
  const products = new Float64Array(orders);
  for (const [at, id] of said.ids.entries()) {
    const rare = rarity(id),
      order = said.orders[at] ?? 0,
      theirs = (shared[at] ?? 0) * rare;
    products[order] = (products[order] ?? 0) + Math.min((said.counts[at] ?? 0) * rare, theirs) * theirs;
  }
  const mine = squares(said, rarity),
    others = squares(wanted, rarity);
  let sum = 0;
  for (const [order, product] of products.entries()) {
    const norm = Math.sqrt(mine[order] ?? 0) * Math.sqrt(others[order] ?? 0);
    if (norm > 0) sum += product / norm;
  }
  return (10 / orders) * sum * Math.exp(-((said.pairs - wanted.pairs) ** 2) / (2 * sigma ** 2));
}

/** Scores of some items, with the document frequencies of their targets. */
function* scoresOf(pairs: readonly Pair[], documents: Int32Array): Steps<Float64Array> {
  const logs = Float64Array.from({ length: pairs.length + 1 }, (_, at) => Math.log(Math.max(1, at)));
  const all = Math.log(pairs.length);
  const rarity = (id: number): number => all - (logs[documents[id] ?? 0] ?? 0);
  const scores = new Float64Array(pairs.length);
  const pace = new Pace();
  for (const [at, pair] of pairs.entries()) {
    if (pace.isDue(pair.said.ids.length + pair.wanted.ids.length)) yield;
    scores[at] = scoreOf(pair, rarity);
  }
  return scores;
}

const meanOf = (values: Float64Array): number =>
  values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;

/** The number without each block: which n-grams are rare is counted anew. */
function* leftOut(
  pairs: readonly Pair[],
  documents: Int32Array,
  { names, of }: Clusters,
): Steps<Float64Array> {
  const blocks = Math.min(names.length, blocksAtMost);
  const without = new Float64Array(blocks);
  for (let block = 0; block < blocks; block += 1) {
    const isIn = (at: number): boolean => (of[at] ?? 0) % blocks === block;
    const others = documents.slice();
    for (const [at, { wanted }] of pairs.entries()) if (isIn(at)) count(others, wanted, -1);
    const kept = pairs.filter((_pair, at) => !isIn(at));
    without[block] = meanOf(yield* scoresOf(kept, others));
  }
  return without;
}

/**
 * CIDEr-D with one reference an item, 0..10: n-grams of 1 to 4 words, weighed by how rare they are among the targets of
 * the corpus, clipped, with a penalty for another length; as pycocoevalcap's `Cider` computes it of texts that are cut
 * into words. One item alone has none: every n-gram of it is as common as can be.
 *
 * Source: Vedantam, Lawrence Zitnick and Parikh 2015, https://arxiv.org/abs/1411.5726.
 */
export const ciderMetric: WholeMetric = {
  *number(rows, clusters) {
    const vocabulary = new Vocabulary();
    const pairs: Pair[] = [];
    const pace = new Pace();
    for (const { prediction, target } of rows) {
      if (pace.isDue(prediction.length + target.length)) yield;
      pairs.push(pairOf(prediction, target, vocabulary));
    }
    const documents = new Int32Array(vocabulary.size);
    for (const { wanted } of pairs) count(documents, wanted, 1);
    const scores = yield* scoresOf(pairs, documents);
    const without = yield* leftOut(pairs, documents, clusters);
    const vectors = new Float64Array(2 * rows.length).fill(1);
    for (const [at, score] of scores.entries()) vectors[2 * at] = score;
    return {
      id: `tomoe.cider/1(cider-d,n:${orders},sigma:${sigma},idf:targets,blocks:${blocksAtMost},${wordsId})|empty:kept`,
      vectors,
      size: 2,
      value: (sums) => (sums[0] ?? 0) / (sums[1] ?? 1),
      without: () => without,
    };
  },
};
