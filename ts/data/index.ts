/** `tomoe/data`: CT scans in, typed volumes and model inputs out. */

export type { Shard } from "./cache.ts";
export { openShard } from "./cache.ts";
export type { InspectDocument } from "./inspect.ts";
export { inspectPath } from "./inspect.ts";
export type { LabelGrid } from "./labels.ts";
export { readLabelGrid } from "./labels.ts";
export type { ModelInput, PreprocessConfig } from "./preprocess.ts";
export { preprocessDigest, preprocessSlices, preprocessVolume } from "./preprocess.ts";
export type { PreprocessDocument, PreprocessPathOptions } from "./preprocess-path.ts";
export { preprocessPath } from "./preprocess-path.ts";
export { readVolume } from "./read.ts";
export type { ShardCase, ShardRequest } from "./shard-request.ts";
export type { ReadOptions } from "./source-volume.ts";
export type { PatientWrite } from "./write-whole.ts";
