import { metricRow, questionTypes } from "../../schema/task.ts";
import { judgeChoice, type Profile, parserIds } from "../choice.ts";
import { clusterOf, type PredictionRow } from "../rows.ts";
import type { ChoiceMetric, ScoredNumber } from "./metric.ts";

const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * Accuracy over all questions, over each type and as the mean over types (where rows have types), and the
 * share of answers that name no option.
 *
 * @param rows - of one task whose items have options, at least one.
 */
export function accuracyNumbers(rows: readonly PredictionRow[], profile: Profile): readonly ScoredNumber[] {
  const judged = rows.map((row) => ({ row, verdict: judgeChoice(row, profile) }));
  const items = judged.map(({ row, verdict }) => ({
    id: row.id,
    cluster: clusterOf(row),
    stratum: "",
    value: verdict.correct ? 1 : 0,
  }));
  const head = {
    id: `tomoe.accuracy/1|parser:${parserIds[profile]}|unparsed:wrong|empty:wrong`,
    aggregation: "micro",
    bounds: metricRow("accuracy").bounds,
  } as const;
  const typed = typesOf(rows).map(
    (type): ScoredNumber => ({
      ...head,
      metric: `type.${type}`,
      chance: mean(judged.filter(({ row }) => row.type === type).map(({ verdict }) => verdict.chance)),
      items: items.filter((_item, index) => rows[index]?.type === type),
    }),
  );
  const macro: ScoredNumber = {
    ...head,
    metric: "accuracy.macro",
    aggregation: "macro-over-types",
    chance: mean(typed.map(({ chance }) => chance ?? Number.NaN)),
    items: items.map((item, index) => ({ ...item, stratum: rows[index]?.type ?? "" })),
  };
  return [
    { ...head, metric: "accuracy.micro", chance: mean(judged.map(({ verdict }) => verdict.chance)), items },
    ...(typed.length === 0 ? [] : [macro, ...typed]),
    {
      ...head,
      metric: "unparsed",
      id: `tomoe.unparsed/1|parser:${parserIds[profile]}`,
      chance: null,
      items: items.map((item, index) => ({ ...item, value: judged[index]?.verdict.parsed === true ? 0 : 1 })),
    },
  ];
}

/** The types of the rows: M3D's in its order, behind them those of the data set's own. */
function typesOf(rows: readonly PredictionRow[]): readonly string[] {
  const given = new Set(rows.flatMap(({ type }) => (type === undefined ? [] : [type])));
  const own = [...given].filter((type) => !(questionTypes as readonly string[]).includes(type));
  return [...questionTypes.filter((type) => given.has(type)), ...own.sort()];
}

export const accuracyMetric: ChoiceMetric = { numbers: accuracyNumbers };
