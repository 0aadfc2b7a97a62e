import type { CorpusMetric, TextMetric } from "./metric.ts";
import { counts, splitWords, stripEnds } from "./text.ts";

/** mteval-v13a tokens, as sacreBLEU and `evaluate` cut them; case is kept. */
export function tokens13a(text: string): readonly string[] {
  let line = text.replaceAll("<skipped>", "").replaceAll("-\n", "").replaceAll("\n", " ");
  if (line.includes("&"))
    line = line
      .replaceAll("&quot;", '"')
      .replaceAll("&amp;", "&")
      .replaceAll("&lt;", "<")
      .replaceAll("&gt;", ">");
  line = ` ${line} `
    .replace(/([{-~[-` -&(-+:-@/])/g, " $1 ")
    .replace(/([^0-9])([.,])/g, "$1 $2 ")
    .replace(/([.,])([^0-9])/g, " $1 $2")
    .replace(/([0-9])(-)/g, "$1 $2 ");
  return splitWords(line);
}

const gramsOf = (tokens: readonly string[], order: number): readonly string[] =>
  order === 1
    ? tokens
    : Array.from({ length: Math.max(0, tokens.length - order + 1) }, (_, at) =>
        tokens.slice(at, at + order).join(" "),
      );

/**
 * What BLEU adds up over samples: length of the prediction, of the target, then n-grams of the prediction that
 * stand in the target (each at most as often as there), then n-grams of the prediction.
 *
 * @returns 2 + 2 x order counts.
 */
export function bleuCounts(prediction: string, target: string, order: number): readonly number[] {
  const said = tokens13a(stripEnds(prediction)),
    wanted = tokens13a(stripEnds(target));
  const matches: number[] = [],
    totals: number[] = [];
  for (let n = 1; n <= order; n += 1) {
    const there = counts(gramsOf(wanted, n)),
      here = gramsOf(said, n);
    let matched = 0;
    for (const [gram, count] of counts(here)) matched += Math.min(count, there.get(gram) ?? 0);
    matches.push(matched);
    totals.push(here.length);
  }
  return [said.length, wanted.length, ...matches, ...totals];
}

export interface BleuOptions {
  readonly order: number;
  /** `exp`: a precision of 0 becomes 1/2, 1/4 ... of a match, as sacreBLEU does by default. */
  readonly smoothing: "none" | "exp";
  /** Leaves out orders that the prediction is too short for. */
  readonly effectiveOrder: boolean;
}

/** BLEU, 0..1, of counts that `bleuCounts` made and somebody added up; as sacreBLEU computes it. */
export function bleuOf(sums: ArrayLike<number>, { order, smoothing, effectiveOrder }: BleuOptions): number {
  const said = sums[0] ?? 0,
    wanted = sums[1] ?? 0;
  let logs = 0,
    used = order,
    smoothed = 1,
    hasMatch = false;
  for (let n = 0; n < order; n += 1) if ((sums[2 + n] ?? 0) > 0) hasMatch = true;
  if (!hasMatch) return 0;
  for (let n = 0; n < order; n += 1) {
    const matched = sums[2 + n] ?? 0,
      total = sums[2 + order + n] ?? 0;
    if (total === 0) {
      if (!effectiveOrder) return 0;
      break;
    }
    used = effectiveOrder ? n + 1 : order;
    if (matched > 0) logs += Math.log(matched / total);
    else {
      if (smoothing === "none") return 0;
      smoothed *= 2;
      logs += Math.log(1 / (smoothed * total));
    }
  }
  const brevity = said >= wanted ? 1 : Math.exp(1 - wanted / said);
  return Math.min(1, brevity * Math.exp(logs / used));
}

/**
 * BLEU-1 of one sample with its own brevity penalty: `evaluate`'s bleu with max_order 1 and no smoothing,
 * both texts stripped.
 * An empty prediction scores 0.
 */
export function bleu1(prediction: string, target: string): number {
  return bleuOf(bleuCounts(prediction, target, 1), { order: 1, smoothing: "none", effectiveOrder: true });
}

/** BLEU of single samples, averaged: order 1 without smoothing, higher ones with sacreBLEU's. */
export const bleuMetric = (order: number): TextMetric => {
  const options = { order, smoothing: order === 1 ? "none" : "exp", effectiveOrder: true } as const;
  return {
    id: `tomoe.bleu${order}/1(max-order:${order},tokens:13a,brevity:per-sample,smoothing:${options.smoothing}${order === 1 ? "" : ",effective-order:yes"},case:kept)`,
    kind: "within",
    readsEnglishAlone: false,
    score: (prediction, target) => bleuOf(bleuCounts(prediction, target, order), options),
  };
};

/** BLEU up to an order of a whole corpus, as sacreBLEU's default; an empty prediction stays in the lengths. */
export const corpusBleuMetric = (order: number, isLower = false): CorpusMetric => {
  const options = { order, smoothing: "exp", effectiveOrder: false } as const;
  const folded = (text: string): string => (isLower ? text.toLowerCase() : text);
  return {
    id: `tomoe.bleu${order}.corpus/1(max-order:${order},tokens:13a,smoothing:exp,case:${isLower ? "lower" : "kept"})`,
    size: 2 + 2 * order,
    statistics: (prediction, target) => bleuCounts(folded(prediction), folded(target), order),
    value: (sums) => bleuOf(sums, options),
  };
};
