import type { TaskMetrics } from "../../schema/task.ts";
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
