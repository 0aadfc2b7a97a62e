import { objectRow } from "./json-lines.ts";
import { JsonWalk, walkLists } from "./json-walk.ts";
import { rowProblem } from "./records.ts";
import type { FoundRow, TableFile } from "./table-row.ts";

/** Bytes that one entry may have. */
const maxEntryBytes = 16 << 20;

/**
 * Entries of the lists of a JSON file, one by one; no more than one entry is held.
 *
 * The file is an object whose lists are meant by their keys, or one list. Places name the list behind the table:
 * `dataset.json#training`. Entries of other keys are passed by.
 *
 * @param keys - lists that are read, in the order of the file; `""` is a file that is one list.
 * @throws TomoeError `PATH_NOT_FOUND`, `PERMISSION`, `IO_FAILED`, `CANCELLED`.
 */
export async function* jsonListRows(
  { path, table, signal, looks }: TableFile,
  keys: readonly string[],
): AsyncGenerator<FoundRow & { readonly key?: string }, void, undefined> {
  looks?.content(path);
  const walk = new JsonWalk(maxEntryBytes);
  const rows = new Map<string, number>();
  for await (const { key, text } of walkLists(walk, path, signal)) {
    if (!keys.includes(key)) continue;
    const row = (rows.get(key) ?? 0) + 1;
    rows.set(key, row);
    yield { ...entryRow(text, { table: key === "" ? table : `${table}#${key}`, row }), key };
  }
  const place = { table, row: 1 };
  if (walk.problem !== undefined)
    yield { kind: "problem", problem: rowProblem(place, walk.problem, "Copy or download the file again.") };
  for (const key of keys.filter((one) => !walk.lists.has(one)))
    yield {
      kind: "problem",
      problem: rowProblem(
        place,
        key === "" ? "the file is not a list" : `the file has no list "${key}"`,
        listHint(walk),
      ),
    };
}

function listHint(walk: JsonWalk): string {
  const names = [...walk.lists].filter((name) => name !== "");
  return names.length === 0
    ? "It may be a table of another data set."
    : `It has the lists ${names.join(", ")}.`;
}

function entryRow(text: string | null, place: { readonly table: string; readonly row: number }): FoundRow {
  try {
    if (text !== null) return objectRow(JSON.parse(text), place);
  } catch {
    // Told below.
  }
  return {
    kind: "problem",
    problem: rowProblem(place, "the entry is not JSON in UTF-8", "Copy or download the file again."),
  };
}
