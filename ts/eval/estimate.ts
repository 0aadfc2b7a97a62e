import { type Clusters, type Totals, totalsOf } from "./interval/clusters.ts";
import { corpusEstimate } from "./interval/corpus.ts";
import { macroEstimate, macroRule } from "./interval/macro.ts";
import { type Estimate, meanEstimate } from "./interval/mean.ts";
import type { CorpusNumber, MacroNumber, MeanNumber, ScoredNumber } from "./metrics/metric.ts";
import type { Warning } from "./rows/together.ts";

/** A number with its interval, how many items it is of, and what its reader should know. */
export interface Estimated extends Estimate {
  readonly n: number;
  readonly aggregation: "micro" | "macro-over-types" | "corpus";
  readonly warnings: readonly Warning[];
}

/** Fewer patients than this, and a number over a corpus carries a warning. */
const fewPatients = 20;

function meanOf(number: MeanNumber, clusters: Clusters): Estimated {
  const totals = totalsOf(number.values, clusters, number.members);
  const estimate = meanEstimate(totals, number.kind, number.bounds);
  const warnings =
    estimate.clusters > 1
      ? []
      : [
          {
            code: "ONE_PATIENT",
            message: `${number.metric} rests on one patient: its interval is the whole range`,
          },
        ];
  return { ...estimate, n: number.values.length, aggregation: "micro", warnings };
}

function macroOf(number: MacroNumber, clusters: Clusters): Estimated {
  const parts = number.parts.map((part) => {
    const totals = totalsOf(part.values, clusters, part.members);
    return { part, totals, estimate: meanEstimate(totals, part.kind, part.bounds) };
  });
  const { value, low, high } = macroEstimate(parts);
  const rare = parts.filter(({ estimate }) => estimate.clusters === 1).map(({ part }) => part.metric);
  return {
    value,
    low: Math.max(number.bounds.floor, low),
    high: Math.min(number.bounds.ceiling, high),
    clusters: clusters.names.length,
    designEffect: null,
    rule: macroRule,
    n: number.parts.reduce((sum, part) => sum + part.values.length, 0),
    aggregation: "macro-over-types",
    warnings:
      rare.length === 0
        ? []
        : [
            {
              code: "RARE_TYPE",
              message: `${number.metric} takes in ${rare.join(", ")}, which ${rare.length === 1 ? "rests" : "rest"} on one patient`,
            },
          ],
  };
}

/** Statistics of a number over a corpus, summed by cluster: clusters x size. */
export function clusterVectors(number: CorpusNumber, clusters: Clusters): readonly Float64Array[] {
  const rows = number.vectors.length / number.size;
  const byPart = Array.from({ length: number.size }, (_, part) =>
    totalsOf(
      Float64Array.from({ length: rows }, (_row, at) => number.vectors[at * number.size + part] ?? 0),
      clusters,
    ),
  );
  return clusters.names.map((_name, cluster) =>
    Float64Array.from(byPart, (totals: Totals) => totals.sums[cluster] ?? 0),
  );
}

/** The sum of vectors. */
export function addUp(vectors: readonly Float64Array[], size: number): Float64Array {
  const sums = new Float64Array(size);
  for (const vector of vectors)
    for (let part = 0; part < size; part += 1) sums[part] = (sums[part] ?? 0) + (vector[part] ?? 0);
  return sums;
}

/** A number over a corpus, and the same without each cluster. */
export function leftOut(
  number: CorpusNumber,
  clusters: Clusters,
): { readonly value: number; readonly without: Float64Array } {
  const vectors = clusterVectors(number, clusters),
    all = addUp(vectors, number.size);
  return {
    value: number.value(all),
    without:
      number.without?.(clusters) ??
      Float64Array.from(vectors, (vector) => number.value(all.map((sum, part) => sum - (vector[part] ?? 0)))),
  };
}

function corpusOf(number: CorpusNumber, clusters: Clusters): Estimated {
  const { value, without } = leftOut(number, clusters);
  return {
    ...corpusEstimate(value, without, number.bounds),
    n: number.vectors.length / number.size,
    aggregation: "corpus",
    warnings:
      clusters.names.length >= fewPatients
        ? []
        : [
            {
              code: "FEW_PATIENTS",
              message: `${number.metric} is no mean of items and rests on ${clusters.names.length} of at least ${fewPatients} patients: its interval may be too narrow`,
            },
          ],
  };
}

/** Any number with its 95% interval. */
export function estimated(number: ScoredNumber, clusters: Clusters): Estimated {
  if (number.shape === "mean") return meanOf(number, clusters);
  return number.shape === "macro" ? macroOf(number, clusters) : corpusOf(number, clusters);
}
