import { controlNames } from "../answers/control.ts";
import { blockWays, precisions } from "../model.ts";
import { metricsOf, type TaskId, taskIds, taskRow } from "../task.ts";
import { count, countOrNone, notNegative, positive, seed, wholeLimit } from "./ranges.ts";
import type { Rows } from "./row.ts";

const judgedBy = <T extends TaskId>(task: T) =>
  ({
    kind: "group",
    absent: "not scored",
    says: taskRow(task).sentence,
    options: {
      metrics: {
        kind: "list",
        of: { kind: "choice", of: metricsOf(task), says: "A metric." },
        atLeast: 1,
        says: "Metrics that judge it.",
      },
    },
  }) as const;

/** The tasks that are scored, each with its metrics; a task is a row of `tables/tasks`. */
export const tasksOptions = Object.fromEntries(taskIds.map((task) => [task, judgedBy(task)])) as unknown as {
  readonly [T in TaskId]: ReturnType<typeof judgedBy<T>>;
};

export const bootstrapOptions = {
  resamples: {
    kind: "whole",
    min: 100,
    max: wholeLimit,
    default: 2000,
    says: "Read from recipes that name it, and of no effect: intervals have a closed form and draw nothing.",
    unit: "resamples",
  },
  seed: { ...seed, default: 0, says: "Of no effect, as the resamples." },
} as const satisfies Rows;

/** What shares a call and a pass of the worker, which can change the last bits of an answer. */
const batchingOptions = {
  volumes: { ...count, default: 16, says: "Volumes asked about in one call.", unit: "volumes" },
  sequences: {
    ...count,
    default: 256,
    travels: "batching.sequences",
    says: "Most sequences of a pass.",
    unit: "sequences",
  },
  cacheBytes: {
    kind: "whole",
    min: 1,
    max: 9_007_199_254_740_991,
    default: 1_073_741_824,
    travels: "batching.cacheBytes",
    says: "Most that the cached keys and values of a pass take.",
    unit: "bytes",
  },
} as const satisfies Rows;

export const evaluationOptions = {
  split: {
    kind: "choice",
    of: ["validation", "test"],
    default: "test",
    says: "The held-out split that is answered and scored.",
  },
  maxNewTokens: { ...count, default: 80, says: "Longest answer or report; the rest is cut.", unit: "tokens" },
  generate: {
    kind: "choice",
    of: ["greedy"],
    default: "greedy",
    says: "How text is made: the likeliest token each time.",
  },
  answer: {
    kind: "choice",
    of: ["loglik-sum"],
    default: "loglik-sum",
    says: "How options are compared: log-probabilities of their tokens and the end token, summed.",
  },
  batching: {
    kind: "group",
    default: {},
    says: "What shares a call and a pass of the worker: it can change the last bits of an answer.",
    options: batchingOptions,
  },
  reportRequest: {
    kind: "text",
    default: "Write a radiology report of this CT scan.",
    says: "The words that ask for a report when the user gives none.",
  },
  controls: {
    kind: "list",
    of: { kind: "choice", of: controlNames, says: "A control." },
    default: [],
    says: "Questions with options asked once more of held-out volumes that are all air, or whose slices stand in a random order.",
  },
  maxFailed: {
    ...countOrNone,
    default: 0,
    says: "Items that `tomoe eval` may fail to answer; they are scored as empty answers, and one more ends it with 65.",
    unit: "items",
  },
  bootstrap: {
    kind: "group",
    default: {},
    says: "Of no effect since intervals have a closed form.",
    options: bootstrapOptions,
  },
} as const satisfies Rows;

/** How a run is carried out; nothing here but the precision is meant to change a result. */
export const executionOptions = {
  precision: {
    kind: "either",
    default: "strict",
    says: "`strict`: float32, repeatable bit for bit; `fast`: products in bfloat16, gates, logits and losses in float32; `auto`: `fast` where the device multiplies bfloat16, else `strict`: the device is asked before the run begins, and what it becomes is what is recorded.",
    of: [
      { kind: "choice", of: precisions, travels: "model.precision", says: "One of the two." },
      { kind: "constant", value: "auto", says: "What the device allows." },
    ],
  },
  recompute: {
    kind: "choice",
    of: blockWays,
    default: "none",
    travels: "model.recompute",
    says: "`blocks`: of each block of the tower and layer of the decoder the input alone is kept for the backward pass, and the rest computed again, to the same bits: less memory, a third more time.",
  },
  compile: {
    kind: "choice",
    of: blockWays,
    default: "none",
    travels: "model.compile",
    says: "`blocks`: blocks of the tower and layers of the decoder are compiled when they first run, a minute or more each kind; needs `fast` and a compiler.",
  },
  threads: {
    ...count,
    default: 1,
    says: "Intra-op threads of the worker; part of what must match for bit-equal numbers.",
    unit: "threads",
  },
  ranks: { ...count, default: 1, says: "Worker processes that share each global batch.", unit: "workers" },
  maxRestarts: {
    ...countOrNone,
    default: 3,
    says: "Times a dead worker is replaced before the run gives up.",
    unit: "restarts",
  },
  stepDeadlineSeconds: {
    ...positive,
    default: 120,
    says: "Time a step may take before the worker counts as hung.",
    unit: "seconds",
  },
  diskWaitSeconds: {
    ...notNegative,
    default: 300,
    says: "Time a write waits for a full disk to be freed before the run stops, to be resumed.",
    unit: "seconds",
  },
} as const satisfies Rows;
