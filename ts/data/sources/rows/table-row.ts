import type { Looks } from "../../dataset/index.ts";
import type { Place, SourceProblem } from "../source.ts";

/** A table to read. */
export interface TableFile {
  /** Absolute. */
  readonly path: string;
  /** What places call it: its path relative to the data set's folder. */
  readonly table: string;
  readonly signal?: AbortSignal | undefined;
  readonly looks?: Looks | undefined;
}

/** One row by the names of its columns: text of a CSV, any JSON value of the others. */
export interface TableRow {
  readonly place: Place;
  readonly values: { readonly [column: string]: unknown };
}

export type FoundRow =
  | { readonly kind: "row"; readonly row: TableRow }
  | { readonly kind: "problem"; readonly problem: SourceProblem };
