import { didYouMean } from "../../../schema/nearest.ts";
import { rowProblem, textRecords } from "./records.ts";
import type { FoundRow, TableFile } from "./table-row.ts";

/** What is wrong with a line of fields. */
interface Misquoted {
  readonly problem: string;
}

/**
 * Fields of one record (RFC 4180).
 *
 * @param text - the record without its line end; quoted fields may hold line ends.
 */
export function splitFields(text: string, delimiter: string): readonly string[] | Misquoted {
  const fields: string[] = [];
  for (let at = 0; ; ) {
    if (text[at] === '"') {
      let value = "",
        from = at + 1;
      for (;;) {
        const close = text.indexOf('"', from);
        if (close < 0) return { problem: "a quoted field is not closed" };
        value += text.slice(from, close);
        at = close + 1;
        if (text[at] !== '"') break;
        value += '"';
        from = at + 1;
      }
      fields.push(value);
      if (at < text.length && text[at] !== delimiter)
        return { problem: `field ${fields.length} goes on behind its closing quote` };
    } else {
      const next = text.indexOf(delimiter, at);
      fields.push(text.slice(at, next < 0 ? text.length : next));
      at = next < 0 ? text.length : next;
    }
    if (at >= text.length) return fields;
    at++;
    if (at === text.length) return [...fields, ""];
  }
}

/**
 * Rows of a table of separated values, by the names of its header.
 *
 * @param needed - columns without which nothing can be read of it: one problem says which are missing, and no row comes.
 * @param either - columns of which one is needed.
 * @throws TomoeError as `textRecords`.
 */
export async function* separatedRows(
  file: TableFile,
  delimiter: "," | "\t",
  needed: readonly string[],
  either: readonly string[] = [],
): AsyncGenerator<FoundRow, void, undefined> {
  const { table } = file;
  let header: readonly string[] | undefined;
  for await (const record of textRecords(file, delimiter.charCodeAt(0))) {
    const place = { table, row: record.row };
    if ("problem" in record) {
      yield { kind: "problem", problem: rowProblem(place, record.problem, record.hint) };
      if (header === undefined) return;
      continue;
    }
    if (record.text === "") continue;
    const fields = splitFields(record.text, delimiter);
    if ("problem" in fields) {
      const hint = "Quote a field that holds the delimiter, a quote or a line end, and double quotes in it.";
      yield { kind: "problem", problem: rowProblem(place, fields.problem, hint) };
      if (header === undefined) return;
    } else if (header === undefined) {
      header = fields.map((name) => name.trim());
      const problem = headerProblem(header, delimiter, needed, either);
      if (problem === undefined) continue;
      yield { kind: "problem", problem: rowProblem(place, problem.message, problem.hint) };
      return;
    } else if (fields.length !== header.length) {
      const message = `the row has ${fields.length} fields, the header ${header.length}`;
      const hint = "Quote fields that hold the delimiter, or write empty ones out.";
      yield { kind: "problem", problem: rowProblem(place, message, hint) };
    } else {
      const names = header;
      const values = Object.fromEntries(fields.map((field, index) => [names[index] ?? "", field]));
      yield { kind: "row", row: { place, values } };
    }
  }
  if (header === undefined)
    yield {
      kind: "problem",
      problem: rowProblem({ table, row: 1 }, "the table is empty", "Write a header and a row a line."),
    };
}

function headerProblem(
  header: readonly string[],
  delimiter: string,
  needed: readonly string[],
  either: readonly string[],
): { readonly message: string; readonly hint: string } | undefined {
  const twice = header.find((name, index) => header.indexOf(name) !== index);
  if (twice !== undefined)
    return { message: `the header names column "${twice}" twice`, hint: "Give each column one name." };
  const missing = needed.filter((name) => !header.includes(name));
  const isOne = either.length === 0 || either.some((name) => header.includes(name));
  if (missing.length === 0 && isOne) return undefined;
  const [only] = header;
  if (header.length === 1 && only !== undefined && /[;,\t]/.test(only))
    return {
      message: `the header is one field, "${only}": it is not separated by ${delimiter === "," ? "commas" : "tabs"}`,
      hint: "A .csv is separated by commas, a .tsv by tabs.",
    };
  const told = (isOne ? missing : [...missing, ...either]).map(
    (name) => `"${name}"${didYouMean(name, header)}`,
  );
  return {
    message: `the header has no column ${told.join(isOne ? " and no column " : " and none ")}`,
    hint: `It has ${header.map((name) => `"${name}"`).join(", ")}.`,
  };
}
