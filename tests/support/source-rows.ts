// What a walk over a data set met, told in short lines that tests compare.
import { checkedRows } from "../../ts/data/sources/check.ts";
import type { FoundRow } from "../../ts/data/sources/rows/table-row.ts";
import type {
  Dropped,
  OpenedSource,
  SourceCase,
  SourceItem,
  SourceProblem,
} from "../../ts/data/sources/source.ts";

export interface Walked {
  readonly cases: readonly SourceCase[];
  readonly items: readonly SourceItem[];
  readonly problems: readonly SourceProblem[];
  readonly dropped: readonly Dropped[];
}

/** Walks a data set with all checks to its end. */
export async function walked(
  source: OpenedSource,
  options: Parameters<typeof checkedRows>[1] = {},
): Promise<Walked> {
  const cases: SourceCase[] = [],
    items: SourceItem[] = [],
    problems: SourceProblem[] = [],
    dropped: Dropped[] = [];
  for await (const found of checkedRows(source, options)) {
    if (found.kind === "case") cases.push(found.row);
    else if (found.kind === "item") items.push(found.row);
    else if (found.kind === "problem") problems.push(found.problem);
    else if (found.kind === "dropped") dropped.push(found.dropped);
  }
  return { cases, items, problems, dropped };
}

/** `table:row message` of each problem. */
export function told(problems: readonly SourceProblem[]): readonly string[] {
  return problems.map(({ place, message }) => `${place?.table ?? "-"}:${place?.row ?? 0} ${message}`);
}

/** Rows of a table as they come: values of a row, or `row: message` of a problem. */
export async function rowsAsRead(rows: AsyncIterable<FoundRow>): Promise<readonly unknown[]> {
  const read: unknown[] = [];
  for await (const found of rows)
    read.push(
      found.kind === "row"
        ? { ...found.row.values, row: found.row.place.row }
        : `${found.problem.place?.row ?? 0}: ${found.problem.message}`,
    );
  return read;
}
