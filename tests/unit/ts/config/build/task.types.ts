// Compiled, never run: each @ts-expect-error below is a promise that the mistake under it does not compile.
import { defineEval, defineTask } from "../../../../../ts/config/index.ts";

const closed = defineTask({ id: "closed-vqa", metrics: ["accuracy"] });
const open = defineTask({ id: "open-vqa", metrics: ["exact", "tokenF1"] });

export const whole = defineEval({
  run: "latest",
  tasks: [closed, open],
  evaluation: { maxFailed: 2 },
  gates: ["closed-vqa/accuracy.micro.ciLow>=0.5", "open-vqa/exact.over.blank>0"],
});

// @ts-expect-error there is no such task
export const noTask = defineTask({ id: "segmentation", metrics: ["accuracy"] });

// @ts-expect-error a report has no accuracy
export const noMetric = defineTask({ id: "report", metrics: ["accuracy"] });

// @ts-expect-error a task is judged by something
export const noMetrics = defineTask({ id: "report", metrics: [] });

// @ts-expect-error an evaluation has tasks
export const noTasks = defineEval({ run: "latest", tasks: [] });

export const foreignGate = defineEval({
  run: "latest",
  tasks: [closed],
  // @ts-expect-error reports are not scored here
  gates: ["report/rouge1>0.2"],
});

export const noGate = defineEval({
  run: "latest",
  tasks: [closed],
  // @ts-expect-error it is no comparison with a number
  gates: ["closed-vqa/accuracy.micro"],
});

export const unknownOption = defineEval({
  run: "latest",
  tasks: [closed],
  // @ts-expect-error there is no such option
  evaluation: { maxFail: 2 },
});
