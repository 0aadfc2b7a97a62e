import type { CommandSpec } from "../../words/command.ts";
import { schemaOf } from "../../words/schema.ts";
import { runsFlag } from "../../words/shared-flags.ts";

/** Name, flags and examples of `tomoe export`; nothing of it is loaded before it is called. */
export const exportSpec: CommandSpec = {
  name: "export",
  summary: "Write a run's model as a published base, a PEFT adapter and what is new, for other tools.",
  arguments: [{ name: "RUN", isRequired: true, doc: "run id, the beginning of one, or latest" }],
  flags: [
    {
      name: "out",
      kind: "text",
      argument: "DIR",
      isRequired: true,
      doc: "Folder to be made; one that is there must be empty.",
    },
    {
      name: "checkpoint",
      kind: "text",
      argument: "NAME",
      doc: "An older checkpoint of the run, or best: that of its best validation; the newest when absent.",
    },
    {
      name: "merge",
      kind: "switch",
      doc: "Merge the adapters into base/ and the experts; no adapter/ then.",
    },
    runsFlag,
  ],
  examples: ["tomoe export latest --out exported", "tomoe export latest --out merged --merge --json"],
  load: async () => (await import("./run.ts")).exportCommand,
  schema: async () => schemaOf("export", (await import("./document.ts")).exportDocument),
};
