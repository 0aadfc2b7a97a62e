import type { MetricNeeding, MetricWith } from "../../schema/task.ts";
import { accuracyMetric } from "./accuracy.ts";
import { bleu1Metric } from "./bleu1.ts";
import { exactMetric } from "./exact.ts";
import type { ChoiceMetric, TextMetric } from "./metric.ts";
import { rouge1Metric } from "./rouge1.ts";

type MeanOfTexts = MetricNeeding<"text"> & MetricWith<readonly ["mean"]>;
type OfChoices = MetricNeeding<"text"> & MetricWith<readonly ["micro", "macro", "types", "unparsed"]>;

/** How each metric of the table that needs the two texts alone is computed; a missing one does not compile. */
export const textMetrics: { readonly [M in MeanOfTexts]: TextMetric } = {
  exact: exactMetric,
  rouge1: rouge1Metric,
  bleu1: bleu1Metric,
};

/** How each metric of answers that name an option is computed. */
export const choiceMetrics: { readonly [M in OfChoices]: ChoiceMetric } = { accuracy: accuracyMetric };

export type TextMetricName = keyof typeof textMetrics;
