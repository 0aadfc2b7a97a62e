/** What happened, on disk: the door of who only looks. Nothing behind it can write. */

export type { CheckpointRef, VerifiedCheckpoint } from "../checkpoints/list.ts";
export { latestCheckpoint, listCheckpoints } from "../checkpoints/list.ts";
export type {
  CheckpointFileEntry,
  CheckpointManifest,
  CheckpointParts,
  ManifestVerdict,
  ReproFacts,
} from "../checkpoints/manifest.ts";
export { compareManifests } from "../checkpoints/manifest.ts";
export { verifyCheckpoint } from "../checkpoints/verify.ts";
export type { RunEvent, StoredEvent } from "../record/events.ts";
export { readEvents } from "../record/events.ts";
export { readRecord } from "../record/json.ts";
export type { MetricFilter, MetricRecord, StoredMetric } from "../record/metrics.ts";
export { readMetrics } from "../record/metrics.ts";
export type { Row } from "../record/rows.ts";
export { readRows } from "../record/rows.ts";
export { predictionsBeside, type RunPaths } from "../runs/layout.ts";
export type { RunDescription, RunSummary } from "../runs/listing.ts";
export { describeRun, listRuns } from "../runs/listing.ts";
export { lockHolder } from "../runs/lock-holder.ts";
export type { RunFolder } from "../runs/open-run.ts";
export { openRun } from "../runs/open-run.ts";
export type { RunState, RunStatus } from "../runs/state.ts";
export type { Bucket, LastMetric } from "../series/read-series.ts";
export { SeriesReader } from "../series/read-series.ts";
export type { SweepFolder } from "../sweeps/read.ts";
export { openSweep, sweepOwner } from "../sweeps/read.ts";
