/** The only door to the Python workers. */
export type {
  CallOptions, CheckpointFile, CheckpointPlace, FeedSession, GenerateJob, LiftReport, LoadedState, ScoreJob, StageOptions, StageSession, StepCommand,
  TensorColumnFacts, TokenizerFacts, WorkerClient, WorkerFacts, WorkerHealth,
} from "./worker-client.ts";
export type { WorkerExit, WorkerLaunch, WorkerPool, WorkerRoot } from "./worker-pool.ts";
export { digestBatch, digestModelSpec, digestPlan, digestStageSpec } from "./digest.ts";
