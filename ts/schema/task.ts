import { bug } from "../errors.ts";
import { type MetricRow, metricTable } from "./tables/metrics.ts";
import { type Prediction, type TaskRow, taskTable } from "./tables/tasks.ts";

type TaskTable = typeof taskTable;
type MetricTable = typeof metricTable;

/** A benchmark task: a key of `taskTable`. */
export type TaskId = keyof TaskTable;

/** The tasks, in the order of their table. */
export const taskIds = Object.keys(taskTable) as readonly TaskId[];

/** A metric's name: a key of `metricTable`. */
export type MetricName = keyof MetricTable;

/** The metrics, in the order of their table. */
export const metricNames = Object.keys(metricTable) as readonly MetricName[];

/** What a run has none of: its rows bring no label vectors, and it takes no other model's weights. */
type Elsewhere = MetricNeeding<"labels" | "weights">;

/** The metrics that a recipe can ask for of each task. */
export type TaskMetrics = {
  readonly [T in TaskId]: {
    [M in Exclude<MetricName, Elsewhere>]: TaskTable[T]["predicts"] extends MetricTable[M]["judges"][number]
      ? M
      : never;
  }[Exclude<MetricName, Elsewhere>];
};

/** The metrics that a recipe can ask for of a task. */
export type MetricOf<T extends TaskId> = TaskMetrics[T];

/** The metrics that need no more, and no less, than this. */
export type MetricNeeding<N extends MetricRow["needs"]> = {
  [M in MetricName]: MetricTable[M]["needs"] extends N ? M : never;
}[MetricName];

/** The metrics whose numbers are those of `S`. */
export type MetricWith<S extends MetricRow["statistics"]> = {
  [M in MetricName]: MetricTable[M]["statistics"] extends S ? M : never;
}[MetricName];

/** The row of a task. */
export function taskRow(task: TaskId): TaskRow {
  return taskTable[task];
}

/** The row of a metric. */
export function metricRow(metric: MetricName): MetricRow {
  return metricTable[metric];
}

/** True when `value` is the id of a task. */
export function isTaskId(value: string): value is TaskId {
  return Object.hasOwn(taskTable, value);
}

/** True when `value` is the name of a metric. */
export function isMetricName(value: string): value is MetricName {
  return Object.hasOwn(metricTable, value);
}

/** True when the task has the model say this. */
export function predicts(task: TaskId, prediction: Prediction): boolean {
  return taskRow(task).predicts === prediction;
}

/** The first task that has the model say this: of a row that names none. */
export function taskThat(prediction: Prediction): TaskId {
  const found = taskIds.find((task) => predicts(task, prediction));
  if (found === undefined) throw bug(`no task has the model say a ${prediction}`);
  return found;
}

/** The metrics that a recipe can ask for of a task, in the order of their table. */
export function metricsOf<T extends TaskId>(task: T): readonly MetricOf<T>[] {
  return everyMetricOf(task).filter(
    (name): name is MetricOf<T> => !["labels", "weights"].includes(metricRow(name).needs),
  );
}

/** Every metric that judges a task, also those of what rows bring beside the texts, and of given weights. */
export function everyMetricOf(task: TaskId): readonly MetricName[] {
  const { predicts: prediction } = taskRow(task);
  return metricNames.filter((name) => metricRow(name).judges.includes(prediction));
}

/** The five M3D question types. */
export const questionTypes = ["plane", "phase", "organ", "abnormality", "location"] as const;

export type QuestionType = (typeof questionTypes)[number];
