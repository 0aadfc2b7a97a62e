import { componentNames, objectivePattern, partPattern } from "../stage.ts";
import { count, countOrNone, notNegative, positive } from "./ranges.ts";
import type { Rows } from "./row.ts";

/** How gradients become steps. */
const optimizerOptions = {
  kind: {
    kind: "choice",
    of: ["adamw"],
    default: "adamw",
    travels: "stage.optimizer.kind",
    says: "The rule: AdamW, with decoupled weight decay.",
  },
  betas: {
    kind: "list",
    of: {
      kind: "number",
      min: 0,
      below: 1,
      travels: "stage.optimizer.betas[]",
      says: "Decay rate of a moment.",
    },
    lengths: [2],
    default: [0.9, 0.98],
    says: "Decay rates of the two moments of the gradient.",
  },
  epsilon: {
    ...positive,
    default: 1e-8,
    travels: "stage.optimizer.epsilon",
    says: "Added to the root of the second moment.",
  },
  schedule: {
    kind: "choice",
    of: ["cosine", "linear", "constant", "stable-decay"],
    default: "cosine",
    travels: "stage.optimizer.schedule",
    says: "The rate after the warm-up: a cosine or a line that would reach zero one step after the last, the full rate, or that with a line to zero in the last tenth.",
  },
  decays: {
    kind: "choice",
    of: ["matrices"],
    default: "matrices",
    travels: "stage.optimizer.decays",
    says: "What weight decay shrinks: tensors of at least two axes longer than 1, so no bias, norm or separator.",
  },
} as const satisfies Rows;

/** How training volumes are changed. */
const augmentOptions = {
  flip: {
    kind: "number",
    min: 0,
    max: 1,
    default: 0,
    says: "Share of the volumes that are mirrored, with left and right exchanged in every text about them; those whose texts are not sure to come out true never are.",
  },
  rotateDegrees: {
    kind: "number",
    min: 0,
    max: 45,
    default: 0,
    says: "Largest turn of the slices, either way; what comes in at the border repeats it.",
    unit: "degrees",
  },
  gain: {
    kind: "number",
    min: 0,
    below: 1,
    default: 0,
    says: "Largest change of contrast, either way: 0.1 multiplies HU by 0.9 to 1.1.",
  },
  shiftHu: {
    kind: "number",
    min: 0,
    max: 500,
    default: 0,
    says: "Largest shift of all values, either way.",
    unit: "HU",
  },
} as const satisfies Rows;

/** One training phase. */
export const stageOptions = {
  name: {
    kind: "text",
    pattern: { fits: /^[a-z][a-z0-9-]*$/, says: "a stage name is lower case with dashes" },
    says: "The phase's name; the one called `specific` routes hard by task.",
  },
  data: {
    kind: "choice",
    of: ["slices", "volumes"],
    says: "What it trains on: single slices before the lift, whole volumes after it.",
  },
  trains: {
    kind: "list",
    of: { kind: "choice", of: componentNames, or: partPattern, says: "A component or part." },
    atLeast: 1,
    says: "The components or parts that move; all others are frozen.",
  },
  steps: { ...count, travels: "stage.steps", says: "Optimizer steps.", unit: "steps" },
  learningRate: {
    kind: "either",
    says: "The highest learning rate: one for all it trains, or one for each name.",
    of: [
      { ...positive, travels: "stage.trains[].learningRate", says: "One rate for all." },
      {
        kind: "map",
        keys: componentNames,
        or: partPattern,
        of: { ...positive, says: "The rate of what the name holds." },
        says: "A rate by name.",
      },
    ],
  },
  volumesPerStep: {
    ...count,
    default: 16,
    says: "Volumes (or slices) of the global batch.",
    unit: "volumes a step",
  },
  microBatch: {
    ...countOrNone,
    default: 0,
    notAbove: "volumesPerStep",
    travels: "stage.microBatch",
    says: "Volumes of a rank that pass at once; 0: all of them. Less memory, and the gradient is that of the whole step.",
    unit: "volumes",
  },
  augment: {
    kind: "group",
    default: {},
    says: "How training volumes are changed, each time anew and by the seed alone; evaluation sees them as they are.",
    options: augmentOptions,
  },
  itemsPerVolume: {
    ...count,
    absent: "all of them",
    says: "Items drawn per volume and step.",
    unit: "items",
  },
  objectives: {
    kind: "map",
    keys: {
      fits: objectivePattern,
      says: 'an objective is "language", "patches", "words", "facts" or "facts:NAME"',
    },
    of: { ...positive, travels: "stage.objectives[].weight", says: "The objective's weight." },
    default: { language: 1 },
    says: 'Weight of each objective: "language", "patches", "words", "facts", or "facts:NAME" for one fact alone.',
  },
  reportTokenWeight: {
    ...positive,
    default: 0.3,
    says: "Weight of a report's target tokens; those of answers weigh 1.",
  },
  warmupFraction: {
    kind: "number",
    min: 0,
    below: 1,
    default: 0.05,
    travels: "stage.warmupFraction",
    says: "Share of the steps over which the rate rises from 0.",
  },
  weightDecay: {
    ...notNegative,
    default: 0,
    travels: "stage.weightDecay",
    says: "Decoupled weight decay of what `optimizer.decays` names.",
    unit: "per step, times the learning rate",
  },
  clipNorm: {
    ...positive,
    default: 1,
    travels: "stage.clipNorm",
    says: "Longest gradient, in the L2 norm over all that trains; a longer one is scaled down.",
  },
  routing: {
    kind: "choice",
    of: ["shared", "per-task"],
    follows: { option: "name", values: { specific: "per-task" }, otherwise: "shared" },
    travels: "stage.routing",
    says: "Experts in force: one shared group, or one group a task.",
  },
  optimizer: {
    kind: "group",
    default: {},
    says: "How gradients become steps.",
    options: optimizerOptions,
  },
  tooLong: {
    kind: "choice",
    of: ["refuse", "cut-report"],
    default: "refuse",
    travels: "stage.tooLong",
    says: "A trained text longer than the model's positions: named before the first step and refused, or, of a report, cut at its end, named and recorded. No image token and no question is ever cut.",
  },
  taskCosineEvery: {
    ...countOrNone,
    default: 0,
    travels: "stage.taskCosineEvery",
    says: "Steps between two looks at how the tasks' gradients agree, block by block, recorded as cosines; 0: never. A look costs about a step, and changes none.",
    unit: "steps",
  },
  sharePrefix: {
    kind: "flag",
    default: false,
    travels: "stage.sharePrefix",
    says: "Items of a volume whose image tokens are equal pass behind them once in the language model, none of which sees another: the same gradient but for rounding, in less time and memory where the image has more tokens than a text. Which are equal follows from routing and `router.textGuidance`. Adapters drop the same of the image for all of them.",
  },
  checkpointEvery: { ...count, default: 100, says: "Steps between two checkpoints.", unit: "steps" },
} as const satisfies Rows;
