import type { TextMetric } from "./metric.ts";
import { porterStem } from "./porter.ts";
import { longestCommon } from "./subsequence.ts";
import { overlap } from "./text.ts";
import { unicodeWords, wordsId } from "./words.ts";

/** How ROUGE cuts text: as rouge-score does, without or with stems, or into words of every script. */
export type RougeTokens = "plain" | "stem" | "words";

/** Runs of a-z and 0-9 in lower case, as rouge-score cuts them. */
const plainTokens = (text: string): readonly string[] =>
  text
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((token) => token !== "");

const cut: Readonly<Record<RougeTokens, (text: string) => readonly string[]>> = {
  plain: plainTokens,
  stem: (text) => plainTokens(text).map((token) => (token.length > 3 ? porterStem(token) : token)),
  words: unicodeWords,
};

const cutIds: Readonly<Record<RougeTokens, string>> = {
  plain: "tokens:a-z0-9-lower,stemmer:no",
  stem: "tokens:a-z0-9-lower,stemmer:porter-nltk",
  words: `${wordsId},stemmer:no`,
};

const pairsOf = (tokens: readonly string[]): readonly string[] =>
  tokens.slice(1).map((token, at) => `${tokens[at] ?? ""} ${token}`);

const shared: Readonly<
  Record<"1" | "2" | "L", (said: readonly string[], wanted: readonly string[]) => number>
> = {
  "1": overlap,
  "2": (said, wanted) => overlap(pairsOf(said), pairsOf(wanted)),
  L: longestCommon,
};

/**
 * F-measure of what two texts share: words (1), pairs of words (2), or their longest common subsequence (L, over
 * the whole text). 0 when either has none.
 */
export function rouge(
  order: "1" | "2" | "L",
  tokens: RougeTokens,
  prediction: string,
  target: string,
): number {
  const said = cut[tokens](prediction),
    wanted = cut[tokens](target);
  const less = order === "2" ? 1 : 0;
  if (said.length <= less || wanted.length <= less) return 0;
  const found = shared[order](said, wanted),
    precision = found / (said.length - less),
    recall = found / (wanted.length - less);
  return found === 0 ? 0 : (2 * precision * recall) / (precision + recall);
}

/** ROUGE-1 without stemming, as rouge-score computes it. */
export const rouge1 = (prediction: string, target: string): number => rouge("1", "plain", prediction, target);

/** One of the nine, for the table. */
export const rougeMetric = (order: "1" | "2" | "L", tokens: RougeTokens): TextMetric => ({
  id: `tomoe.rouge${order}/2(F,${cutIds[tokens]})`,
  kind: "within",
  readsEnglishAlone: tokens !== "words",
  score: (prediction, target) => rouge(order, tokens, prediction, target),
});
