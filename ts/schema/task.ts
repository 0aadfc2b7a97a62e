/**
 * Benchmark tasks: the same three ids in the recipe, on the wire, in a run folder and on the command line.
 */
export const taskIds = ["report", "closed-vqa", "open-vqa"] as const;

export type TaskId = (typeof taskIds)[number];

/** The five M3D question types. */
export const questionTypes = ["plane", "phase", "organ", "abnormality", "location"] as const;

export type QuestionType = (typeof questionTypes)[number];

/** True when `value` is one of the three task ids. */
export function isTaskId(value: string): value is TaskId {
  return (taskIds as readonly string[]).includes(value);
}
