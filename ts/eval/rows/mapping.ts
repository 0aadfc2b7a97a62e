import { TomoeError } from "../../errors.ts";
import { kindOf, nameOf } from "./fields.ts";
import { JsonLines } from "./lines.ts";
import { Problems, shown } from "./problems.ts";
import type { PredictionRow } from "./row.ts";

/** Ids of a system's items by the id of the baseline's item that each is a pair with. */
export type Mapping = ReadonlyMap<string, string>;

const hint =
  'A mapping is {"a": "id of the baseline\'s item", "b": "id of the other\'s"}, one JSON object a line.';

/**
 * Reads which items of two systems are pairs by design: `{"a", "b"}` a line, each id once on its side.
 *
 * @param file - its name in problems.
 * @returns ids of the others' items -> ids of the baseline's.
 * @throws TomoeError `DATA_PREDICTIONS` counting every problem; `DATA_EMPTY`; the signal's reason.
 */
export async function readMapping(
  pieces: AsyncIterable<Uint8Array>,
  file: string,
  signal?: AbortSignal,
): Promise<Mapping> {
  const problems = new Problems();
  const found = new Map<string, string>(),
    taken = new Set<string>();
  const lines = new JsonLines({
    value: (value, line) => {
      const tell = (problem: string): void => problems.add(`${file}, line ${line}: ${problem}`);
      if (typeof value !== "object" || value === null || Array.isArray(value)) {
        tell(`a pair is one JSON object, found ${kindOf(value)}`);
        return;
      }
      const fields = value as Readonly<Record<string, unknown>>;
      for (const key of Object.keys(fields))
        if (key !== "a" && key !== "b") tell(`${shown(key)} is no key of a pair`);
      const [a, b] = [nameOf(fields, "a", tell), nameOf(fields, "b", tell)];
      if (a === "" || b === "") return;
      if (taken.has(a)) tell(`${shown(a)} stands twice as a`);
      if (found.has(b)) tell(`${shown(b)} stands twice as b`);
      taken.add(a);
      found.set(b, a);
    },
    problem: (problem, line) => problems.add(`${file}, line ${line}: ${problem}`),
  });
  for await (const piece of pieces) {
    signal?.throwIfAborted();
    lines.push(piece);
  }
  lines.end();
  if (problems.count > 0)
    throw new TomoeError(
      "DATA_PREDICTIONS",
      problems.told(`${problems.count} problems in ${lines.given} pairs`),
      { hint, details: { count: problems.count, problems: problems.first } },
    );
  if (found.size === 0) throw new TomoeError("DATA_EMPTY", `${file} holds no pair`, { hint });
  return found;
}

/**
 * Rows under the ids of the baseline's items.
 *
 * @param name - whose rows they are, in problems.
 * @throws TomoeError `DATA_PREDICTIONS` naming rows that the mapping has no pair for.
 */
export function mappedRows(
  rows: readonly PredictionRow[],
  mapping: Mapping,
  name: string,
): readonly PredictionRow[] {
  const problems = new Problems();
  const renamed = rows.map((row): PredictionRow => {
    const id = mapping.get(row.id);
    if (id === undefined) problems.add(`${row.task} ${shown(row.id)} of ${name} is no b of the mapping`);
    return { ...row, id: id ?? row.id };
  });
  if (problems.count > 0)
    throw new TomoeError(
      "DATA_PREDICTIONS",
      problems.told(`${problems.count} of ${rows.length} rows of ${name} have no pair`),
      {
        hint: "Name a pair for every item, or take the rows without one out of the file.",
        details: { count: problems.count, problems: problems.first },
      },
    );
  return renamed;
}
