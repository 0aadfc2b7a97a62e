import type { ErrorCode } from "../../errors.ts";
import type { CaseRow } from "../../schema/sample.ts";
import type { LayoutName, LayoutRow } from "../../schema/tables/layouts.ts";
import type { TaskId } from "../../schema/task.ts";
import type { Looks } from "../dataset/index.ts";
import type { Calibration } from "../volume/source.ts";

export type SplitName = CaseRow["split"];

/** Where something stands, for people. */
export interface Place {
  /** Path of the table relative to the data set's folder; behind `#` the list of a JSON file that is meant. */
  readonly table: string;
  /** As a spreadsheet counts: of a CSV the header is row 1, of JSON Lines the first line, of a list the first entry. */
  readonly row: number;
}

/** A scan and what is known of it. */
export interface SourceCase {
  /** Unique in the data set. */
  readonly id: string;
  /** The unit of clustering and splitting; several cases may share one. */
  readonly patient: string;
  /** Absolute paths of the scan: a file, or a folder of one DICOM series. Never shown to a model. */
  readonly paths: readonly [string, ...string[]];
  /** Which series of a folder of several, by its hashed id. */
  readonly series?: string | undefined;
  /** Where the data set puts it; null where it does not say. */
  readonly split: SplitName | null;
  /** What a table beside the scan states in place of its header (CT-RATE v1). */
  readonly calibration?: Calibration | undefined;
  /** Class index of each fact, -1 = does not apply. */
  readonly facts?: Readonly<Record<string, number>> | undefined;
  readonly patchLabels?: string | undefined;
  /** One slice of the stack; the whole volume when absent. */
  readonly slice?: number | undefined;
  readonly place: Place;
}

/** A prompt and its target on one case. */
export interface SourceItem {
  /** Unique in the data set. */
  readonly id: string;
  readonly case: string;
  readonly task: TaskId;
  /** Any text: the classes of the mean over types. */
  readonly type?: string | undefined;
  /** The question; null for a report that the data set asks for in no words of its own. */
  readonly question: string | null;
  /** As many as there are; a missing one keeps its letter. */
  readonly choices?: readonly string[] | undefined;
  /** The answer or report; of a choice, the right option's text. */
  readonly target: string;
  /** Classes that the target lists, where it may be several. */
  readonly labels?: readonly string[] | undefined;
  /** The split that the item's own row states, where that is not the case's row. */
  readonly split?: SplitName | undefined;
  /** What else its row says, as text. */
  readonly extra?: Readonly<Record<string, string>> | undefined;
  readonly place: Place;
}

/** What is wrong with a row. */
export interface SourceProblem {
  readonly code: Extract<
    ErrorCode,
    "DATA_MANIFEST" | "DATA_LEAK" | "DATA_UNSUPPORTED" | "PATH_NOT_FOUND" | "PERMISSION" | "IO_FAILED"
  >;
  /** One sentence with the values, without the place. */
  readonly message: string;
  readonly hint: string;
  readonly case?: string | undefined;
  readonly item?: string | undefined;
  /** Null for what concerns the whole data set. */
  readonly place: Place | null;
}

/** A row that a filter of the layout left out. */
export interface Dropped {
  readonly what: "case" | "item";
  readonly id: string;
  /** Of an item; null of a case. */
  readonly task: TaskId | null;
  readonly filter: string;
  readonly split: SplitName | null;
  readonly place: Place;
}

/** What a walk over a data set meets. */
export type Found<T> =
  | { readonly kind: "row"; readonly row: T }
  | { readonly kind: "dropped"; readonly dropped: Dropped }
  | { readonly kind: "problem"; readonly problem: SourceProblem };

/** What a layout says of itself before anything is opened. */
export interface SourceSchema extends LayoutRow {
  /** Filters it applies to cases and to items by task, in their order; a row is counted by the first that drops it. */
  readonly filters: { readonly [of in "cases" | TaskId]?: readonly string[] };
  /** True where one row of a table is one question, so that a case stands in many rows. */
  readonly repeatsCases: boolean;
}

/** How a data set is opened. */
export interface OpenOptions {
  /** Folder of the scans, where they do not lie in the data set's own. */
  readonly scans?: string | undefined;
  /** Our column -> the table's, for the layout `table`. */
  readonly columns?: Readonly<Record<string, string>> | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Is told of everything that is looked at, by `open` and by the walks behind it. */
  readonly looks?: Looks | undefined;
}

/** A data set that is there. Each walk begins anew and holds no more than a row, and the lists that filters need. */
export interface OpenedSource {
  readonly layout: LayoutName;
  readonly schema: SourceSchema;
  /** Absolute. */
  readonly folder: string;
  /** Classes of each fact that cases state, in index order. */
  readonly facts?: Readonly<Record<string, string[]>> | undefined;
  /** Tables that are read, relative to the folder, in their order. */
  readonly tables: readonly string[];
  cases(): AsyncIterable<Found<SourceCase>>;
  items(): AsyncIterable<Found<SourceItem>>;
}

/** Rows that filters left, before anything is checked. */
export interface SourceCounts {
  readonly cases: number;
  readonly items: number;
}

/** One layout of data sets on disk: a row of the table in `layouts`, which passes the suite of every row. */
export interface DatasetSource {
  readonly kind: LayoutName;
  readonly schema: SourceSchema;
  /**
   * Counts rows without looking at a scan.
   *
   * @throws TomoeError as `open`.
   */
  count(path: string, options?: OpenOptions): Promise<SourceCounts>;
  /**
   * Finds the tables of a data set; no row is read yet.
   *
   * @param path - the folder, or one of its tables.
   * @throws TomoeError `PATH_NOT_FOUND` and `PERMISSION`; `DATA_MANIFEST` for half a layout, naming what is missing.
   */
  open(path: string, options?: OpenOptions): Promise<OpenedSource>;
}
