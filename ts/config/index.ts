/** What the user wrote -> ResolvedExperiment. Pure. */

export type { BaseFilesPlace, BaseToOpen, RunStart } from "./bases/base.ts";
export { ctFolder, type FolderData, phantomCt, type SplitShares } from "./build/data.ts";
export { defineExperiment, type Experiment, type ExperimentSpec } from "./build/experiment.ts";
export {
  amosMm,
  chatMessages,
  clinFusion,
  ctRate,
  deepTumorVqa,
  type LayoutData,
  m3d,
  ownTables,
  radGenome,
  threeDRad,
} from "./build/layouts.ts";
export { folder, fromRun, type LiftOptions, liftTo3d, tinyPhi3v, weights } from "./build/model.ts";
export type { BaseOf, ModelOf, RouterOf, StageOf, TaskOf } from "./build/parts.ts";
export { type MoeOptions, tghMoe } from "./build/router.ts";
export type { ScorecardOf } from "./build/scorecard.ts";
export type { AssignmentOf } from "./build/space.ts";
export { pretrain2d, type StageOptions, stage } from "./build/stage.ts";
export { defineSweep, type ObjectiveMetric, type Sweep, type SweepOptions } from "./build/sweep.ts";
export {
  defineEval,
  defineTask,
  type EvalOptionsOf,
  type Evaluation,
  type GateText,
  reportTask,
  vqaTask,
} from "./build/task.ts";
export { leavesOf } from "./leaves.ts";
export { higherIsBetter, measuredOf, measures, validatedTasks } from "./measured.ts";
export type { ModelFacts } from "./model-spec.ts";
export {
  allStages,
  baseFiles,
  buildModelSpec,
  buildStageSpec,
  fittedVocab,
  groupsOf,
  moeSites,
  patchPixels,
  precisionOf,
  publishedFacts,
  runStart,
  workerPreprocess,
} from "./model-spec.ts";
export type { RecipeSource } from "./place.ts";
export type { ConfigProblem } from "./problems.ts";
export type { Origin, ResolvedExperiment, ResolveOptions } from "./resolve.ts";
export { baseToOpen, leavesPrecision, resolveExperiment } from "./resolve.ts";
