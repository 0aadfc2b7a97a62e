import type { TextMetric } from "./metric.ts";
import { overlap } from "./text.ts";

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

export const rouge1Metric: TextMetric = {
  id: "tomoe.rouge1/1(F,tokens:a-z0-9-lower,stemmer:no)",
  score: rouge1,
};
