/** The only door to the Python workers. */

export type { FeederClient, Introduction } from "./connect.ts";
export { attachFeeder, connectWorker } from "./connect.ts";
export { digestBatch, digestModelSpec, digestPlan, digestStageSpec } from "./digest.ts";
export type { ProbeReport, ProbeRequest } from "./probe.ts";
export { isOldPython, isOldTorch, probePython, requirePython } from "./probe.ts";
export { protocol } from "./protocol.ts";
export type { PythonRuntime } from "./python.ts";
export { findPython, pythonCacheDir } from "./python.ts";
export { createRuntimeDir, removeRuntimeDir } from "./runtime-dir.ts";
export type { CarriedTensor, SlotLease, SlotOffer, SlotOptions, SlotRing } from "./slots.ts";
export { carryTensor, openSlots } from "./slots.ts";
export { startWorkers } from "./start.ts";
export type {
  CallOptions,
  CheckpointFile,
  CheckpointPlace,
  FeedSession,
  GenerateJob,
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
} from "./worker-client.ts";
export type { WorkerExit, WorkerLaunch, WorkerPool, WorkerRoot } from "./worker-pool.ts";
