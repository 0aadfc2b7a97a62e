/** The only door to the Python workers. */

export { leastPython } from "../gen/python.ts";
export type { FeederClient, Introduction } from "./calls/connect.ts";
export { attachFeeder, connectWorker } from "./calls/connect.ts";
export type { OpenBaseRequest, OpenedBase } from "./launch/base-facts.ts";
export { openBase } from "./launch/base-facts.ts";
export type { CostedStage, ExperimentCost } from "./launch/cost.ts";
export { countCost } from "./launch/cost.ts";
export { KeptWorkers } from "./launch/kept.ts";
export { oneJob } from "./launch/one-job.ts";
export type { WorkerLaunch } from "./launch/options.ts";
export type { ProbeReport, ProbeRequest } from "./launch/probe.ts";
export {
  hasBfloat16,
  isOldPython,
  isOldTorch,
  leastTorch,
  probePython,
  requirePython,
} from "./launch/probe.ts";
export type { PythonRuntime } from "./launch/python.ts";
export { findPython } from "./launch/python.ts";
export { createRuntimeDir, removeRuntimeDir } from "./launch/runtime-dir.ts";
export { startWorkers } from "./launch/start.ts";
export type { WorkerExit, WorkerPool } from "./pool.ts";
export type {
  CallOptions,
  CheckedLengths,
  CheckpointFile,
  CheckpointPlace,
  CreatedModel,
  FeedSession,
  GenerateJob,
  LengthText,
  LiftReport,
  LoadedState,
  ScoreJob,
  StageOptions,
  StageSession,
  StepCommand,
  TensorColumnFacts,
  TokenizerFacts,
  WorkerAccess,
  WorkerClient,
  WorkerFacts,
  WorkerHealth,
  WorkerRoot,
} from "./rank.ts";
export type { StageTrial, TrialJob, TriedStage } from "./trial.ts";
export { digestBatch, digestPlan } from "./wire/digest.ts";
