import { rowProblem } from "../rows/records.ts";
import type { FoundRow, TableRow } from "../rows/table-row.ts";
import type { Dropped, Found, Place, SourceProblem } from "../source.ts";

/** Hands rows of tables on as `use` reads them; what cannot be read of a table is told where `tells` is true. */
export async function* rowsAs<T>(
  tables: Iterable<AsyncIterable<FoundRow>>,
  use: (row: TableRow) => Iterable<Found<T>> | AsyncIterable<Found<T>>,
  tells = true,
): AsyncGenerator<Found<T>, void, undefined> {
  for (const table of tables)
    for await (const found of table)
      if (found.kind === "row") yield* use(found.row);
      else if (tells) yield found;
}

/** Text of a column; undefined where it is absent, empty or no text. */
export function textOf({ values }: TableRow, column: string): string | undefined {
  const value = values[column];
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

/** A row as handed on. */
export function row<T>(value: T): Found<T> {
  return { kind: "row", row: value };
}

/** A row that a filter of the layout leaves out. */
export function droppedRow(dropped: Dropped): Found<never> {
  return { kind: "dropped", dropped };
}

/** What is wrong with a row, as it is handed on. */
export function wrong(
  place: Place,
  message: string,
  hint: string,
  names: Partial<Pick<SourceProblem, "case" | "item" | "code">> = {},
): Found<never> {
  return { kind: "problem", problem: { ...rowProblem(place, message, hint), ...names } };
}
