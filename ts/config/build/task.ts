import { TomoeError } from "../../errors.ts";
import type { EvaluationOptions } from "../../gen/options.ts";
import type { TaskId, TaskMetrics } from "../../schema/task.ts";
import type { TaskOf } from "./parts.ts";

/** Report generation. */
export function reportTask<const M extends TaskMetrics["report"]>(options: {
  /** Metrics that judge the reports. */
  readonly metrics: readonly M[];
}): TaskOf<"report", M> {
  return { task: "report", metrics: options.metrics };
}

type Vqa<Closed extends boolean> = Closed extends true ? "closed-vqa" : "open-vqa";

/** Visual question answering: `closed` over the options given, or open. */
export function vqaTask<
  const Closed extends boolean,
  const M extends TaskMetrics[Vqa<NoInfer<Closed>>],
>(options: {
  /** Whether a question comes with the options of its answer. */
  readonly closed: Closed;
  /** Metrics that judge the answers. */
  readonly metrics: readonly M[];
}): TaskOf<Vqa<Closed>, M> {
  const task = options.closed ? "closed-vqa" : "open-vqa";
  return { task: task as Vqa<Closed>, metrics: options.metrics };
}

/**
 * A task of an evaluation with the metrics that judge it; the first one is what verdicts are given of.
 */
export function defineTask<const T extends TaskId, const M extends TaskMetrics[NoInfer<T>]>(options: {
  /** "report", "closed-vqa" or "open-vqa". */
  readonly id: T;
  /** Metrics that judge it. */
  readonly metrics: readonly [M, ...M[]];
}): TaskOf<T, M> {
  return { task: options.id, metrics: options.metrics };
}

/** A limit on a number of a task, as "closed-vqa/accuracy.micro.ciLow>=0.5". */
export type GateText<T extends string> = `${T}/${string}${"<" | "<=" | ">" | ">="}${number}`;

/** How a finished run is asked and scored. */
export interface Evaluation {
  readonly kind: "evaluation";
  readonly run: string;
  /** Metrics by task. */
  readonly tasks: { readonly [task in TaskId]?: { readonly metrics: readonly string[] } };
  /** In place of what the run's own recipe says. */
  readonly evaluation: EvaluationOptions;
  readonly data?: string;
  readonly checkpoint?: string;
  readonly gates: readonly string[];
}

/** The parts of an evaluation. */
export interface EvalOptionsOf<T extends TaskId> {
  /** A run's id, the beginning of one, the four letters at its end, or "latest". */
  readonly run: string;
  /** What is scored: `defineTask(...)`, each task once. */
  readonly tasks: readonly [TaskOf<T, string>, ...TaskOf<T, string>[]];
  /** How items are answered, where it is not as in the run. */
  readonly evaluation?: EvaluationOptions;
  /** Folder of a data set in place of the run's own data, from the folder of the file. */
  readonly data?: string;
  /** An older checkpoint; the newest when absent. */
  readonly checkpoint?: string;
  /** Limits on numbers of these tasks; the evaluation ends with exit code 1 where one does not hold. */
  readonly gates?: readonly GateText<NoInfer<T>>[];
}

/**
 * One typed evaluation of a finished run, for `tomoe eval FILE.ts`. A metric that a task cannot have, or a gate on a task
 * that is not scored, does not compile.
 *
 * @throws TomoeError `CONFIG_INVALID` for a task that stands twice.
 */
export function defineEval<const T extends TaskId>(options: EvalOptionsOf<T>): Evaluation {
  const { run, tasks, evaluation = {}, data, checkpoint, gates = [] } = options;
  const names = tasks.map(({ task }) => task);
  const twice = names.find((name, at) => names.indexOf(name) < at);
  if (twice !== undefined)
    throw new TomoeError("CONFIG_INVALID", `defineEval: the task ${twice} stands twice`, {
      hint: "Name all metrics of a task in one defineTask.",
      details: { task: twice },
    });
  return {
    kind: "evaluation",
    run,
    tasks: Object.fromEntries(tasks.map(({ task, metrics }) => [task, { metrics }])),
    evaluation,
    gates,
    ...(data === undefined ? {} : { data }),
    ...(checkpoint === undefined ? {} : { checkpoint }),
  };
}
