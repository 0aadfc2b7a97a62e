import type { Bounds } from "../bootstrap.ts";
import type { Profile } from "../choice.ts";
import type { PredictionRow } from "../rows.ts";

/** The score of one item of one number. */
export interface ScoredItem {
  readonly id: string;
  /** Patient, or case where rows name none. */
  readonly cluster: string;
  /** Question type where the mean over types is taken, else "". */
  readonly stratum: string;
  readonly value: number;
}

/** One number before it is aggregated: its items, chance, and how it is made. */
export interface ScoredNumber {
  /** As a scorecard names it: "rouge1", "accuracy.micro", "type.plane". */
  readonly metric: string;
  /** What guessing scores; null where guessing has no meaning. */
  readonly chance: number | null;
  /** Implementation, parser and empty policy, for the signature. */
  readonly id: string;
  readonly aggregation: "micro" | "macro-over-types";
  /** What one item can score. */
  readonly bounds: Bounds;
  readonly items: readonly ScoredItem[];
}

/** A metric that compares two texts; its number is the mean over items. */
export interface TextMetric {
  /** Name, version and parameters, for the signature. */
  readonly id: string;
  /** Score of one item, within the bounds of the metric's row. */
  score(prediction: string, target: string): number;
}

/** A metric of answers that name one of several options. */
export interface ChoiceMetric {
  /** All its numbers of one task's rows, which are at least one. */
  numbers(rows: readonly PredictionRow[], profile: Profile): readonly ScoredNumber[];
}
