import { TomoeError } from "../errors.ts";
import type { TaskId } from "../schema/task.ts";
import { type Bounds, clusterInterval, describeRule, resampledMeans } from "./bootstrap.ts";
import { checkRows, type PredictionRow } from "./rows.ts";
import {
  checkBootstrap,
  clusterUnit,
  type ScoredMetric,
  type ScoreOptions,
  scoredMetrics,
  tableOf,
} from "./score.ts";

/** One metric of two systems on the same items. */
export interface PairedEntry {
  readonly task: TaskId;
  readonly metric: string;
  readonly first: number;
  readonly second: number;
  /** second - first, -1..1. */
  readonly difference: number;
  readonly ciLow: number;
  readonly ciHigh: number;
  /** Two-sided share of resamples on the other side of no difference, at least 1 / (resamples + 1). */
  readonly p: number;
  /** `p` after Holm's correction over all metrics compared. */
  readonly pHolm: number;
  /** "not separable" while the interval holds 0. */
  readonly verdict: "second is higher" | "second is lower" | "not separable";
  readonly n: number;
  readonly clusters: number;
  readonly signature: string;
}

/** What the difference of two answers to one item can be. */
const differencesOf = ({ floor, ceiling }: Bounds): Bounds => ({
  floor: floor - ceiling,
  ceiling: ceiling - floor,
});

/** Refuses two lists that do not hold the same items. */
function checkPairs(first: readonly PredictionRow[], second: readonly PredictionRow[]): void {
  const keyOf = (row: PredictionRow): string => `${row.task} "${row.id}"`;
  // Everything but what was predicted.
  const itemOf = (row: PredictionRow): string =>
    JSON.stringify([row.case, row.subject ?? null, row.type ?? null, row.choices ?? null, row.target]);
  const items = (rows: readonly PredictionRow[]): Map<string, string> =>
    new Map(rows.map((row) => [keyOf(row), itemOf(row)]));
  const [a, b] = [items(first), items(second)];
  const problems = [
    ...[...a.keys()].filter((key) => !b.has(key)).map((key) => `${key} is in the first alone`),
    ...[...b.keys()].filter((key) => !a.has(key)).map((key) => `${key} is in the second alone`),
    ...[...a]
      .filter(([key, item]) => b.has(key) && b.get(key) !== item)
      .map(([key]) => `${key} has another case, subject, type, choices or target in the second`),
  ];
  if (problems.length === 0) return;
  const more = problems.length > 20 ? `\n... and ${problems.length - 20} more` : "";
  throw new TomoeError(
    "DATA_PREDICTIONS",
    `the two lists of predictions are not of the same items: ${problems.length} differ:\n${problems.slice(0, 20).join("\n")}${more}`,
    {
      hint: "Compare two systems on one test set; score them one by one if they were tested on different ones.",
      details: { count: problems.length, problems: problems.slice(0, 20) },
    },
  );
}

function pairOf(
  first: ScoredMetric,
  second: ScoredMetric,
  options: ScoreOptions,
  unit: string,
): Omit<PairedEntry, "pHolm"> {
  const theirs = new Map(first.items.map((item) => [item.id, item.value]));
  const table = tableOf(
    second.items.map((item) => ({ ...item, value: item.value - (theirs.get(item.id) ?? Number.NaN) })),
  );
  const { value, low, high, rule } = clusterInterval(table, options.bootstrap, differencesOf(first.bounds));
  const means = resampledMeans(table, options.bootstrap);
  const share = (beyond: (mean: number) => boolean): number =>
    (1 + means.filter(beyond).length) / (1 + means.length);
  const alone = (scored: ScoredMetric): number =>
    clusterInterval(tableOf(scored.items), options.bootstrap, scored.bounds).value;
  return {
    task: first.task,
    metric: first.metric,
    first: alone(first),
    second: alone(second),
    difference: value,
    ciLow: low,
    ciHigh: high,
    p: Math.min(
      1,
      2 *
        Math.min(
          share((mean) => mean <= 0),
          share((mean) => mean >= 0),
        ),
    ),
    verdict: low > 0 ? "second is higher" : high < 0 ? "second is lower" : "not separable",
    n: second.items.length,
    clusters: table.length,
    signature: [
      `tomoe-eval/1`,
      "paired:second-minus-first",
      `profile:${options.profile}`,
      first.id,
      ...(first.id === second.id ? [] : [`second:${second.id}`]),
      `avg:${first.aggregation}`,
      unit,
      describeRule(rule, options.bootstrap),
    ].join("|"),
  };
}

/** Holm's step-down correction; the order of `values` is kept. */
export function holm(values: readonly number[]): readonly number[] {
  const order = values.map((_value, at) => at).sort((a, b) => (values[a] ?? 0) - (values[b] ?? 0));
  const corrected: number[] = values.map(() => 1);
  let highest = 0;
  for (const [rank, at] of order.entries()) {
    highest = Math.max(highest, Math.min(1, (values[at] ?? 1) * (values.length - rank)));
    corrected[at] = highest;
  }
  return corrected;
}

/**
 * Compares two systems on the same items: the difference of each metric with a 95% interval over patients,
 * resampled together.
 *
 * @param first - prediction rows of the baseline.
 * @param second - prediction rows of the other system, on the same items.
 * @param options - `measured` holds the first system's scores.
 * @param measuredSecond - the second system's, for metrics that a library computes.
 * @throws TomoeError `DATA_PREDICTIONS` for bad rows, or items that differ; the others as `scorePredictions`
 * does.
 */
export function comparePaired(
  first: readonly unknown[],
  second: readonly unknown[],
  options: ScoreOptions,
  measuredSecond?: ScoreOptions["measured"],
): readonly PairedEntry[] {
  checkBootstrap(options.bootstrap);
  const rows = [
    checkRows(first, (index) => `first, row ${index + 1}`),
    checkRows(second, (index) => `second, row ${index + 1}`),
  ] as const;
  checkPairs(...rows);
  const { measured: _first, ...rest } = options;
  const scored = [
    scoredMetrics(rows[0], options),
    scoredMetrics(rows[1], {
      ...rest,
      ...(measuredSecond === undefined ? {} : { measured: measuredSecond }),
    }),
  ] as const;
  const pairs = scored[0].flatMap((one, at) => {
    const other = scored[1][at];
    return other === undefined ? [] : [pairOf(one, other, options, clusterUnit(rows[0]))];
  });
  const corrected = holm(pairs.map(({ p }) => p));
  return pairs.map((pair, at) => ({ ...pair, pHolm: corrected[at] ?? 1 }));
}
