/** The public API `tomoe`. Readers alone: `tomoe/data`. */

export type { Evaluation, Experiment, ScorecardOf, Sweep } from "./config/index.ts";
export {
  amosMm,
  chatMessages,
  clinFusion,
  ctFolder,
  ctRate,
  deepTumorVqa,
  defineEval,
  defineExperiment,
  defineSweep,
  defineTask,
  folder,
  fromRun,
  liftTo3d,
  m3d,
  ownTables,
  phantomCt,
  pretrain2d,
  radGenome,
  reportTask,
  stage,
  tghMoe,
  threeDRad,
  tinyPhi3v,
  vqaTask,
  weights,
} from "./config/index.ts";
export type { ErrorCode } from "./errors.ts";
export { isTomoeError, TomoeError } from "./errors.ts";
export { carriedPlan, defineRouterPolicy, routerPolicyContract } from "./router/index.ts";
export type {
  CompareSettings,
  PredictDocument,
  PredictionSource,
  ReadRun,
  RunPlace,
  RunProgress,
  RunResult,
  RunSettings,
  ScoreSettings,
  SweepResult,
  SweepSettings,
} from "./run/index.ts";
export { compare, listRuns, predict, readRun, resumeRun, run, score, sweep } from "./run/index.ts";
export type { ScoreCell } from "./schema/answers/scorecard.ts";
export type {
  ExpertLoad,
  PlanContext,
  RoutedPrompt,
  RouterPolicy,
  RoutingPlan,
  TaskRoute,
} from "./schema/router.ts";
export type { TaskId } from "./schema/task.ts";
