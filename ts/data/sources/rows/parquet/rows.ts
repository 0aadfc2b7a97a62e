import { isTomoeError, TomoeError } from "../../../../errors.ts";
import { readHead, readPart, throwIfAborted } from "../../../../files/index.ts";
import { rowProblem } from "../records.ts";
import type { FoundRow, TableFile } from "../table-row.ts";
import { assembled } from "./assemble.ts";
import { notRead } from "./damage.ts";
import { type ParquetFooter, type RowGroup, readFooter } from "./footer.ts";
import { pagesOf } from "./pages.ts";

/** Bytes that a row group may take once it is unpacked: pyarrow's of a million rows of long reports are near it. */
const maxGroupBytes = 1 << 30;
/** Bytes that an entry takes beside its value: its levels, its number in a dictionary. */
const entryBytes = 8;

/**
 * Rows of a Parquet table; no more than one row group is held.
 *
 * A row group that is damaged is one problem, told at the row it begins with, and the next one is read. Rows count from
 * 1; values are as `converted` says, structs objects, lists lists; a struct of `bytes` and `path`, as Hugging Face's
 * `datasets` store files, is the path.
 *
 * @throws TomoeError `PATH_NOT_FOUND`, `PERMISSION`, `IO_FAILED`, `CANCELLED`.
 */
export async function* parquetRows(file: TableFile): AsyncGenerator<FoundRow, void, undefined> {
  file.looks?.content(file.path);
  const { sizeBytes } = await readHead(file.path, 0);
  let footer: ParquetFooter;
  try {
    footer = await readFooter(file.path, sizeBytes);
  } catch (error) {
    yield told(error, file.table, 1, "");
    return;
  }
  let row = 1;
  for (const [index, group] of footer.groups.entries()) {
    throwIfAborted(file.signal);
    const first = row;
    try {
      for await (const one of groupRows(file, footer, group)) {
        const place = { table: file.table, row: row++ };
        if ("values" in one) yield { kind: "row", row: { place, values: one.values } };
        else {
          const hint = "Mend the value, or leave its column out of the table.";
          yield { kind: "problem", problem: { ...rowProblem(place, one.problem, hint), code: one.code } };
        }
      }
    } catch (error) {
      const rows = `rows ${row}..${first + group.rows - 1}`;
      yield told(error, file.table, row, `row group ${index + 1} (${rows}) cannot be read: `);
    }
    row = first + group.rows;
  }
}

async function* groupRows(
  { path, signal }: TableFile,
  { schema }: ParquetFooter,
  { chunks, rows }: RowGroup,
) {
  const bytes = chunks.reduce(
    (sum, { bytes: packed, unpackedBytes, entries }) => sum + packed + unpackedBytes + entryBytes * entries,
    0,
  );
  if (bytes > maxGroupBytes)
    throw notRead(`it takes ${bytes} bytes to read, more than ${maxGroupBytes}: write smaller row groups`);
  const pages = [];
  for (const [index, chunk] of chunks.entries()) {
    throwIfAborted(signal);
    const leaf = schema.leaves[index];
    if (leaf === undefined) continue;
    try {
      pages.push(pagesOf(await readPart(path, chunk.from, chunk.bytes), chunk, leaf));
    } catch (error) {
      throw named(error, leaf.path);
    }
  }
  yield* assembled(schema, pages, rows);
}

/** The same damage with the column it was met in. */
function named(error: unknown, column: string): unknown {
  if (!isDamage(error)) return error;
  const { code, hint, what } = error;
  return new TomoeError(code, `column "${column}": ${what}`, { hint });
}

/** What is wrong with a table or a row group; what the disk says is raised. */
function told(error: unknown, table: string, row: number, before: string): FoundRow {
  if (!isDamage(error)) throw error;
  const code = error.code === "DATA_UNSUPPORTED" ? "DATA_UNSUPPORTED" : "DATA_MANIFEST";
  const problem = { ...rowProblem({ table, row }, `${before}${error.what}`, error.hint), code } as const;
  return { kind: "problem", problem };
}

function isDamage(error: unknown): error is TomoeError {
  return isTomoeError(error) && ["DATA_MANIFEST", "DATA_UNSUPPORTED", "DATA_TRUNCATED"].includes(error.code);
}
