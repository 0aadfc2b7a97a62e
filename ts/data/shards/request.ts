import type { SpaceWaiter } from "../../files/index.ts";
import type { VolumeWarning } from "../../schema/volume.ts";
import type { PreprocessConfig } from "../prepare/preprocess.ts";
import type { ReadOptions } from "../volume/source.ts";

/** One row of a shard. */
export interface ShardCase {
  /** What a failure calls it; its number in the shard when absent. */
  readonly id?: string;
  /** Scan: a NIfTI or DICOM file, or a folder of one series. */
  readonly path: string;
  /** Series of a folder of several, by its hashed id. */
  readonly series?: string;
  /** What a table states in place of its header. */
  readonly calibration?: ReadOptions["calibration"];
  /** What may be resampled of a series that would else be refused. */
  readonly policy?: ReadOptions["policy"];
  /** One slice of the stack, counted along the stack axis; absent = the whole volume. */
  readonly slice?: number;
  /** NIfTI of class indices on the patch grid, with the same slices. */
  readonly patchLabelsPath?: string;
}

/** What a shard shall hold. */
export interface ShardRequest {
  /** Cache folder; made with mode 0700 when missing. */
  readonly folder: string;
  /** Rows in order. */
  readonly cases: readonly ShardCase[];
  readonly config: PreprocessConfig;
  /** Digest of both halves of the preprocess contract. */
  readonly preprocessDigest: string;
  readonly huGate?: "refuse" | "record";
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
  /** Hears of a damaged shard that is built again. */
  readonly onWarning?: (warning: VolumeWarning) => void;
  /** Waits where the disk is full; a full disk is a failure when absent. */
  readonly space?: SpaceWaiter | undefined;
}
