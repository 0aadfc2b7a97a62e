import type { ExperimentConfig } from "../schema/experiment.ts";
import { didYouMean } from "../schema/nearest.ts";
import { type MetricName, metricNames, metricRow, predicts, taskIds } from "../schema/task.ts";
import type { ConfigProblem } from "./problems.ts";
import { lacksSplit } from "./sources.ts";

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

/** What a validation asks: of the tasks that it asks, the metrics that two texts are enough for; nothing without one. */
export function validatedTasks({
  tasks,
  validation,
}: Pick<ExperimentConfig, "tasks" | "validation">): ExperimentConfig["tasks"] {
  const asked = validation?.tasks ?? taskIds.filter((task) => predicts(task, "choice"));
  const cheap = taskIds
    .filter((task) => validation !== undefined && asked.includes(task))
    .map((task) => {
      const metrics = (tasks[task]?.metrics ?? []).filter((metric) => metricRow(metric).needs === "text");
      return [task, { metrics }] as const;
    });
  return Object.fromEntries(cheap.filter(([, { metrics }]) => metrics.length > 0));
}

/** Whether a number, as `measuredOf` names it, is better when it is higher; a loss is not. */
export function higherIsBetter(number: string): boolean {
  const [, name = ""] = number.split("/");
  const isOfTypes = /^type\../.test(name);
  const metric = metricNames.find((one) =>
    isOfTypes ? metricRow(one).statistics.some((each) => each === "types") : numbersOf(one).includes(name),
  );
  return metric !== undefined && metricRow(metric).direction === "higher is better";
}

/** What is wrong with a validation beside data, tasks and stages, before anything is read. */
export function validationProblems(config: ExperimentConfig): readonly ConfigProblem[] {
  const { validation, data, stages, tasks } = config;
  if (validation === undefined) return [];
  const { monitor } = validation;
  const asked = validatedTasks(config);
  const numbers = ["loss", ...measuredOf({ tasks: asked })];
  const problems: ConfigProblem[] = [];
  const add = (path: string, message: string): void => {
    problems.push({ path, message });
  };
  if (lacksSplit(data, "validation"))
    add("validation", "the data have no case in the split it is measured on: give it some, or leave it out");
  if (!stages.some(({ objectives }) => objectives.language !== undefined))
    add("validation", "no stage on volumes has the objective language, which its loss is of");
  for (const task of validation.tasks ?? [])
    if (tasks[task] === undefined) add("validation.tasks", `${task} is not scored by this recipe`);
  if (!measures({ tasks: asked }, monitor) && monitor !== "loss")
    add(
      "validation.monitor",
      `"${monitor}" is not measured${didYouMean(monitor, numbers)}; it is one of ${numbers.join(", ")}`,
    );
  return problems;
}
