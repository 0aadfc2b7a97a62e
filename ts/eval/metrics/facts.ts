import { isMetricName, type MetricName, metricRow } from "../../schema/task.ts";
import type { Bounds } from "../interval/mean.ts";

/** Numbers of closed answers that are no metric of the table, and are better when lower. */
const lowerIsBetter: ReadonlySet<string> = new Set(["unparsed", "hedged", "contradicted"]);

/** The metric of the table that a scorecard's number is of, its type and its mode left out; undefined for a judge's. */
function metricOf(number: string): MetricName | undefined {
  const [name = number] = number.split(".type.");
  if (isMetricName(name)) return name;
  return /^(?:accuracy|type)\./.test(number) ? "accuracy" : undefined;
}

/** Which way a scorecard's number is better, in whatever answer mode it is. */
export function betterOf(number: string): "higher" | "lower" {
  const [name = number] = number.replace(/\.(?:generate|loglik-sum|loglik-token)$/, "").split(".type."),
    metric = metricOf(number);
  const isLower =
    metric === undefined ? lowerIsBetter.has(name) : metricRow(metric).direction === "lower is better";
  return isLower ? "lower" : "higher";
}

/** What a number can be: as its signature says it, or the metric's row; 0..1 where neither does. */
export function boundsOf(number: string, signature: string): Bounds {
  const told = /\|bounds:(-?[\d.e+-]+?)\.\.(-?[\d.e+-]+)(?:\||$)/.exec(signature);
  if (told !== null) return { floor: Number(told[1]), ceiling: Number(told[2]) };
  const metric = metricOf(number);
  return metric === undefined ? { floor: 0, ceiling: 1 } : metricRow(metric).bounds;
}

/** What a number is, in one sentence; undefined where the table has none. */
export function sentenceOf(number: string): string | undefined {
  const metric = metricOf(number);
  return metric === undefined ? undefined : metricRow(metric).sentence;
}
