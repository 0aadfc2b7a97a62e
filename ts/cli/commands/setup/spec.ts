import type { CommandSpec } from "../../words/command.ts";
import { schemaOf } from "../../words/schema.ts";

/** Name, flags and examples of `tomoe setup`; nothing of it is loaded before it is called. */
export const setupSpec: CommandSpec = {
  name: "setup",
  summary: "Make the Python side ready: only what is missing is installed.",
  arguments: [],
  flags: [
    {
      name: "sampler",
      kind: "switch",
      doc: "The sampler of sweeps alone (Optuna), which a sweep that needs it sets up by itself.",
    },
  ],
  examples: ["tomoe setup", "tomoe setup --sampler"],
  load: async () => (await import("./run.ts")).setup,
  schema: async () => schemaOf("setup", (await import("./document.ts")).setupDocument),
};
