/** The nouns: plain data, types inferred from schemas where users write them. */

export type {
  Batch,
  BatchItem,
  Batching,
  BatchVolume,
  GeneratedText,
  Query,
  ScoredChoices,
} from "./batch.ts";
export type {
  FactSpec,
  LanguageSpec,
  LiftSpec,
  ModelSpec,
  MoeSpec,
  ParameterGroup,
  Phi3vBase,
  PreprocessSpec,
  ProjectorSpec,
  VisionSpec,
} from "./model.ts";
export type {
  ExpertLoad,
  LayerPlan,
  PlanContext,
  RoutedPrompt,
  RouterPolicy,
  RoutingPlan,
  TaskRoute,
} from "./router.ts";
export type { CaseRow, DatasetManifest, ItemRow } from "./sample.ts";
export type { ComponentName, ObjectiveName, OptimizerSpec, StageSpec, StepResult } from "./stage.ts";
export type { QuestionType, TaskId } from "./task.ts";
export { questionTypes } from "./task.ts";
export type { FileRegion, TensorRef } from "./tensor.ts";
export type {
  AffineRas,
  HuVerdict,
  Receipt,
  ReceiptStep,
  TripleDHW,
  Volume,
  VolumeWarning,
  WindowHu,
} from "./volume.ts";
