import type { Prediction } from "./tasks.ts";

/** All that recipes, scorecards and the conductor know of a metric; how it is computed stands in eval/metrics. */
export interface MetricRow {
  /** Tasks that predict one of these can have it. */
  readonly judges: readonly Prediction[];
  /** What one item can score. */
  readonly bounds: { readonly floor: number; readonly ceiling: number };
  readonly direction: "higher is better" | "lower is better";
  /** The two texts alone, a reference library in the worker, or a model's weights. */
  readonly needs: "text" | "worker" | "weights";
  /** Its numbers: one mean over items, or several, the mean over question types and each type among them. */
  readonly statistics: readonly ["mean"] | readonly ["micro", "macro", "types", "unparsed"];
  /** What it is, in one sentence. */
  readonly sentence: string;
}

const share = { floor: 0, ceiling: 1 } as const;

/** The metrics, in the order in which a scorecard lists those of a task. The key is the metric's name. */
export const metricTable = {
  accuracy: {
    judges: ["choice"],
    bounds: share,
    direction: "higher is better",
    needs: "text",
    statistics: ["micro", "macro", "types", "unparsed"],
    sentence: "Share of questions answered by the right option; an answer that names none is wrong.",
  },
  exact: {
    judges: ["answer"],
    bounds: share,
    direction: "higher is better",
    needs: "text",
    statistics: ["mean"],
    sentence: "Share of answers that are the target, but for case, spaces and the marks around them.",
  },
  rouge1: {
    judges: ["report", "answer"],
    bounds: share,
    direction: "higher is better",
    needs: "text",
    statistics: ["mean"],
    sentence: "F-measure of the words that prediction and target share, as rouge-score computes it.",
  },
  bleu1: {
    judges: ["report", "answer"],
    bounds: share,
    direction: "higher is better",
    needs: "text",
    statistics: ["mean"],
    sentence: "Precision of words with a brevity penalty for each sample, as sacreBLEU computes it.",
  },
  meteor: {
    judges: ["report", "answer"],
    bounds: share,
    direction: "higher is better",
    needs: "worker",
    statistics: ["mean"],
    sentence: "Matches of words, stems and synonyms, weighed by how they are ordered, as NLTK computes it.",
  },
} as const satisfies Readonly<Record<string, MetricRow>>;
