/** (prediction, target) -> score, with signatures and intervals. Pure. */

export type { ChoiceVerdict } from "./closed/judge.ts";
export { judgeChoice } from "./closed/judge.ts";
export { parseChoice } from "./closed/parse.ts";
export type { Comparison, PairedEntry } from "./compare/compare.ts";
export { compareSystems } from "./compare/compare.ts";
export { seededUniform } from "./compare/flips.ts";
export type { System } from "./compare/pairs.ts";
export { checkSystems } from "./compare/pairs.ts";
export { latexComparison, latexScorecard } from "./latex.ts";
export type { MeasuredMetric } from "./measure.ts";
export { bleu1 } from "./metrics/bleu.ts";
export { rouge1 } from "./metrics/rouge.ts";
export type { Dropped, Profile } from "./profiles.ts";
export { profileNames, profileRow, rowsUnder } from "./profiles.ts";
export { renderComparison, renderScorecard } from "./render.ts";
export { checkRows, parsePredictions, readPredictions } from "./rows/check.ts";
export { holdAgainst } from "./rows/expected.ts";
export type { ReadRows } from "./rows/reader.ts";
export { type AnswerMode, answerModes, type PredictionRow } from "./rows/row.ts";
export type { Warning } from "./rows/together.ts";
export type { Scored, ScoreOptions } from "./score.ts";
export { scorePredictions, scoreRows } from "./score.ts";
export { atOnce, type Steps } from "./steps.ts";
