/** The only door to the Python workers. */

export type { FeederClient, Introduction } from "./calls/connect.ts";
export { attachFeeder, connectWorker } from "./calls/connect.ts";
export type { ProbeReport, ProbeRequest } from "./launch/probe.ts";
export { isOldPython, isOldTorch, probePython, requirePython } from "./launch/probe.ts";
export type { PythonRuntime } from "./launch/python.ts";
export { findPython } from "./launch/python.ts";
export { createRuntimeDir, removeRuntimeDir } from "./launch/runtime-dir.ts";
export { startWorkers } from "./launch/start.ts";
export type { WorkerExit, WorkerLaunch, WorkerPool, WorkerRoot } from "./pool.ts";
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
} from "./rank.ts";
export type { CarriedTensor, SlotLease, SlotOffer, SlotOptions, SlotRing } from "./tensors/shared-memory.ts";
export { carryTensor, openSlots } from "./tensors/shared-memory.ts";
export { digestBatch, digestPlan } from "./wire/digest.ts";
