import type { CommandSpec } from "../../words/command.ts";
import { schemaOf } from "../../words/schema.ts";
import { runsFlag } from "../../words/shared-flags.ts";

/** Name, flags and examples of `tomoe runs ls`; nothing of it is loaded before it is called. */
export const runsLsSpec: CommandSpec = {
  name: "runs ls",
  summary: "List the runs, oldest first, broken ones with the reason.",
  arguments: [],
  flags: [
    {
      name: "filter",
      kind: "text",
      argument: "EXPR",
      doc: "Only runs of which it holds: fields of the run, tag.NAME, configuration paths, TASK/METRIC.",
    },
    {
      name: "columns",
      kind: "text",
      argument: "C,...",
      doc: "What to show of each run, by the same names.",
    },
    runsFlag,
  ],
  examples: [
    "tomoe runs ls",
    'tomoe runs ls --filter "state=finished and closed-vqa/accuracy.micro>=0.5"',
    'tomoe runs ls --filter "tag.arm=wide or stages.shared.learningRate<1e-3" --columns seed,stages.shared.learningRate',
  ],
  load: async () => (await import("./run.ts")).runsLs,
  schema: async () => schemaOf("runs ls", (await import("./document.ts")).runsLsDocument),
};

/** Name, flags and examples of `tomoe runs show`; nothing of it is loaded before it is called. */
export const runsShowSpec: CommandSpec = {
  name: "runs show",
  summary: "Show one run: status, last metrics, checkpoints, scorecard, the command that resumes it.",
  arguments: [{ name: "RUN", isRequired: true, doc: "run id, the beginning of one, or latest" }],
  flags: [runsFlag],
  examples: ["tomoe runs show latest"],
  load: async () => (await import("./run.ts")).runsShow,
  schema: async () => schemaOf("runs show", (await import("./document.ts")).runsShowDocument),
};

const twoRuns = [
  { name: "A", isRequired: true, doc: "run id, the beginning of one, or latest" },
  { name: "B", isRequired: true, doc: "another one" },
];

/** Name, flags and examples of `tomoe runs compare`; nothing of it is loaded before it is called. */
export const runsCompareSpec: CommandSpec = {
  name: "runs compare",
  summary: "Metrics of runs beside each other with intervals, each run tested against the first.",
  arguments: [
    ...twoRuns,
    { name: "MORE", isRequired: false, isMany: true, doc: "others, each tested against A" },
  ],
  flags: [runsFlag],
  examples: ["tomoe runs compare k3f9 latest"],
  load: async () => (await import("./compare.ts")).runsCompare,
  schema: async () => schemaOf("runs compare", (await import("./document.ts")).runsCompareDocument),
};

/** Name, flags and examples of `tomoe runs diff`; nothing of it is loaded before it is called. */
export const runsDiffSpec: CommandSpec = {
  name: "runs diff",
  summary: "Two runs leaf by leaf: seed, configuration, data, code, environment.",
  arguments: twoRuns,
  flags: [runsFlag],
  examples: ["tomoe runs diff k3f9 latest"],
  load: async () => (await import("./diff.ts")).runsDiff,
  schema: async () => schemaOf("runs diff", (await import("./document.ts")).runsDiffDocument),
};
