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

const share = { floor: 0, ceiling: 1 } as const;

/** Share of the items that score at least a threshold: by one judge, or by the mean of several. */
function shareOf(metric: string, names: string, threshold: number, of: MeanNumber): MeanNumber {
  return {
    ...of,
    kind: "binary",
    metric,
    // The number's own bounds are 0..1; those of the scores behind it have another name.
    id: `judges:share(>=${threshold},${names})|${of.id.replace("|bounds:", "|of:")}`,
    bounds: share,
    values: of.values.map((value) => (value >= threshold ? 1 : 0)),
  };
}

/**
 * The mean score of each judge of a task, as `judge.<name>`, and, where several judged it within the same bounds, the
 * mean over items of their mean, as `judges.mean`. Where the judges' files name a threshold, the share of items that
 * reach it besides, as `judges.share.<name>` and, of that mean, `judges.share`: another number under another name. They
 * stand beside the metrics that follow from texts by a rule, and are in no family with them.
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
  const shares = mine.flatMap(({ judge, threshold }, at) =>
    threshold === undefined || each[at] === undefined
      ? []
      : [shareOf(`judges.share.${judge}`, judge, threshold, each[at])],
  );
  return [...each, ...shares, ...togetherOf(mine, each)];
}

/** What several judges say together, where they judged within the same bounds. */
function togetherOf(judges: readonly JudgedScores[], each: readonly MeanNumber[]): readonly MeanNumber[] {
  const [first] = judges;
  if (first === undefined || judges.length < 2) return [];
  const { bounds, threshold } = first;
  if (judges.some((one) => one.bounds.floor !== bounds.floor || one.bounds.ceiling !== bounds.ceiling))
    return [];
  const names = judges.map(({ judge }) => judge).join(",");
  const means = (each[0]?.values ?? new Float64Array()).map(
    (_value, at) => each.reduce((sum, { values }) => sum + (values[at] ?? 0), 0) / each.length,
  );
  const mean = numberOf("judges.mean", `judges:mean(${names})`, first, means);
  const isShared = threshold !== undefined && judges.every((one) => one.threshold === threshold);
  return isShared ? [mean, shareOf("judges.share", names, threshold, mean)] : [mean];
}
