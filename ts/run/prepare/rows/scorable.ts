import { validatedTasks } from "../../../config/index.ts";
import type { DatasetCase } from "../../../data/dataset/index.ts";
import { isTomoeError, TomoeError } from "../../../errors.ts";
import { checkRows } from "../../../eval/index.ts";
import type { ExperimentConfig } from "../../../schema/experiment.ts";
import { isTaskId, type TaskId } from "../../../schema/task.ts";

/** A split that is to be scored. */
export interface ToScore {
  /** What the data set is called in errors. */
  readonly name: string;
  readonly split: string;
  readonly cases: readonly Pick<DatasetCase, "row" | "items">[];
  /** The tasks that are scored. */
  readonly tasks: readonly TaskId[];
}

/**
 * Looks whether answers to a split could be scored, before anything is read or trained: each task has items, and the
 * items fit together as rows of predictions must. What is wrong would else show behind the last step. A split without
 * cases is told of by those who count them.
 *
 * @throws TomoeError `DATA_EMPTY` naming the tasks that nothing is asked of, and what the split has; `DATA_MANIFEST`
 * with every problem of the items, as `checkRows` words them.
 */
export function requireScorable({ name, split, cases, tasks }: ToScore): void {
  if (cases.length === 0) return;
  const items = cases.flatMap(({ row, items: asked }) =>
    asked.filter(({ task }) => tasks.includes(task)).map((item) => ({ item, subject: row.subject })),
  );
  const counts = new Map(tasks.map((task) => [task, items.filter(({ item }) => item.task === task).length]));
  const bare = tasks.filter((task) => counts.get(task) === 0);
  if (bare.length > 0) {
    const others = [...counts].filter(([, count]) => count > 0).map(([task, count]) => `${count} of ${task}`);
    throw new TomoeError("DATA_EMPTY", `${name} asks nothing of ${bare.join(", ")} in "${split}"`, {
      hint: `Leave ${bare.length === 1 ? "that task" : "these tasks"} out, evaluate a split that has such items (evaluation.split), or give this one some; it has ${others.length === 0 ? "items of none of the tasks" : others.join(", ")}.`,
      details: { split, tasks: bare, items: Object.fromEntries(counts) },
    });
  }
  const rows = items.map(({ item, subject }) => {
    const { id, case: of, task, type, question, choices, target } = item;
    const row = { id, case: of, subject, task, type, question, choices, target, prediction: target };
    return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== undefined));
  });
  try {
    checkRows(rows, (at) => `item "${items[at]?.item.id}"`);
  } catch (error) {
    if (!isTomoeError(error) || error.code !== "DATA_PREDICTIONS") throw error;
    throw new TomoeError(
      "DATA_MANIFEST",
      `answers to the items of ${name} in "${split}" could not be scored: ${error.what}`,
      {
        hint: "Mend these items: nothing is scored until the rows of all of them are right.",
        details: { split, ...error.details },
        cause: error,
      },
    );
  }
}

const tasksIn = (tasks: ExperimentConfig["tasks"]): readonly TaskId[] => Object.keys(tasks).filter(isTaskId);

/** The same of all that a recipe scores: its held-out split, and what it looks at while it trains. */
export function requireScored(
  { name, cases }: Pick<ToScore, "name" | "cases">,
  { evaluation, validation, tasks }: ExperimentConfig,
): void {
  const of = (split: string): ToScore["cases"] => cases.filter(({ row }) => row.split === split);
  const { split } = evaluation;
  requireScorable({ name, split, cases: of(split), tasks: tasksIn(tasks) });
  if (validation === undefined) return;
  const looked = of("validation");
  requireScorable({
    name,
    split: "validation",
    cases: looked.slice(0, validation.volumes === 0 ? looked.length : validation.volumes),
    tasks: tasksIn(validatedTasks({ tasks, validation })),
  });
}
