import { dataOption } from "./data.ts";
import { evaluationOptions, executionOptions, tasksOptions } from "./evaluation.ts";
import { modelOptions } from "./model.ts";
import { seed } from "./ranges.ts";
import { routerOptions } from "./router.ts";
import type { Rows } from "./row.ts";
import { stageOptions } from "./stage.ts";
import { validationOptions } from "./validation.ts";

/**
 * The table of options: every option of an experiment with range, default, sentence and unit, said here and
 * nowhere else. The schema, the builders' types, the sentences an editor shows, REFERENCE.md and the ranges
 * that the worker checks are made of it.
 */
export const experimentOptions = {
  name: {
    kind: "text",
    pattern: {
      fits: /^[a-z0-9][a-z0-9-]*$/,
      says: "a name is lower case with dashes: it becomes part of the run id",
    },
    says: "The experiment's name, part of the run id.",
  },
  seed: {
    ...seed,
    default: 0,
    says: "Seed of weights, order and sampling; phase i of the run, from 0, draws from seed * 1000 + i.",
  },
  data: dataOption,
  model: { kind: "group", says: "The lifted model: `liftTo3d(...)`.", options: modelOptions },
  router: { kind: "group", says: "The experts and who steers them: `tghMoe(...)`.", options: routerOptions },
  stages: {
    kind: "list",
    of: { kind: "group", says: "A phase.", options: stageOptions },
    atLeast: 1,
    says: "Training phases in the order they run: `stage(...)`.",
  },
  tasks: { kind: "group", says: "What is scored, and by which metrics.", options: tasksOptions },
  evaluation: {
    kind: "group",
    default: {},
    says: "How held-out items are answered and scored.",
    options: evaluationOptions,
  },
  validation: {
    kind: "group",
    absent: "nothing is measured while it trains",
    says: "What of the validation split is measured while a stage on volumes trains, and what follows from it.",
    options: validationOptions,
  },
  execution: {
    kind: "group",
    default: {},
    says: "How the run is carried out.",
    options: executionOptions,
  },
} as const satisfies Rows;
