/**
 * Lexical metrics per sample, 0..1. tests/contract compares them with rouge-score and with the rules of `evaluate`'s BLEU.
 */

function counts(tokens: readonly string[]): Map<string, number> {
  const table = new Map<string, number>();
  for (const token of tokens) table.set(token, (table.get(token) ?? 0) + 1);
  return table;
}

/** Tokens two texts share, each as often as it stands in both. */
function overlap(a: readonly string[], b: readonly string[]): number {
  const inB = counts(b);
  let shared = 0;
  for (const [token, count] of counts(a)) shared += Math.min(count, inB.get(token) ?? 0);
  return shared;
}

const rougeTokens = (text: string): readonly string[] => text.toLowerCase().split(/[^a-z0-9]+/).filter((token) => token !== "");

/** ROUGE-1 F-measure without stemming, as rouge-score computes it: lower case, runs of a-z and 0-9. */
export function rouge1(prediction: string, target: string): number {
  const said = rougeTokens(prediction), wanted = rougeTokens(target);
  if (said.length === 0 || wanted.length === 0) return 0;
  const shared = overlap(said, wanted), precision = shared / said.length, recall = shared / wanted.length;
  return shared === 0 ? 0 : (2 * precision * recall) / (precision + recall);
}

/** mteval-v13a tokens, as sacreBLEU and `evaluate` cut them; case is kept. */
export function tokens13a(text: string): readonly string[] {
  let line = text.replaceAll("<skipped>", "").replaceAll("-\n", "").replaceAll("\n", " ");
  if (line.includes("&")) line = line.replaceAll("&quot;", "\"").replaceAll("&amp;", "&").replaceAll("&lt;", "<").replaceAll("&gt;", ">");
  line = ` ${line} `
    .replace(/([{-~[-` -&(-+:-@/])/g, " $1 ")
    .replace(/([^0-9])([.,])/g, "$1 $2 ")
    .replace(/([.,])([^0-9])/g, " $1 $2")
    .replace(/([0-9])(-)/g, "$1 $2 ");
  return line.split(/\s+/).filter((token) => token !== "");
}

/** BLEU-1 of one sample with its own brevity penalty: `evaluate`'s bleu with max_order 1 and no smoothing; an empty prediction scores 0. */
export function bleu1(prediction: string, target: string): number {
  const said = tokens13a(prediction), wanted = tokens13a(target);
  if (said.length === 0 || wanted.length === 0) return 0;
  const ratio = said.length / wanted.length;
  return (overlap(said, wanted) / said.length) * (ratio > 1 ? 1 : Math.exp(1 - 1 / ratio));
}

/** 1 when both say the same words in the same order, whatever case, spacing and closing punctuation. */
export function exactMatch(prediction: string, target: string): number {
  const normal = (text: string): string => text.trim().toLowerCase().replace(/\s+/g, " ").replace(/[.!?]+$/, "");
  return normal(prediction) === normal(target) ? 1 : 0;
}

/** Name, version and parameters of each metric, for the signature. */
export const textMetrics = {
  rouge1: { score: rouge1, id: "rouge1-f|tokens:a-z0-9-lower|stemmer:no" },
  bleu1: { score: bleu1, id: "bleu1|tokens:13a|brevity:per-sample|smoothing:none" },
  exact: { score: exactMatch, id: "exact|case:no|punctuation:closing-ignored" },
} as const;

export type TextMetricName = keyof typeof textMetrics;
