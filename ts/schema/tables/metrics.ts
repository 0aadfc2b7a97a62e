import type { Prediction } from "./tasks.ts";

/** All that recipes, scorecards and the conductor know of a metric; how it is computed stands in eval/metrics. */
export interface MetricRow {
  /** Tasks that predict one of these can have it. */
  readonly judges: readonly Prediction[];
  /** What one item can score. */
  readonly bounds: { readonly floor: number; readonly ceiling: number };
  readonly direction: "higher is better" | "lower is better";
  /** The two texts alone, a reference library in the worker, a model's weights, or label vectors in the rows. */
  readonly needs: "text" | "worker" | "weights" | "labels";
  /**
   * Its numbers: one mean over items; one of sums over the corpus; one of the corpus as a whole; or several, the mean
   * over question types and each type among them.
   */
  readonly statistics:
    | readonly ["mean"]
    | readonly ["corpus"]
    | readonly ["whole"]
    | readonly ["micro", "macro", "types", "unparsed"];
  /** Scored where nobody names metrics. */
  readonly isDefault: boolean;
  /** What it is, in one sentence. */
  readonly sentence: string;
}

const share = { floor: 0, ceiling: 1 } as const;

/** What most metrics of two texts have in common. */
const overlap = {
  judges: ["report", "answer"],
  bounds: share,
  direction: "higher is better",
  needs: "text",
  statistics: ["mean"],
  isDefault: false,
} as const;

/** What metrics of label vectors have in common. */
const labelled = { ...overlap, judges: ["report"], needs: "labels", statistics: ["whole"] } as const;

/** What metrics have in common that the package radeval computes, in an environment of its own. */
const clinical = { ...overlap, judges: ["report"], needs: "weights" } as const;

/** The metrics, in the order in which a scorecard lists those of a task. The key is the metric's name. */
export const metricTable = {
  accuracy: {
    judges: ["choice"],
    bounds: share,
    direction: "higher is better",
    needs: "text",
    statistics: ["micro", "macro", "types", "unparsed"],
    isDefault: true,
    sentence: "Share of questions answered by the right option; an answer that names none is wrong.",
  },
  exact: {
    judges: ["answer"],
    bounds: share,
    direction: "higher is better",
    needs: "text",
    statistics: ["mean"],
    isDefault: true,
    sentence: "Share of answers that are the target, but for case, spaces and the marks around them.",
  },
  rouge1: {
    ...overlap,
    isDefault: true,
    sentence: "F-measure of the words that prediction and target share, as rouge-score computes it.",
  },
  rouge2: {
    ...overlap,
    sentence: "F-measure of the pairs of words that prediction and target share, as rouge-score computes it.",
  },
  rougeL: {
    ...overlap,
    sentence:
      "F-measure of the longest common subsequence of words, as rouge-score computes it over the whole text.",
  },
  "rouge1.stem": {
    ...overlap,
    sentence:
      "ROUGE-1 of stems: words of more than three letters by Porter's stemmer, as rouge-score computes it.",
  },
  "rouge2.stem": {
    ...overlap,
    sentence:
      "ROUGE-2 of stems: words of more than three letters by Porter's stemmer, as rouge-score computes it.",
  },
  "rougeL.stem": {
    ...overlap,
    sentence:
      "ROUGE-L of stems: words of more than three letters by Porter's stemmer, as rouge-score computes it.",
  },
  "rouge1.words": {
    ...overlap,
    sentence: "ROUGE-1 of words in every script, cut by Unicode's rules.",
  },
  "rouge2.words": {
    ...overlap,
    sentence: "ROUGE-2 of words in every script, cut by Unicode's rules.",
  },
  "rougeL.words": {
    ...overlap,
    sentence: "ROUGE-L of words in every script, cut by Unicode's rules.",
  },
  tokenF1: {
    ...overlap,
    sentence: "F-measure of the words that two texts share, words of every script.",
  },
  bleu1: {
    ...overlap,
    isDefault: true,
    sentence: "Precision of words with a brevity penalty for each sample, as sacreBLEU computes it.",
  },
  bleu2: {
    ...overlap,
    sentence:
      "BLEU up to 2 words for each sample, smoothed where an order has no match, as sacreBLEU computes it.",
  },
  bleu3: {
    ...overlap,
    sentence:
      "BLEU up to 3 words for each sample, smoothed where an order has no match, as sacreBLEU computes it.",
  },
  bleu4: {
    ...overlap,
    sentence:
      "BLEU up to 4 words for each sample, smoothed where an order has no match, as sacreBLEU computes it.",
  },
  "bleu1.corpus": {
    ...overlap,
    statistics: ["corpus"],
    sentence: "BLEU-1 of all samples together, as sacreBLEU computes it.",
  },
  "bleu2.corpus": {
    ...overlap,
    statistics: ["corpus"],
    sentence: "BLEU-2 of all samples together, as sacreBLEU computes it.",
  },
  "bleu3.corpus": {
    ...overlap,
    statistics: ["corpus"],
    sentence: "BLEU-3 of all samples together, as sacreBLEU computes it.",
  },
  "bleu4.corpus": {
    ...overlap,
    statistics: ["corpus"],
    sentence: "BLEU-4 of all samples together, as sacreBLEU computes it.",
  },
  meteor: {
    ...overlap,
    needs: "worker",
    sentence: "Matches of words, stems and synonyms, weighed by how they are ordered, as NLTK computes it.",
  },
  bertscore: {
    ...overlap,
    bounds: { floor: -1, ceiling: 1 },
    needs: "weights",
    sentence:
      "Nearest words of both texts by a language model whose folder the user gives, as bert-score computes it.",
  },
  "radeval.radgraph": {
    ...clinical,
    sentence:
      "Entities and relations that both reports have, by RadGraph-XL (reports in English of radiographs, CT and MR), as radeval computes it.",
  },
  "radeval.ratescore": {
    ...clinical,
    sentence:
      "RaTEScore: medical entities of both reports (in English) by their nearest, as radeval computes it.",
  },
  "radeval.green": {
    ...clinical,
    sentence:
      "GREEN: matched findings to errors that a language model counts (reports in English of chest radiographs), as radeval computes it.",
  },
  "radeval.radbert": {
    ...clinical,
    sentence:
      "Share of reports whose 18 labels by RadBERT-CT (chest CT, in English) are all the target's, as radeval computes it.",
  },
  cider: {
    ...overlap,
    bounds: { floor: 0, ceiling: 10 },
    statistics: ["whole"],
    sentence: "CIDEr-D, 0..10: n-grams weighed by how rare they are among the targets; of the corpus alone.",
  },
  "labels.f1.macro": {
    ...labelled,
    sentence: "F1 of each label of the vectors that rows bring, averaged over labels.",
  },
  "labels.f1.micro": {
    ...labelled,
    sentence: "F1 of all labels of the vectors that rows bring, counted together.",
  },
  crg: {
    ...labelled,
    sentence: "CRG of the vectors that rows bring: 1 is perfect, no label or every label said is 1/3.",
  },
} as const satisfies Readonly<Record<string, MetricRow>>;
