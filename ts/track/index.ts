/**
 * What happened, on disk: the run folder, its lock, its record of metrics and events, its checkpoints, its
 * plots.
 */

export type {
  CheckpointContent,
  CheckpointRef,
  OpenCheckpoint,
  VerifiedCheckpoint,
} from "./checkpoint-store.ts";
export { latestCheckpoint, listCheckpoints } from "./checkpoint-store.ts";
export { verifyCheckpoint } from "./checkpoint-verify.ts";
export { writeDurably } from "./durable.ts";
export type { RunEvent, StoredEvent } from "./event-log.ts";
export { EventLog, readEvents } from "./event-log.ts";
export type { RunPaths } from "./layout.ts";
export { runPaths } from "./layout.ts";
export type { LastMetric, RunDescription, RunSummary } from "./listing.ts";
export { describeRun, listRuns } from "./listing.ts";
export type { RunLock } from "./lock.ts";
export { acquireLock, lockHolder } from "./lock.ts";
export type {
  CheckpointFileEntry,
  CheckpointManifest,
  CheckpointParts,
  ManifestVerdict,
  ReproFacts,
} from "./manifest.ts";
export { compareManifests } from "./manifest.ts";
export type { MetricFilter, MetricRecord, StoredMetric } from "./metric-log.ts";
export { MetricLog, readMetrics } from "./metric-log.ts";
export type { RunFault } from "./owned-run.ts";
export { OwnedRun } from "./owned-run.ts";
export type {
  ExpertLoadLayer,
  ExpertLoadPlot,
  ExpertLoadRow,
  LossPlot,
  LossSeries,
  LossStage,
  Point,
} from "./plots/index.ts";
export { renderExpertLoad, renderLossCurves } from "./plots/index.ts";
export type { Row } from "./row-log.ts";
export { RowLog, readRows } from "./row-log.ts";
export type { NewRun, OwnOptions, RunFolder } from "./run-folder.ts";
export { claimRun, createRun, openRun } from "./run-folder.ts";
export type { RunState, RunStatus } from "./state.ts";
export { runStatuses } from "./state.ts";
export type { SpaceWait } from "./wait-for-space.ts";
