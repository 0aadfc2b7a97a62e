import type { MetricName, MetricNeeding, MetricWith } from "../../schema/task.ts";
import { closedNumbers } from "../closed/numbers.ts";
import { bleuMetric, corpusBleuMetric } from "./bleu.ts";
import { ciderMetric } from "./cider.ts";
import { exactMetric } from "./exact.ts";
import { labelMetric } from "./labels.ts";
import type { CorpusMetric, TextMetric, WholeMetric } from "./metric.ts";
import { rougeMetric } from "./rouge.ts";
import { tokenF1Metric } from "./token-f1.ts";

type MeanOfTexts = MetricNeeding<"text"> & MetricWith<readonly ["mean"]>;
type OfChoices = MetricNeeding<"text"> & MetricWith<readonly ["micro", "macro", "types", "unparsed"]>;
type OfWhole = MetricWith<readonly ["whole"]>;
type OfCorpus = MetricNeeding<"text"> & MetricWith<readonly ["corpus"]>;

/** How each metric of the table that needs the two texts alone is computed; a missing one does not compile. */
export const textMetrics: { readonly [M in MeanOfTexts]: TextMetric } = {
  exact: exactMetric,
  rouge1: rougeMetric("1", "plain"),
  rouge2: rougeMetric("2", "plain"),
  rougeL: rougeMetric("L", "plain"),
  "rouge1.stem": rougeMetric("1", "stem"),
  "rouge2.stem": rougeMetric("2", "stem"),
  "rougeL.stem": rougeMetric("L", "stem"),
  "rouge1.words": rougeMetric("1", "words"),
  "rouge2.words": rougeMetric("2", "words"),
  "rougeL.words": rougeMetric("L", "words"),
  tokenF1: tokenF1Metric,
  bleu1: bleuMetric(1),
  bleu2: bleuMetric(2),
  bleu3: bleuMetric(3),
  bleu4: bleuMetric(4),
};

/** How each metric of answers that name an option is computed. */
export const choiceMetrics: { readonly [M in OfChoices]: typeof closedNumbers } = { accuracy: closedNumbers };

/** How each metric of a whole corpus is computed. */
export const corpusMetrics: { readonly [M in OfCorpus]: CorpusMetric } = {
  "bleu1.corpus": corpusBleuMetric(1),
  "bleu2.corpus": corpusBleuMetric(2),
  "bleu3.corpus": corpusBleuMetric(3),
  "bleu4.corpus": corpusBleuMetric(4),
};

/** How each metric is computed whose statistics are of the corpus, or of label vectors. */
export const wholeMetrics: { readonly [M in OfWhole]: WholeMetric } = {
  cider: ciderMetric,
  "labels.f1.macro": labelMetric("labels.f1.macro"),
  "labels.f1.micro": labelMetric("labels.f1.micro"),
  crg: labelMetric("crg"),
};

/** What CT-Spatial-VQA reports of open answers. */
export const spatialNames: readonly MetricName[] = ["rouge1", "rouge2", "rougeL", "meteor", "bleu4.corpus"];

/** What it computes otherwise than the table says. */
export const spatialMetrics: Readonly<Partial<Record<string, TextMetric | CorpusMetric>>> = {
  rouge1: textMetrics["rouge1.stem"],
  rouge2: textMetrics["rouge2.stem"],
  rougeL: textMetrics["rougeL.stem"],
  "bleu4.corpus": corpusBleuMetric(4, true),
};
