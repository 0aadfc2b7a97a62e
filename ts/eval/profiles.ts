import { type MetricName, predicts, type TaskId } from "../schema/task.ts";
import type { ParserName } from "./closed/parse.ts";
import { spatialMetrics, spatialNames } from "./metrics/index.ts";
import type { CorpusMetric, TextMetric } from "./metrics/metric.ts";
import { stripEnds } from "./metrics/text.ts";
import type { PredictionRow } from "./rows/row.ts";

/** A set of rules that a benchmark, or nobody but us, scores by. */
export const profileNames = ["strict", "lenient", "m3d-compat", "ct-spatial-vqa"] as const;
export type Profile = (typeof profileNames)[number];

/** What a profile does otherwise than `strict`. */
export interface ProfileRow {
  readonly parser: ParserName;
  /** Metrics that it computes in its own way, by name. */
  readonly metrics: Readonly<Partial<Record<string, TextMetric | CorpusMetric>>>;
  /** What it scores of open answers where nobody names metrics; the table's defaults when absent. */
  readonly openMetrics?: readonly MetricName[];
  /** Open rows with an empty side are dropped, counted and named, in place of scoring 0. */
  readonly dropsEmpty: boolean;
}

const none = { metrics: {}, dropsEmpty: false } as const;

const profiles: Readonly<Record<Profile, ProfileRow>> = {
  strict: { parser: "strict", ...none },
  lenient: { parser: "lenient", ...none },
  "m3d-compat": { parser: "m3d-compat", ...none },
  "ct-spatial-vqa": {
    parser: "strict",
    metrics: spatialMetrics,
    openMetrics: spatialNames,
    dropsEmpty: true,
  },
};

export const profileRow = (profile: Profile): ProfileRow => profiles[profile];

/** A row that a profile does not score. */
export interface Dropped {
  readonly id: string;
  readonly task: TaskId;
  readonly why: string;
}

/** The rows that a profile scores, with both sides stripped where it does so, and those that it drops. */
export function rowsUnder(
  rows: readonly PredictionRow[],
  profile: Profile,
): { readonly rows: readonly PredictionRow[]; readonly dropped: readonly Dropped[] } {
  if (!profileRow(profile).dropsEmpty) return { rows, dropped: [] };
  const dropped: Dropped[] = [];
  const kept = rows.flatMap((row) => {
    if (!predicts(row.task, "answer")) return [row];
    const prediction = stripEnds(row.prediction),
      target = stripEnds(row.target);
    if (prediction !== "" && target !== "") return [{ ...row, prediction, target }];
    dropped.push({
      id: row.id,
      task: row.task,
      why: prediction === "" ? "empty prediction" : "empty target",
    });
    return [];
  });
  return { rows: kept, dropped };
}
