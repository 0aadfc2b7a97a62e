/**
 * Lexical metrics per sample, 0..1. tests/contract compares them with rouge-score and sacreBLEU.
 */

/**
 * Whitespace as Python's `str.split()` and `str.strip()` see it; JavaScript's `\s` differs in seven
 * characters.
 */
const PYTHON_SPACE = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

/** The text without whitespace at its two ends. */
export const stripEnds = (text: string): string =>
  text.replace(new RegExp(`^[${PYTHON_SPACE}]+|[${PYTHON_SPACE}]+$`, "g"), "");

/** Words between runs of whitespace. */
export const splitWords = (text: string): readonly string[] =>
  text.split(new RegExp(`[${PYTHON_SPACE}]+`)).filter((word) => word !== "");

/**
 * An answer as it is compared: compatibility forms folded (NFKC), lower case, whitespace runs as one space,
 * opening marks at the start and
 * closing marks and stops at the end left out. Signs and units stay: "-5", "50%".
 */
export function normaliseAnswer(text: string): string {
  const folded = splitWords(text.normalize("NFKC").toLowerCase()).join(" ");
  return folded.replace(/^["'([{\u2018\u201c ]+|["')\]}\u2019\u201d.,;:!? ]+$/g, "");
}

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

const rougeTokens = (text: string): readonly string[] =>
  text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((token) => token !== "");

/**
 * ROUGE-1 F-measure without stemming, as rouge-score computes it: lower case, runs of a-z and 0-9. 0 when
 * either text has no token.
 */
export function rouge1(prediction: string, target: string): number {
  const said = rougeTokens(prediction),
    wanted = rougeTokens(target);
  if (said.length === 0 || wanted.length === 0) return 0;
  const shared = overlap(said, wanted),
    precision = shared / said.length,
    recall = shared / wanted.length;
  return shared === 0 ? 0 : (2 * precision * recall) / (precision + recall);
}

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

/**
 * BLEU-1 of one sample with its own brevity penalty: `evaluate`'s bleu with max_order 1 and no smoothing,
 * both texts stripped.
 * An empty prediction scores 0.
 */
export function bleu1(prediction: string, target: string): number {
  const said = tokens13a(stripEnds(prediction)),
    wanted = tokens13a(stripEnds(target));
  if (said.length === 0 || wanted.length === 0) return 0;
  const ratio = said.length / wanted.length;
  return (overlap(said, wanted) / said.length) * (ratio > 1 ? 1 : Math.exp(1 - 1 / ratio));
}

/** 1 when both answers are the same after `normaliseAnswer`; an answer that says nothing is never right. */
export function exactMatch(prediction: string, target: string): number {
  const said = normaliseAnswer(prediction);
  return said !== "" && said === normaliseAnswer(target) ? 1 : 0;
}

/** Name, version and parameters of each metric, for the signature. */
export const textMetrics = {
  rouge1: { score: rouge1, id: "tomoe.rouge1/1(F,tokens:a-z0-9-lower,stemmer:no)" },
  bleu1: { score: bleu1, id: "tomoe.bleu1/1(max-order:1,tokens:13a,brevity:per-sample,smoothing:none)" },
  exact: { score: exactMatch, id: "tomoe.exact/2(nfkc,lower,outer-marks-stripped)" },
} as const;

export type TextMetricName = keyof typeof textMetrics;
