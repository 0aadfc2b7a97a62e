import type { TextMetric } from "./metric.ts";
import { normaliseAnswer } from "./text.ts";

/** 1 when both answers are the same after `normaliseAnswer`; an answer that says nothing is never right. */
export function exactMatch(prediction: string, target: string): number {
  const said = normaliseAnswer(prediction);
  return said !== "" && said === normaliseAnswer(target) ? 1 : 0;
}

export const exactMetric: TextMetric = {
  id: "tomoe.exact/2(nfkc,lower,outer-marks-stripped)",
  kind: "binary",
  readsEnglishAlone: false,
  score: exactMatch,
};
