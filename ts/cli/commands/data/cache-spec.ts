import type { CommandSpec } from "../../words/command.ts";
import { schemaOf } from "../../words/schema.ts";
import { runsFlag } from "../../words/shared-flags.ts";
import { dataArgument, jobsFlag, sourceFlags } from "./spec.ts";

/** Name, flags and examples of `tomoe data build`; nothing of it is loaded before it is called. */
export const dataBuildSpec: CommandSpec = {
  name: "data build",
  summary:
    "Prepare the volumes of a recipe or data set ahead of runs, into the cache of the project; resumable.",
  arguments: [{ ...dataArgument, name: "SOURCE|RECIPE.ts", doc: `a recipe; or a ${dataArgument.doc}` }],
  flags: [
    {
      name: "set",
      kind: "text",
      argument: "path=value",
      isMany: true,
      doc: "Change one value of the recipe, e.g. data.sizeDHW=[32,256,256].",
    },
    ...sourceFlags,
    { name: "size", kind: "numbers", count: 3, argument: "D,H,W", doc: "As data.sizeDHW of a recipe." },
    { name: "window", kind: "numbers", count: 2, argument: "low,high", doc: "As data.windowHu of a recipe." },
    {
      name: "spacing",
      kind: "numbers",
      count: 3,
      argument: "d,h,w",
      doc: "As data.spacingMmDHW of a recipe.",
    },
    { name: "crop", kind: "choice", choices: ["foreground"], doc: "As data.crop of a recipe." },
    { name: "fit", kind: "choice", choices: ["stretch", "pad"], doc: "As data.fit of a recipe." },
    { name: "sampling", kind: "choice", choices: ["area", "linear"], doc: "As data.sampling of a recipe." },
    { name: "stack", kind: "choice", choices: ["acquired", "axial"], doc: "As data.stack of a recipe." },
    jobsFlag,
  ],
  examples: [
    "tomoe data build chest-ct.ts",
    "tomoe data build CT-RATE --layout ct-rate --size 32,256,256 --window -1000,1000 --jobs 8",
  ],
  load: async () => (await import("./build.ts")).dataBuild,
  schema: async () => schemaOf("data build", (await import("./document.ts")).dataBuildDocument),
};

/** Name, flags and examples of `tomoe data gc`; nothing of it is loaded before it is called. */
export const dataGcSpec: CommandSpec = {
  name: "data gc",
  summary: "Remove prepared volumes that no run, evaluation or build needs; runs make them anew.",
  arguments: [],
  flags: [
    { name: "dry-run", kind: "switch", doc: "Say what would be removed, and remove nothing." },
    {
      name: "older-than",
      kind: "integer",
      argument: "DAYS",
      doc: "Remove also what nobody used for so many days, whoever needs it.",
    },
    {
      name: "most-gb",
      kind: "integer",
      argument: "N",
      doc: "Remove also, used longest ago first, until N GB (10^9 bytes) are left.",
    },
    runsFlag,
    {
      name: "evals",
      kind: "text",
      argument: "DIR",
      doc: "Folder of the evaluations that need rows; ./evals when absent.",
    },
  ],
  examples: ["tomoe data gc --dry-run", "tomoe data gc --older-than 30 --most-gb 500"],
  load: async () => (await import("./gc.ts")).dataGc,
  schema: async () => schemaOf("data gc", (await import("./document.ts")).dataGcDocument),
};
