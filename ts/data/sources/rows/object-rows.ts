import { jsonLineRows } from "./json-lines.ts";
import { parquetRows } from "./parquet/rows.ts";
import type { FoundRow, TableFile } from "./table-row.ts";

/** How tables end whose rows are objects. */
export const objectEndings = /\.(?:jsonl|parquet)$/i;

/**
 * Rows of a table of objects, JSON Lines or Parquet by its ending.
 *
 * @throws TomoeError `PATH_NOT_FOUND`, `PERMISSION`, `IO_FAILED`, `CANCELLED`.
 */
export function objectRows(file: TableFile): AsyncIterable<FoundRow> {
  return /\.parquet$/i.test(file.table) ? parquetRows(file) : jsonLineRows(file);
}
