/** (prediction, target) -> score, with signatures and intervals. Pure. */

export type { Bootstrap, ClusterEstimate, ClusterSums, Interval, IntervalRule } from "./bootstrap.ts";
export { clusterInterval, seededUniform, unseenShare, wilson } from "./bootstrap.ts";
export type { ChoiceVerdict, Profile } from "./choice.ts";
export { judgeChoice, parseChoice } from "./choice.ts";
export type { PairedEntry } from "./compare.ts";
export { comparePaired } from "./compare.ts";
export { bleu1 } from "./metrics/bleu1.ts";
export { rouge1 } from "./metrics/rouge1.ts";
export { renderComparison, renderScorecard } from "./render.ts";
export type { PredictionRow } from "./rows.ts";
export { checkRows, parsePredictions } from "./rows.ts";
export type { MeasuredMetric, ScoreOptions } from "./score.ts";
export { scorePredictions } from "./score.ts";
