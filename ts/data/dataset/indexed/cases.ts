import type { CaseRow, ItemRow } from "../../../schema/sample.ts";
import type { TaskId } from "../../../schema/task.ts";
import type { Calibration } from "../../volume/source.ts";
import type { Dataset, DatasetCase } from "../case.ts";
import { KeptIndex, splitIn, tasksIn } from "./read.ts";

/** A case of an index: its number, and nothing else in memory. */
class CaseInIndex implements DatasetCase {
  readonly #index: KeptIndex;
  readonly #at: number;

  constructor(index: KeptIndex, at: number) {
    this.#index = index;
    this.#at = at;
  }

  get row(): CaseRow {
    return this.#index.row(this.#at);
  }

  get items(): readonly ItemRow[] {
    return this.#index.items(this.#at);
  }

  get split(): CaseRow["split"] {
    return splitIn(this.#index.columns.split[this.#at] ?? 0);
  }

  get tasks(): readonly TaskId[] {
    return tasksIn(this.#index.columns.tasks[this.#at] ?? 0);
  }

  get calibration(): Calibration | undefined {
    return this.#index.calibration(this.#at);
  }
}

/**
 * The data set of the index at a path, as it lies: of its rows nothing is compared. Undefined where there is none.
 *
 * @throws TomoeError `PERMISSION`, `IO_FAILED`.
 */
export function datasetAt(path: string): Dataset | undefined {
  const index = KeptIndex.open(path);
  return index instanceof KeptIndex ? datasetIn(index) : undefined;
}

/** The data set of an index: about 60 bytes a case; rows and items are read when they are asked for. */
export function datasetIn(index: KeptIndex): Dataset {
  const { folder, manifest, fingerprint, cases } = index.head;
  return {
    folder,
    manifest,
    fingerprint,
    cases: Array.from({ length: cases }, (_, at) => new CaseInIndex(index, at)),
  };
}
