import { atOnce, type Steps } from "../steps.ts";
import type { TextMetric } from "./metric.ts";
import { porterStem } from "./porter.ts";
import { longestCommonSteps } from "./subsequence.ts";
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

type Order = "1" | "2" | "L";

function* sharedBy(order: Order, said: readonly string[], wanted: readonly string[]): Steps<number> {
  if (order === "L") return yield* longestCommonSteps(said, wanted);
  return order === "1" ? overlap(said, wanted) : overlap(pairsOf(said), pairsOf(wanted));
}

/**
 * F-measure of what two texts share: words (1), pairs of words (2), or their longest common subsequence (L, over
 * the whole text), with pauses. 0 when either has none.
 */
function* rougeSteps(order: Order, tokens: RougeTokens, prediction: string, target: string): Steps<number> {
  const said = cut[tokens](prediction),
    wanted = cut[tokens](target);
  const less = order === "2" ? 1 : 0;
  if (said.length <= less || wanted.length <= less) return 0;
  const found = yield* sharedBy(order, said, wanted),
    precision = found / (said.length - less),
    recall = found / (wanted.length - less);
  return found === 0 ? 0 : (2 * precision * recall) / (precision + recall);
}

/** The same at once. */
export const rouge = (order: Order, tokens: RougeTokens, prediction: string, target: string): number =>
  atOnce(rougeSteps(order, tokens, prediction, target));

/** ROUGE-1 without stemming, as rouge-score computes it. */
export const rouge1 = (prediction: string, target: string): number => rouge("1", "plain", prediction, target);

/** One of the nine, for the table. */
export const rougeMetric = (order: Order, tokens: RougeTokens): TextMetric => ({
  id: `tomoe.rouge${order}/2(F,${cutIds[tokens]})`,
  kind: "within",
  readsEnglishAlone: tokens !== "words",
  score: (prediction, target) => rouge(order, tokens, prediction, target),
  ...(order === "L"
    ? { steps: (prediction: string, target: string) => rougeSteps(order, tokens, prediction, target) }
    : {}),
});
