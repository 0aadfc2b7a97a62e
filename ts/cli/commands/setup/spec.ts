import type { CommandSpec } from "../../words/command.ts";
import { schemaOf } from "../../words/schema.ts";

/** Name, flags and examples of `tomoe setup`; nothing of it is loaded before it is called. */
export const setupSpec: CommandSpec = {
  name: "setup",
  summary: "Make the Python side ready: only what is missing is installed.",
  arguments: [],
  flags: [],
  examples: ["tomoe setup"],
  load: async () => (await import("./run.ts")).setup,
  schema: async () => schemaOf("setup", (await import("./document.ts")).setupDocument),
};
