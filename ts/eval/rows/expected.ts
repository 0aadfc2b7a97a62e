import { TomoeError } from "../../errors.ts";
import { escaped, Problems, shown } from "./problems.ts";
import { itemKey, type PredictionRow, typesOf } from "./row.ts";

/** What makes an item, beside its id. */
type ItemPart = "case" | "subject" | "type" | "choices" | "target";

/** What pairs of items that differ by design have in common all the same. */
export const pairParts: readonly ItemPart[] = ["subject", "type"];

/** Names of what makes an item that differ between two rows of one id; what was predicted is none of it. */
export function itemDifferences(
  one: PredictionRow,
  other: PredictionRow,
  looked?: readonly ItemPart[],
): readonly string[] {
  const parts = (row: PredictionRow): Readonly<Record<ItemPart, unknown>> => ({
    case: row.case,
    subject: row.subject ?? null,
    type: typesOf(row).toSorted(),
    choices: row.choices ?? null,
    target: row.target,
  });
  const others = parts(other);
  return Object.entries(parts(one))
    .filter(([key]) => looked?.includes(key as ItemPart) ?? true)
    .filter(([key, value]) => JSON.stringify(value) !== JSON.stringify(others[key as ItemPart]))
    .map(([key]) => key);
}

export interface Names {
  readonly one: string;
  readonly other: string;
}

interface TellOptions {
  readonly missingAreFine?: boolean;
  /** What is looked at of two items of one id; everything when absent. */
  readonly looked?: readonly ItemPart[] | undefined;
}

/** Tells every item that only one of two lists has, or that differs between them. */
export function tellDifferences(
  one: readonly PredictionRow[],
  other: readonly PredictionRow[],
  names: Names,
  problems: Problems,
  { missingAreFine = false, looked }: TellOptions = {},
): readonly PredictionRow[] {
  const found = new Map(other.map((row) => [itemKey(row), row]));
  const missing: PredictionRow[] = [];
  for (const row of one) {
    const mate = found.get(itemKey(row));
    if (mate === undefined) {
      missing.push(row);
      if (!missingAreFine) problems.add(`${row.task} ${shown(row.id)} is missing in ${names.other}`);
      continue;
    }
    found.delete(itemKey(row));
    const differing = itemDifferences(row, mate, looked);
    if (differing.length > 0)
      problems.add(`${row.task} ${shown(row.id)} has another ${differing.join(", ")} in ${names.other}`);
  }
  for (const row of found.values()) problems.add(`${row.task} ${shown(row.id)} is not in ${names.one}`);
  return missing;
}

/**
 * Holds predictions against the items that were to be answered.
 *
 * @param missing - "wrong": an item without a prediction is scored as an empty answer.
 * @returns the rows, with those that were missing at the end.
 * @throws TomoeError `DATA_PREDICTIONS` naming missing, foreign and altered items.
 */
export function holdAgainst(
  rows: readonly PredictionRow[],
  expected: readonly PredictionRow[],
  missing: "refuse" | "wrong",
): { readonly rows: readonly PredictionRow[]; readonly missing: number } {
  const problems = new Problems();
  const names = { one: "the expected items", other: "the predictions" };
  const absent = tellDifferences(expected, rows, names, problems, { missingAreFine: missing === "wrong" });
  if (problems.count > 0)
    throw new TomoeError(
      "DATA_PREDICTIONS",
      escapedLines(
        problems.told(
          `the predictions are not of the ${expected.length} expected items: ${problems.count} differ`,
        ),
      ),
      {
        hint: "Predict every expected item, and no other; --missing wrong scores those without a prediction as wrong.",
        details: {
          count: problems.count,
          problems: problems.first,
          expected: expected.length,
          given: rows.length,
        },
      },
    );
  const wrong = absent.map((row): PredictionRow => ({ ...row, prediction: "" }));
  return { rows: wrong.length === 0 ? rows : [...rows, ...wrong], missing: wrong.length };
}

const escapedLines = (text: string): string => text.split("\n").map(escaped).join("\n");
