import { dirname, join, relative, resolve } from "node:path";
import { TomoeError } from "../../../../errors.ts";
import { kindOfPath } from "../../../../files/index.ts";
import { layoutRow } from "../../../../schema/tables/layouts.ts";
import { countRows, namesEnding, shardsWhole } from "../../folder.ts";
import { separatedRows } from "../../rows/csv.ts";
import { objectEndings, objectRows } from "../../rows/object-rows.ts";
import { rowProblem } from "../../rows/records.ts";
import type { FoundRow, TableFile } from "../../rows/table-row.ts";
import type { DatasetSource, Found, OpenedSource, OpenOptions, SourceProblem } from "../../source.ts";
import { type ColumnNames, columnNames, misspelled } from "./columns.ts";
import { PresentColumns } from "./present.ts";
import { casesOfRow, itemsOfRow, type OwnRow } from "./rows.ts";

const endings = /\.(?:csv|tsv|jsonl|parquet)$/i;

const schema = { ...layoutRow("table"), filters: {}, repeatsCases: true } as const;

/**
 * A folder of one's own: every CSV, TSV, JSON Lines and Parquet file that lies directly in it, or the one that is named.
 */
export const tableSource: DatasetSource = {
  kind: "table",
  schema,
  count: async (path, options) => await countRows(await openTable(path, options)),
  open: async (path, options) => await openTable(path, options),
};

async function openTable(path: string, options: OpenOptions = {}): Promise<OpenedSource> {
  const columns = columnNames(options.columns);
  const { signal, looks } = options;
  const whole = resolve(path);
  const kind = await kindOfPath(whole);
  looks?.told(whole, [kind]);
  const isFile = kind === "file";
  const folder = isFile ? dirname(whole) : whole;
  const tables = isFile
    ? [relative(folder, whole)]
    : shardsWhole(folder, await namesEnding(folder, endings, looks));
  if (tables.length === 0 || !tables.every((name) => endings.test(name)))
    throw new TomoeError(
      "DATA_MANIFEST",
      `${path} ${isFile ? "is" : "holds"} no table: no .csv, .tsv, .jsonl or .parquet`,
      {
        hint: 'Write a table with columns "case", "image" and "report", or "question", "choices" and "answer".',
        details: { path },
      },
    );
  const reading = { folder: options.scans ?? folder, columns };
  const files = tables.map((table) => ({ path: join(folder, table), table, signal, looks }));
  let namesScans = true;
  return {
    layout: "table",
    schema,
    folder,
    tables,
    cases: async function* () {
      const columns = new PresentColumns(reading.columns);
      yield* walk(files, reading, casesOfRow, columns);
      const problem = columns.problem();
      namesScans = problem === undefined;
      if (problem !== undefined) yield { kind: "problem", problem };
    },
    // Where no scan is named that is told once: no row is about anything.
    items: async function* () {
      if (namesScans) yield* walk(files, reading, itemsOfRow);
    },
  };
}

/** @param present - is shown every row; absent where another walk over the same tables tells what cannot be read of them. */
async function* walk<T>(
  files: readonly TableFile[],
  reading: Omit<OwnRow, "row">,
  use: (own: OwnRow) => Iterable<Found<T>>,
  present?: PresentColumns,
): AsyncGenerator<Found<T>, void, undefined> {
  for (const file of files) {
    const told = new Set<string>();
    for await (const found of ownRows(file, reading.columns)) {
      if (found.kind === "problem") {
        if (present !== undefined) yield found;
        continue;
      }
      const hold = present?.look(found.row) ?? false;
      for (const problem of present === undefined ? [] : spelling(reading.columns, found, told)) {
        if (hold) present?.hold(problem);
        else yield { kind: "problem", problem };
      }
      for (const problem of present?.released() ?? []) yield { kind: "problem", problem };
      for (const one of use({ ...reading, row: found.row })) {
        if (hold && one.kind === "problem") present?.hold(one.problem);
        else yield one;
      }
    }
  }
}

function ownRows(file: TableFile, columns: ColumnNames): AsyncIterable<FoundRow> {
  if (objectEndings.test(file.table)) return objectRows(file);
  return separatedRows(file, /\.tsv$/i.test(file.table) ? "\t" : ",", [], [columns.case, columns.image]);
}

/** Columns that may be misspelled, each told once a table. */
function spelling(
  columns: ColumnNames,
  { row }: Extract<FoundRow, { readonly kind: "row" }>,
  told: Set<string>,
): readonly SourceProblem[] {
  return misspelled(columns, Object.keys(row.values)).flatMap(({ found, meant }) => {
    if (told.has(found)) return [];
    told.add(found);
    const hint = `Rename it, say columns: { ${meant}: "${found}" }, or give it another name.`;
    return [rowProblem(row.place, `column "${found}" is not read, did you mean "${meant}"?`, hint)];
  });
}
