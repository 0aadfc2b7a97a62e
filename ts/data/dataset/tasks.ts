import { predicts } from "../../schema/task.ts";
import type { DatasetCase } from "./case.ts";

/**
 * False where no item of a case can have the model say such a thing: then none has to be read to find out. Of a case whose
 * tasks are not known it is true.
 */
export function mayAsk(
  { tasks }: Pick<DatasetCase, "tasks">,
  prediction: Parameters<typeof predicts>[1],
): boolean {
  return tasks?.some((task) => predicts(task, prediction)) ?? true;
}
