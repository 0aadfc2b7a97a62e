import { TomoeError } from "../../errors.ts";
import { pairParts, tellDifferences } from "../rows/expected.ts";
import { Problems } from "../rows/problems.ts";
import { itemKey, type PredictionRow } from "../rows/row.ts";

/** A system: the predictions of one run, or of several that differ in their seed alone. */
export interface System {
  readonly name: string;
  /** Rows for each seed. */
  readonly seeds: readonly (readonly PredictionRow[])[];
}

/** The rows in the order of another list of the same items. */
export function aligned(
  rows: readonly PredictionRow[],
  like: readonly PredictionRow[],
): readonly PredictionRow[] {
  const found = new Map(rows.map((row) => [itemKey(row), row]));
  return like.flatMap((row) => found.get(itemKey(row)) ?? []);
}

const modesOf = (rows: readonly PredictionRow[]): string =>
  [...new Set(rows.map(({ task, answerMode }) => `${task} ${answerMode ?? "(none)"}`))].sort().join(", ");

/**
 * Makes sure that systems can be compared: each of the same items as the first, answered in the same mode, and with as
 * many seeds, or one.
 *
 * @param isMapped - the items are pairs by a declared mapping: choices, targets and cases differ by design.
 * @throws TomoeError `DATA_PREDICTIONS` with every difference counted and the first named; `USAGE_INVALID` for seeds.
 */
export function checkSystems(systems: readonly System[], isMapped = false): void {
  const [base, ...others] = systems;
  const like = base?.seeds[0];
  if (base === undefined || like === undefined) return;
  const problems = new Problems();
  const tell = ({ name, seeds }: System, skip: number): void => {
    for (const [at, rows] of seeds.entries()) {
      if (at < skip) continue;
      const other = seeds.length === 1 ? name : `seed ${at + 1} of ${name}`;
      const looked = isMapped && skip === 0 ? pairParts : undefined;
      tellDifferences(like, rows, { one: base.name, other }, problems, { looked });
      const [mine, theirs] = [modesOf(like), modesOf(rows)];
      if (mine !== theirs) problems.add(`${other} was answered as ${theirs}, ${base.name} as ${mine}`);
    }
  };
  tell(base, 1);
  for (const other of others) tell(other, 0);
  if (problems.count > 0)
    throw new TomoeError(
      "DATA_PREDICTIONS",
      problems.told(`the predictions are not of the same items: ${problems.count} differ`),
      {
        hint: "Compare systems on one test set: ids, patients, types, choices and targets have to be the same; score them one by one if they were tested on different ones.",
        details: { count: problems.count, problems: problems.first },
      },
    );
  const counts = new Set(systems.map(({ seeds }) => seeds.length).filter((count) => count > 1));
  if (counts.size > 1)
    throw new TomoeError("USAGE_INVALID", `the systems have ${[...counts].join(" and ")} seeds`, {
      hint: "Give each system as many seeds as the others, or one.",
      details: { seeds: systems.map(({ seeds }) => seeds.length) },
    });
}
