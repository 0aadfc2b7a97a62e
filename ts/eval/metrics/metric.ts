import type { Clusters } from "../interval/clusters.ts";
import type { Bounds, ItemKind } from "../interval/mean.ts";
import type { PredictionRow } from "../rows/row.ts";
import type { Steps } from "../steps.ts";

/** What every number has before it is aggregated. */
interface NumberHead {
  /** As a scorecard names it: "rouge1", "accuracy.micro", "type.plane". */
  readonly metric: string;
  /** What guessing scores; null where guessing has no meaning. */
  readonly chance: number | null;
  /** What the commonest answer of each type would score; null where there are no options. */
  readonly majority: number | null;
  /** Implementation, parser and empty policy, for the signature. */
  readonly id: string;
  readonly bounds: Bounds;
}

/** A mean over items. */
export interface MeanNumber extends NumberHead {
  readonly shape: "mean";
  readonly kind: ItemKind;
  /** The score of each member. */
  readonly values: Float64Array;
  /** Rows it is over, by index; all of its task when absent. */
  readonly members?: Int32Array | undefined;
}

/** The unweighted mean of the means of several types. */
export interface MacroNumber extends NumberHead {
  readonly shape: "macro";
  readonly parts: readonly MeanNumber[];
}

/** A number of sums over the corpus, which is no mean of items. */
export interface CorpusNumber extends NumberHead {
  readonly shape: "corpus";
  /** Statistics of each row that are added up, row by row. */
  readonly vectors: Float64Array;
  /** Statistics of one row. */
  readonly size: number;
  /** The number of what was added up. */
  value(sums: ArrayLike<number>): number;
  /** The number without each cluster, where leaving one out changes the others' statistics. */
  without?(clusters: Clusters): Float64Array;
}

export type ScoredNumber = MeanNumber | MacroNumber | CorpusNumber;

/** A metric that compares two texts; its number is the mean over items. */
export interface TextMetric {
  /** Name, version and parameters, for the signature. */
  readonly id: string;
  readonly kind: ItemKind;
  /** Letters beyond a-z are dropped: the scorecard says so where a row has some. */
  readonly readsEnglishAlone: boolean;
  /** Score of one item, within the bounds of the metric's row. */
  score(prediction: string, target: string): number;
  /** The same with pauses, where long texts take long. */
  steps?(prediction: string, target: string): Steps<number>;
}

/** A metric that compares two lists of texts as a whole. */
export interface CorpusMetric {
  readonly id: string;
  /** Statistics of one row. */
  readonly size: number;
  statistics(prediction: string, target: string): readonly number[];
  value(sums: ArrayLike<number>): number;
}

/** A metric of a whole corpus whose statistics are not those of single rows, or come from other keys than the texts. */
export interface WholeMetric {
  number(
    rows: readonly PredictionRow[],
    clusters: Clusters,
  ): Steps<Pick<CorpusNumber, "id" | "vectors" | "size" | "value" | "without">>;
}
