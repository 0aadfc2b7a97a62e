import { rowProblem, textRecords } from "./records.ts";
import type { FoundRow, TableFile } from "./table-row.ts";

/**
 * Rows of a JSON Lines file: one object a line, empty lines are none.
 *
 * @throws TomoeError as `textRecords`.
 */
export async function* jsonLineRows(file: TableFile): AsyncGenerator<FoundRow, void, undefined> {
  for await (const record of textRecords(file, null)) {
    const place = { table: file.table, row: record.row };
    if ("problem" in record)
      yield { kind: "problem", problem: rowProblem(place, record.problem, record.hint) };
    else if (record.text.trim() !== "") yield parsed(record.text, place);
  }
}

function parsed(text: string, place: { readonly table: string; readonly row: number }): FoundRow {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { kind: "problem", problem: rowProblem(place, "the line is not JSON", jsonHint(text, place.row)) };
  }
  return objectRow(value, place);
}

/** A row of a JSON value, or what it is instead of an object. */
export function objectRow(value: unknown, place: { readonly table: string; readonly row: number }): FoundRow {
  if (typeof value === "object" && value !== null && !Array.isArray(value))
    return { kind: "row", row: { place, values: value as { readonly [column: string]: unknown } } };
  const what = Array.isArray(value) ? "a list" : value === null ? "null" : `a ${typeof value}`;
  return {
    kind: "problem",
    problem: rowProblem(place, `the row is ${what}, not an object`, "Write one JSON object a row."),
  };
}

function jsonHint(text: string, row: number): string {
  if (text.trimStart().startsWith("[")) return "Write one object a line, without a list around them.";
  if (row === 1 && /^[^{]*[,;\t]/.test(text)) return "It looks like a CSV: name it .csv.";
  return "Write one JSON object a line; a file that was cut off ends in such a line.";
}
