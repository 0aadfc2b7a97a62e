/** What happened, on disk: the door of who makes and owns runs. Who only looks enters by `ts/track/read/`. */

export type { CheckpointContent } from "./checkpoints/commit.ts";
export type { OpenCheckpoint } from "./checkpoints/store.ts";
export type { NewRun, OwnOptions } from "./owned/claim.ts";
export { claimRun, createRun } from "./owned/claim.ts";
export type { RunLock } from "./owned/lock.ts";
export { acquireLock } from "./owned/lock.ts";
export { OwnedRun } from "./owned/owned-run.ts";
export type { RunFault } from "./owned/tenure.ts";
export { EventLog } from "./record/event-log.ts";
export { FramedLog } from "./record/framed-log.ts";
export { MetricLog } from "./record/metric-log.ts";
export { RowLog } from "./record/row-log.ts";
export { findRunName } from "./runs/find-run.ts";
export { isRunId, newRunId } from "./runs/layout.ts";
export { livingOwner } from "./runs/lock-holder.ts";
export { keepMetricIndex } from "./series/keep-index.ts";
export type { LedgerOptions, NewSweep } from "./sweeps/ledger.ts";
export { claimSweep, createSweep, SweepLedger } from "./sweeps/ledger.ts";
export type { Discarded } from "./trash/trash.ts";
export { discardRun, emptyTrash, listTrash, restoreRun } from "./trash/trash.ts";
