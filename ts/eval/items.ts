import type { TaskId } from "../schema/task.ts";
import { type MeasureOptions, measured } from "./measure.ts";
import { rowsUnder } from "./profiles.ts";
import type { PredictionRow } from "./rows/row.ts";
import { checkMode } from "./score.ts";
import type { Steps } from "./steps.ts";

/** What one item scores under each metric that is a mean of items. */
export interface ItemScores {
  readonly id: string;
  readonly task: TaskId;
  readonly scores: Readonly<Record<string, number>>;
}

/**
 * The score of every item, metric by metric: what the means of a scorecard are over.
 *
 * @throws TomoeError as `scoreRows`.
 */
export function* scoreItems(
  given: readonly PredictionRow[],
  options: MeasureOptions,
): Steps<readonly ItemScores[]> {
  const { rows } = rowsUnder(given, options.profile);
  checkMode(rows, options);
  const found: ItemScores[] = [];
  for (const { task, rows: mine, numbers } of yield* measured(rows, options)) {
    const whole = numbers.flatMap((number) =>
      number.shape === "mean" && number.members === undefined ? [number] : [],
    );
    for (const [at, { id }] of mine.entries())
      found.push({
        id,
        task,
        scores: Object.fromEntries(whole.map(({ metric, values }) => [metric, values[at] ?? 0])),
      });
  }
  return found;
}
