import type { CommandSpec } from "../../words/command.ts";
import { schemaOf } from "../../words/schema.ts";
import { runsFlag } from "../../words/shared-flags.ts";

/** Name, flags and examples of `tomoe why`; nothing of it is loaded before it is called. */
export const whySpec: CommandSpec = {
  name: "why",
  summary: "Why two runs differ: gaps with intervals, and all that differs in what made them.",
  arguments: [
    { name: "A", isRequired: true, doc: "run id, the beginning of one, or latest" },
    { name: "B", isRequired: true, doc: "the run that is held against it" },
  ],
  flags: [runsFlag],
  examples: ["tomoe why k3f9 latest"],
  load: async () => (await import("./run.ts")).why,
  schema: async () => schemaOf("why", (await import("./document.ts")).whyDocument),
};
