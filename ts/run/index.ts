/** The conductor: joins data, router, worker and track. */

export { resolveOpened } from "./base/open.ts";
export type { DryRunDocument } from "./dry-run.ts";
export { dryRun } from "./dry-run.ts";
export { evaluate } from "./eval/evaluation.ts";
export type { EvalOptions } from "./eval/job.ts";
export { guardRows } from "./eval/leak.ts";
export type { EvalDocument } from "./eval/record/document.ts";
export { writeEveryEval, writeInspectLog } from "./eval/record/exports.ts";
export { comparisonPage, type ScorePage, scorePage } from "./eval/record/result-pages.ts";
export { stageNames } from "./eval/record/stages.ts";
export type { RunDocument } from "./evaluate/scorecard.ts";
export type { ExportDocument } from "./export/export.ts";
export { exportRun } from "./export/export.ts";
export { memoryOfAll } from "./memory-need.ts";
export type { PredictDocument, PredictedAnswer, PredictOptions } from "./predict/predict.ts";
export { predict } from "./predict/predict.ts";
export type { OnProgress, RunProgress } from "./progress.ts";
export { replayStep, type StepReplay } from "./replay/replay.ts";
export { stepNamed } from "./replay/target.ts";
export type { NewRunOptions, ResumeOptions, RunOptions } from "./run-experiment.ts";
export { resumeRun, runExperiment } from "./run-experiment.ts";
export type { ScriptHost } from "./script/host.ts";
export { listRuns, type ReadRun, type RunPlace, readRun } from "./script/read.ts";
export {
  type CompareSettings,
  compare,
  type PredictionSource,
  type ScoreSettings,
  score,
} from "./script/score.ts";
export type { RunSettings, SweepSettings } from "./script/settings.ts";
export type { RunResult } from "./script/typed-run.ts";
export { run } from "./script/typed-run.ts";
export type { SweepResult, TrialOf } from "./script/typed-sweep.ts";
export { sweep } from "./script/typed-sweep.ts";
export type { SweepDocument } from "./sweep/record/document.ts";
export type { ReplayDocument } from "./sweep/replay.ts";
export { replayTrial } from "./sweep/replay.ts";
export { resumeSweep, runSweep, sweepStatus } from "./sweep/sweep.ts";
export type { WeightsDocument } from "./weights/get.ts";
export { getWeights, listWeights } from "./weights/get.ts";
export type { ImportDocument } from "./weights/import.ts";
export { importBase } from "./weights/import.ts";
