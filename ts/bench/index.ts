/** The benchmarks: ours against a peer and a floor in the same run. */

export type { BenchRow, Ratios, Target } from "./rows.ts";
export { documentOf, lineOf, median, missedTargets, quantile, ratiosOf } from "./rows.ts";
export { runBenchmarks } from "./run.ts";
