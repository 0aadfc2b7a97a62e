/** The conductor: joins data, router, worker and track. */
export { dryRun } from "./dry-run.ts";
export type { DryRunDocument } from "./dry-run.ts";
export { predict, reportRequest } from "./predict.ts";
export type { PredictDocument, PredictedAnswer, PredictOptions } from "./predict.ts";
export { packageRoot, packageVersion } from "./package-root.ts";
export type { OnProgress, RunProgress } from "./progress.ts";
export { resumeRun, runExperiment } from "./run-experiment.ts";
export type { NewRunOptions, ResumeOptions, RunDocument, RunOptions } from "./run-experiment.ts";
export { run } from "./typed-run.ts";
export type { RunResult, RunSettings } from "./typed-run.ts";
