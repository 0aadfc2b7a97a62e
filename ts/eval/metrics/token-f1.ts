import type { TextMetric } from "./metric.ts";
import { overlap } from "./text.ts";
import { unicodeWords, wordsId } from "./words.ts";

/** F-measure of the words that two answers share, words of every script, each as often as it stands in both. */
export function tokenF1(prediction: string, target: string): number {
  const said = unicodeWords(prediction),
    wanted = unicodeWords(target);
  const shared = overlap(said, wanted);
  return shared === 0 ? 0 : (2 * shared) / (said.length + wanted.length);
}

export const tokenF1Metric: TextMetric = {
  id: `tomoe.token-f1/1(${wordsId})`,
  kind: "within",
  readsEnglishAlone: false,
  score: tokenF1,
};
