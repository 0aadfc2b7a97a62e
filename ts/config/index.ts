/** What the user wrote -> ResolvedExperiment. Pure. */

export type {
  BaseOf,
  Experiment,
  ExperimentSpec,
  FolderData,
  LiftOptions,
  ModelOf,
  MoeOptions,
  RouterOf,
  ScorecardOf,
  SplitShares,
  StageOf,
  StageOptions,
  TaskOf,
} from "./define.ts";
export {
  ctFolder,
  defineExperiment,
  liftTo3d,
  phantomCt,
  pretrain2d,
  reportTask,
  stage,
  tghMoe,
  tinyPhi3v,
  vqaTask,
} from "./define.ts";
export type { ModelFacts } from "./model-spec.ts";
export {
  allStages,
  baseVocab,
  buildModelSpec,
  buildStageSpec,
  moeBlocks,
  patchPixels,
  workerPreprocess,
} from "./model-spec.ts";
export type { RecipeSource } from "./place.ts";
export type { ConfigProblem } from "./problems.ts";
export type { Origin, ResolvedExperiment, ResolveOptions } from "./resolve.ts";
export { resolveExperiment } from "./resolve.ts";
export { applyOverrides } from "./set.ts";
