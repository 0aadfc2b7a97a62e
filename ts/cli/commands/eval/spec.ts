import type { CommandSpec } from "../../words/command.ts";
import { schemaOf } from "../../words/schema.ts";
import { deviceFlag, noCacheFlag, runsFlag } from "../../words/shared-flags.ts";
import { gateFlag } from "../score/spec.ts";

/** Name, flags and examples of `tomoe eval`; nothing of it is loaded before it is called. */
export const evalSpec: CommandSpec = {
  name: "eval",
  summary: "Evaluate a run: generate, extract, score, aggregate, compare; only what is missing is done.",
  arguments: [
    {
      name: "RECIPE.ts|RUN|latest",
      isRequired: false,
      doc: "a run; a file with defineEval; or a recipe: its newest finished run, asked as the recipe now says",
    },
  ],
  flags: [
    {
      name: "resume",
      kind: "text",
      argument: "EVAL",
      doc: "Go on with this evaluation, in place of a run.",
    },
    {
      name: "data",
      kind: "text",
      argument: "SOURCE",
      doc: "Folder of a data set to evaluate on, in place of the run's own.",
    },
    {
      name: "checkpoint",
      kind: "text",
      argument: "NAME",
      doc: "An older checkpoint of the run, or best: of its best validation; else the newest.",
    },
    { name: "task", kind: "text", argument: "ID", isMany: true, doc: "A task to evaluate; all when absent." },
    {
      name: "from",
      kind: "choice",
      choices: ["generate", "extract", "score", "aggregate", "compare"],
      doc: "Do this stage and those after it anew.",
    },
    gateFlag,
    {
      name: "allow-leak",
      kind: "text",
      argument: "REASON",
      doc: "Evaluate test cases that were trained on all the same; every number says so.",
    },
    {
      name: "evals",
      kind: "text",
      argument: "DIR",
      doc: "Folder of the evaluations; ./evals when absent.",
    },
    {
      name: "model",
      kind: "text",
      argument: "DEVELOPER/NAME",
      doc: "What the exports call the model; local/ and the run's id when absent.",
    },
    deviceFlag,
    runsFlag,
    noCacheFlag,
  ],
  examples: [
    "tomoe eval latest",
    'tomoe eval latest --task closed-vqa --gate "closed-vqa/accuracy.micro.over.other-scan.ciLow>0"',
    "tomoe eval --resume 20261129-101500-chest-ct-k3f9",
  ],
  load: async () => (await import("./run.ts")).evaluate,
  schema: async () => schemaOf("eval", (await import("./document.ts")).evalDocument),
};
