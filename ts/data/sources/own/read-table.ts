import { readHead } from "../../../files/index.ts";
import { splitFields } from "../rows/csv.ts";
import { objectEndings, objectRows } from "../rows/object-rows.ts";
import { rowProblem, textRecords } from "../rows/records.ts";
import type { FoundRow, TableFile } from "../rows/table-row.ts";

/** A table as it lies there: its first record, and what separates its fields. */
export interface OwnTable {
  readonly file: TableFile;
  /** Null for JSON Lines and Parquet. */
  readonly delimiter: string | null;
  /** Fields of the first record of a CSV or TSV; keys of the first rows of the others. */
  readonly first: readonly string[];
}

/** Rows that say which keys there are. */
const rowsLookedAt = 50;

const separators = [",", ";", "\t"] as const;

/**
 * Looks at the first record of a table. What separates its fields is what its first line has most of.
 *
 * @returns what is wrong with that record, where it cannot be read.
 * @throws TomoeError `PERMISSION`, `IO_FAILED`.
 */
export async function openTable(file: TableFile): Promise<OwnTable | { readonly why: string }> {
  if (objectEndings.test(file.table)) return await openObjects(file);
  const { bytes } = await readHead(file.path, 1 << 16);
  const line = bytes.toString("utf8").split(/\r?\n/, 1)[0] ?? "";
  const count = (mark: string): number => line.split(mark).length;
  const delimiter = separators.reduce((best, mark) => (count(mark) > count(best) ? mark : best));
  for await (const record of textRecords(file, delimiter.charCodeAt(0))) {
    if ("problem" in record) return { why: record.problem };
    const fields = splitFields(record.text, delimiter);
    if ("problem" in fields) return { why: fields.problem };
    return { file, delimiter, first: fields.map((name) => name.trim()) };
  }
  return { why: "the table is empty" };
}

/** The keys of the first rows: one may leave out what another has. */
async function openObjects(file: TableFile): Promise<OwnTable | { readonly why: string }> {
  const keys = new Set<string>();
  let rows = 0;
  for await (const found of objectRows(file)) {
    if (found.kind === "row") for (const key of Object.keys(found.row.values)) keys.add(key);
    else if (rows === 0) return { why: found.problem.message };
    if (++rows >= rowsLookedAt) break;
  }
  return rows === 0 ? { why: "the table is empty" } : { file, delimiter: null, first: [...keys] };
}

/**
 * Rows of a table by the names of its columns.
 *
 * @param columns - names in place of a header that is not there; the table's own header where absent.
 * @throws TomoeError as `textRecords`.
 */
export async function* tableRows(
  { file, delimiter, first }: OwnTable,
  columns?: readonly string[],
): AsyncGenerator<FoundRow, void, undefined> {
  if (delimiter === null) {
    yield* objectRows(file);
    return;
  }
  const names = columns ?? first;
  for await (const record of textRecords(file, delimiter.charCodeAt(0))) {
    const place = { table: file.table, row: record.row };
    if (record.row === 1 && columns === undefined) continue;
    if ("problem" in record) {
      yield { kind: "problem", problem: rowProblem(place, record.problem, record.hint) };
      continue;
    }
    if (record.text === "") continue;
    const fields = splitFields(record.text, delimiter);
    const length = "problem" in fields ? 0 : fields.length;
    if ("problem" in fields || length !== names.length) {
      const message =
        "problem" in fields ? fields.problem : `the row has ${length} fields, the header ${names.length}`;
      const hint = "Quote fields that hold what separates fields, a quote or a line end.";
      yield { kind: "problem", problem: rowProblem(place, message, hint) };
    } else {
      const values = Object.fromEntries(fields.map((field, index) => [names[index] ?? "", field]));
      yield { kind: "row", row: { place, values } };
    }
  }
}
