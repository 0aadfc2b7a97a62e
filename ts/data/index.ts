/** `tomoe/data`: CT scans in, typed volumes and model inputs out. */

export { compactMemo } from "./cache/memo.ts";
export type { OpenedRow, OpenedRows, RowsWish } from "./cache/open.ts";
export { openRows, rowsFolder } from "./cache/open.ts";
export { usualCache, usualIndexes } from "./cache/place.ts";
export type { Graph } from "./prepare/graph/graph.ts";
export { preprocessGraph } from "./prepare/graph/graph.ts";
export type { ModelInput, PreprocessConfig } from "./prepare/preprocess.ts";
export { preprocessDigest, preprocessSlices, preprocessVolume, statedConfig } from "./prepare/preprocess.ts";
export type { PreprocessDocument, PreprocessPathOptions } from "./prepare/preprocess-path.ts";
export { preprocessPath } from "./prepare/preprocess-path.ts";
export type { Shard } from "./shards/open.ts";
export { openShard } from "./shards/open.ts";
export type { ShardCase, ShardRequest } from "./shards/request.ts";
export type { InspectDocument, InspectOptions } from "./volume/inspect.ts";
export { inspectPath } from "./volume/inspect.ts";
export type { LabelGrid } from "./volume/labels.ts";
export { readLabelGrid } from "./volume/labels.ts";
export type { ReadProgress } from "./volume/log.ts";
export type { ScanGrid } from "./volume/look/grid.ts";
export { readGrid } from "./volume/look/grid.ts";
export type { Look } from "./volume/look/look.ts";
export { lookAt } from "./volume/look/look.ts";
export type { HuStatistics } from "./volume/look/statistics.ts";
export { huStatistics, statisticsAxis } from "./volume/look/statistics.ts";
export { readVolume } from "./volume/read.ts";
export type {
  Candidate,
  ReadOptions,
  ResamplePolicy,
  Sniffed,
  SourceVolume,
  VolumeReader,
} from "./volume/source.ts";
