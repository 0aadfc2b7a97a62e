import type { ExperimentConfig } from "../../schema/experiment.ts";
import { type MetricName, metricRow, taskIds } from "../../schema/task.ts";

/** The numbers of a metric that a scorecard has whatever the questions are. */
function numbersOf(metric: MetricName): readonly string[] {
  return metricRow(metric).statistics.some((one) => one === "micro")
    ? [`${metric}.micro`, `${metric}.macro`]
    : [metric];
}

/** What an experiment measures, as "task/metric"; numbers of single question types are not among them. */
export function measuredOf({ tasks }: Pick<ExperimentConfig, "tasks">): readonly string[] {
  return taskIds.flatMap((task) =>
    (tasks[task]?.metrics ?? []).flatMap((metric) => numbersOf(metric).map((number) => `${task}/${number}`)),
  );
}

/** Whether an experiment measures this: one of `measuredOf`, or one question type of a task that has types. */
export function measures(config: Pick<ExperimentConfig, "tasks">, metric: string): boolean {
  const measured = measuredOf(config);
  const [task = "", number = ""] = metric.split("/");
  const hasTypes = measured.some((one) => one.startsWith(`${task}/`) && one.endsWith(".micro"));
  return measured.includes(metric) || (hasTypes && /^type\../.test(number));
}
