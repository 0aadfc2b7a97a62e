import { taskIds } from "../task.ts";
import { count, countOrNone } from "./ranges.ts";
import type { Rows } from "./row.ts";

/** What is measured of the validation split while a stage on volumes trains; no number of the training depends on it. */
export const validationOptions = {
  every: {
    ...count,
    says: "Steps of a stage from one validation to the next; one stands behind its last step, too.",
    unit: "steps",
  },
  tasks: {
    kind: "list",
    of: { kind: "choice", of: taskIds, says: "A task." },
    absent: "scored tasks whose questions have options",
    says: "Scored tasks that are asked, besides the loss of all items: of their metrics those that need two texts alone. A task that is answered in words costs its words.",
  },
  volumes: {
    ...countOrNone,
    default: 0,
    says: "Volumes of the validation split that are looked at, the first of them; 0: all of them.",
    unit: "volumes",
  },
  monitor: {
    kind: "text",
    default: "loss",
    says: 'The number that the best checkpoint is of: "loss", or one of an asked task as "closed-vqa/accuracy.micro".',
  },
  patience: {
    ...countOrNone,
    default: 0,
    says: "Validations of a stage without a better number after which it ends early; 0: it never does.",
    unit: "validations",
  },
} as const satisfies Rows;
