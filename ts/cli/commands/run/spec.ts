import type { CommandSpec } from "../../words/command.ts";
import { schemaOf } from "../../words/schema.ts";
import { deviceFlag, noCacheFlag, runsFlag } from "../../words/shared-flags.ts";

/** Name, flags and examples of `tomoe run`; nothing of it is loaded before it is called. */
export const runSpec: CommandSpec = {
  name: "run",
  summary: "Run an experiment from the first step to the scorecard, or resume one.",
  arguments: [
    {
      name: "RECIPE.ts",
      isRequired: false,
      doc: "TypeScript file that exports an experiment, or a script that runs some",
    },
  ],
  flags: [
    {
      name: "resume",
      kind: "text",
      argument: "RUN",
      doc: "Resume this run from its last checkpoint, in place of a recipe.",
    },
    {
      name: "set",
      kind: "text",
      argument: "path=value",
      isMany: true,
      doc: "Change one value of the experiment, e.g. stages.0.steps=10.",
    },
    {
      name: "set-file",
      kind: "text",
      argument: "FILE.json",
      doc: "Values by path, as best.json of a sweep; --set is applied after them.",
    },
    {
      name: "tag",
      kind: "text",
      argument: "NAME=VALUE",
      isMany: true,
      doc: 'Call the run by a name of your own: "runs ls --filter tag.NAME=VALUE" finds it.',
    },
    { name: "seed", kind: "integer", argument: "N", doc: "In place of the experiment's seed." },
    {
      name: "allow-leak",
      kind: "text",
      argument: "REASON",
      doc: "Test on cases that are trained on all the same, as data.allowLeak; every number says so.",
    },
    deviceFlag,
    runsFlag,
    noCacheFlag,
    {
      name: "dry-run",
      kind: "switch",
      doc: "Resolve and check everything, print the plan, train nothing.",
    },
  ],
  examples: [
    "tomoe run chest-ct.ts",
    "tomoe run chest-ct.ts --set stages.0.steps=10 --seed 11",
    "tomoe run chest-ct.ts --set-file sweeps/20261124-153012-rates-k3f9/best.json --tag by=sweep",
    "tomoe run --resume 20261124-153012-chest-ct-k3f9",
  ],
  load: async () => (await import("./run.ts")).run,
  schema: async () => schemaOf("run", (await import("./document.ts")).runDocument),
};
