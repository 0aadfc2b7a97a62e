import type { Experiment, ScorecardOf } from "../../config/index.ts";
import { defined } from "../../defined.ts";
import { isBeside } from "../../schema/answers/control.ts";
import type { ScoreCell, ScorecardEntry } from "../../schema/answers/scorecard.ts";
import { isMetricName, metricNames, metricRow } from "../../schema/task.ts";
import type { RunDocument } from "../evaluate/scorecard.ts";
import { runExperiment } from "../run-experiment.ts";
import { scriptHost } from "./host.ts";
import { progressLine } from "./progress-line.ts";
import type { RunSettings } from "./settings.ts";

/**
 * What a script gets back: the scorecard by task and metric, typed by the experiment's tasks, and every entry
 * of it as recorded.
 */
export interface RunResult<K> {
  readonly runId: string;
  readonly dir: string;
  readonly scorecard: ScorecardOf<K>;
  readonly entries: readonly ScorecardEntry[];
}

/** The metric that has a number for each question type. */
const typedMetric =
  metricNames.find((name) => metricRow(name).statistics.some((one) => one === "types")) ?? "";

/**
 * Arranges entries by task and metric: `accuracy.micro`, `accuracy.types.plane`, `rouge1`; those of controls and of
 * 2D stand among the entries alone.
 */
export function arrangeScorecard(
  entries: readonly ScorecardEntry[],
): Record<string, Record<string, unknown>> {
  const tasks: Record<string, Record<string, unknown>> = {};
  for (const { task, metric, value, ciLow, ciHigh, n, clusters, chance, signature } of entries) {
    if (isBeside(metric)) continue;
    const cell: ScoreCell = { value, ciLow, ciHigh, n, clusters, chance, signature };
    const mine = tasks[task] ?? {};
    tasks[task] = mine;
    const [head = "", tail] = metric.split(".");
    // One type of another metric than the typed one stands among the entries alone.
    if (metric.includes(".type.")) continue;
    if (tail === undefined || isMetricName(metric)) {
      mine[metric] = cell;
      continue;
    }
    const name = head === "type" ? typedMetric : head;
    const cells = { types: {}, ...(mine[name] as { readonly types?: object } | undefined) };
    mine[name] =
      head === "type" ? { ...cells, types: { ...cells.types, [tail]: cell } } : { ...cells, [tail]: cell };
  }
  return tasks;
}

/** What `run` gives for the document of a finished run. */
export function resultOf<K>({ runId, dir, scorecard }: RunDocument): RunResult<K> {
  return { runId, dir, scorecard: arrangeScorecard(scorecard) as ScorecardOf<K>, entries: scorecard };
}

/**
 * Runs an experiment from its first step to its scorecard; the function behind `tomoe run`. It may be called as
 * often as a script likes. In a script that `tomoe run` was given, the flags of the command line hold for every
 * run of it.
 *
 * @throws TomoeError as `tomoe run` ends with: `CONFIG_*`, `DATA_*`, `WORKER_*`, `TRAIN_DIVERGED`,
 * `CANCELLED` when `signal` stopped it (resumable).
 */
export async function run<K>(experiment: Experiment<K>, settings: RunSettings = {}): Promise<RunResult<K>> {
  const host = scriptHost();
  if (host !== undefined) return resultOf(await host.run(experiment, settings));
  const watch = settings.onProgress === undefined ? progressLine(process.stderr) : undefined;
  try {
    return resultOf(
      await runExperiment({
        experiment,
        set: settings.set ?? [],
        runsDir: settings.runsDir ?? "runs",
        device: settings.device ?? "auto",
        ...defined({
          seed: settings.seed,
          tags: settings.tags,
          workers: settings.workers,
          cache: settings.cache,
        }),
        signal: settings.signal ?? new AbortController().signal,
        onProgress: settings.onProgress ?? watch?.onProgress ?? (() => undefined),
      }),
    );
  } finally {
    watch?.end();
  }
}
