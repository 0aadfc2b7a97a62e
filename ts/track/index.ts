/**
 * What happened, on disk: the run folder, its lock, its record of metrics and events, its checkpoints, its
 * plots.
 */

export type {
  CheckpointFileEntry,
  CheckpointManifest,
  CheckpointParts,
  ManifestVerdict,
  ReproFacts,
} from "./checkpoints/manifest.ts";
export { compareManifests } from "./checkpoints/manifest.ts";
export type {
  CheckpointContent,
  CheckpointRef,
  OpenCheckpoint,
  VerifiedCheckpoint,
} from "./checkpoints/store.ts";
export { latestCheckpoint, listCheckpoints } from "./checkpoints/store.ts";
export { verifyCheckpoint } from "./checkpoints/verify.ts";
export type { RunEvent, StoredEvent } from "./record/event-log.ts";
export { EventLog, readEvents } from "./record/event-log.ts";
export { readRecord } from "./record/json.ts";
export type { MetricFilter, MetricRecord, StoredMetric } from "./record/metric-log.ts";
export { MetricLog, readMetrics } from "./record/metric-log.ts";
export type { Row } from "./record/row-log.ts";
export { RowLog, readRows } from "./record/row-log.ts";
export type { RunPaths } from "./runs/layout.ts";
export type { LastMetric, RunDescription, RunSummary } from "./runs/listing.ts";
export { describeRun, listRuns } from "./runs/listing.ts";
export type { RunLock } from "./runs/lock.ts";
export { acquireLock, lockHolder } from "./runs/lock.ts";
export type { RunFault } from "./runs/owned-run.ts";
export { OwnedRun } from "./runs/owned-run.ts";
export type { NewRun, OwnOptions, RunFolder } from "./runs/run-folder.ts";
export { claimRun, createRun, openRun } from "./runs/run-folder.ts";
export type { RunState, RunStatus } from "./runs/state.ts";
