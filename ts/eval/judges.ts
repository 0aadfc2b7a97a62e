import type { TaskId } from "../schema/task.ts";
import type { MeanNumber } from "./metrics/metric.ts";
import type { JudgedScores } from "./rows/judged.ts";
import { itemKey, type PredictionRow } from "./rows/row.ts";

/** What a signature keeps of a text: its parts are cut at bars. */
const plain = (text: string): string => text.replaceAll(/[|\s]+/gu, " ").trim();

function numberOf(
  metric: string,
  id: string,
  { bounds }: Pick<JudgedScores, "bounds">,
  values: Float64Array,
): MeanNumber {
  return {
    shape: "mean",
    kind: "within",
    metric,
    chance: null,
    majority: null,
    id: `${id}|bounds:${bounds.floor}..${bounds.ceiling}`,
    bounds,
    values,
  };
}

/**
 * The mean score of each judge of a task, as `judge.<name>`, and, where several judged it within the same bounds, the
 * mean over items of their mean, as `judges.mean`. They stand beside the metrics that follow from texts by a rule, and
 * are in no family with them.
 *
 * @param rows - rows of the task; every judge of it judged all of them.
 */
export function judgedNumbers(
  task: TaskId,
  rows: readonly PredictionRow[],
  judges: readonly JudgedScores[],
): readonly MeanNumber[] {
  const mine = judges.filter(({ tasks }) => tasks.includes(task));
  const valuesOf = ({ scores }: JudgedScores): Float64Array =>
    Float64Array.from(rows, (row) => scores.get(itemKey(row)) ?? Number.NaN);
  const each = mine.map((judge) =>
    numberOf(
      `judge.${judge.judge}`,
      `judge:${judge.judge}(${plain(judge.signature)})`,
      judge,
      valuesOf(judge),
    ),
  );
  const [first] = mine;
  if (first === undefined || mine.length < 2) return each;
  const { floor, ceiling } = first.bounds;
  if (mine.some(({ bounds }) => bounds.floor !== floor || bounds.ceiling !== ceiling)) return each;
  const names = mine.map(({ judge }) => judge).join(",");
  const means = Float64Array.from(
    rows,
    (_row, at) => each.reduce((sum, { values }) => sum + (values[at] ?? 0), 0) / each.length,
  );
  return [...each, numberOf("judges.mean", `judges:mean(${names})`, first, means)];
}
