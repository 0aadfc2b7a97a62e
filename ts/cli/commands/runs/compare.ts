import { readScored, type ScoredRun, testedRuns } from "../../../run/history/index.ts";
import type { ScorecardEntry } from "../../../schema/answers/scorecard.ts";
import { comparisonTable } from "../../screen/comparison-table.ts";
import { plainText } from "../../terminal.ts";
import { textTable } from "../../text-table.ts";
import { withTurns } from "../../turns.ts";
import type { Call, Outcome } from "../../words/command.ts";
import { existingRunsDir } from "../../words/run-flags.ts";
import { finiteOrText, manySeries } from "./values.ts";

/** One number of all runs; null where a run does not have it. */
interface Beside {
  readonly task: string;
  readonly metric: string;
  readonly values: readonly (object | null)[];
}

const cellOf = (runId: string, entry: ScorecardEntry): object => {
  const { value, ciLow, ciHigh, n, clusters } = entry;
  return { runId, value, ciLow, ciHigh, n, clusters };
};

/** Numbers of the scorecards, each beside those of the other runs, in the order they first stand. */
function metricsBeside(runs: readonly ScoredRun[]): readonly Beside[] {
  const names = new Map<string, ScorecardEntry>();
  for (const { entries } of runs)
    for (const entry of entries) {
      const name = `${entry.task}/${entry.metric}`;
      if (!names.has(name)) names.set(name, entry);
    }
  return [...names.values()].map(({ task, metric }) => ({
    task,
    metric,
    values: runs.map(({ folder, entries }) => {
      const entry = entries.find((one) => one.task === task && one.metric === metric);
      return entry === undefined ? null : cellOf(folder.runId, entry);
    }),
  }));
}

/** The last value of what was measured in training, beside those of the other runs. */
function trainingBeside(runs: readonly ScoredRun[]): readonly object[] {
  const names = new Map<string, { readonly stage: string; readonly name: string }>();
  for (const { description } of runs)
    for (const { stage, name } of description.metrics)
      if (!manySeries.test(name)) names.set(`${stage}\n${name}`, { stage, name });
  return [...names.values()].map(({ stage, name }) => ({
    stage,
    name,
    values: runs.map(({ folder, description }) => {
      const last = description.metrics.find((one) => one.stage === stage && one.name === name);
      return last === undefined
        ? null
        : { runId: folder.runId, step: last.step, value: finiteOrText(last.value) };
    }),
  }));
}

function besideTable(runs: readonly ScoredRun[], metrics: readonly Beside[]): string {
  const cell = (value: object | null): string => {
    if (value === null) return "-";
    const { value: number, ciLow, ciHigh } = value as ScorecardEntry;
    return `${number.toFixed(3)} [${ciLow.toFixed(3)}, ${ciHigh.toFixed(3)}]`;
  };
  return textTable(
    [
      { title: "TASK" },
      { title: "METRIC" },
      ...runs.map(({ folder }) => ({ title: folder.runId, align: "right" as const })),
    ],
    metrics.map(({ task, metric, values }) => [task, plainText(metric), ...values.map(cell)]),
  );
}

/** `tomoe runs compare`: metrics of runs beside each other, and each run tested against the first on the same items. */
export async function runsCompare({
  flags,
  arguments: references,
  signal,
  terminal,
}: Call): Promise<Outcome> {
  const runsDir = existingRunsDir(flags);
  const runs: ScoredRun[] = [];
  for (const reference of references) runs.push(await readScored(runsDir, reference, signal));
  const { entries, family, warnings } = await withTurns(testedRuns(runs), signal);
  const metrics = metricsBeside(runs);
  for (const { message } of warnings)
    terminal.line(terminal.paint("yellow", `warning: ${plainText(message)}`));
  const document = {
    ok: true as const,
    runs: runs.map(({ description: { summary } }) => summary),
    metrics,
    training: trainingBeside(runs),
    family: { ...family, alpha: 0.05, correction: "holm" },
    comparison: entries,
    warnings,
  };
  const parts = [
    metrics.length === 0 ? "none of these runs has a scorecard yet" : besideTable(runs, metrics),
    entries.length === 0 ? "" : comparisonTable(entries.filter(({ primary }) => primary)),
  ];
  return { document, text: parts.filter((part) => part !== "").join("\n\n") };
}
