/** (prediction, target) -> score, with signatures and intervals. Pure. */
export { clusterInterval, seededUniform, wilson } from "./bootstrap.ts";
export type { Bootstrap, ClusterSums, Interval } from "./bootstrap.ts";
export { judgeClosed, parseChoice } from "./choice.ts";
export type { ClosedOutcome, Profile } from "./choice.ts";
export { renderScorecard } from "./render.ts";
export { checkRows, parsePredictions } from "./rows.ts";
export type { PredictionRow } from "./rows.ts";
export { scorePredictions } from "./score.ts";
export type { MeasuredMetric, ScorecardEntry, ScoreOptions } from "./score.ts";
export { bleu1, exactMatch, rouge1, textMetrics, tokens13a } from "./text-metrics.ts";
