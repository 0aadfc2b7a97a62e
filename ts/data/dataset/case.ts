import type { CaseRow, DatasetManifest, ItemRow } from "../../schema/sample.ts";
import type { TaskId } from "../../schema/task.ts";
import type { Calibration } from "../volume/source.ts";

export type SplitName = CaseRow["split"];

/** One case with everything asked about it. */
export interface DatasetCase {
  readonly row: CaseRow;
  /** Of a large data set they are read anew each time they are asked for. */
  readonly items: readonly ItemRow[];
  /** What a table beside the scan states in place of its header. */
  readonly calibration?: Calibration | undefined;
  /** The split of its row, where that is known without reading it. */
  readonly split?: SplitName | undefined;
  /** Tasks of its items, where they are known without reading any. */
  readonly tasks?: readonly TaskId[] | undefined;
}

/** A dataset folder as read: checked against its schemas, its cross-references resolved. */
export interface Dataset {
  readonly folder: string;
  readonly manifest: DatasetManifest;
  /** SHA-256 over manifest, cases and items: what the order of samples is fixed by. */
  readonly fingerprint: string;
  readonly cases: readonly DatasetCase[];
}
