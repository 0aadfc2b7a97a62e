import type { CommandSpec } from "../../words/command.ts";
import { schemaOf } from "../../words/schema.ts";

/** Name, flags and examples of `tomoe init`; nothing of it is loaded before it is called. */
export const initSpec: CommandSpec = {
  name: "init",
  summary:
    "Write a folder with an experiment that runs at once on PhantomCT and shows where your own scans go.",
  arguments: [{ name: "DIR", isRequired: false, doc: "folder to write into; the current one when absent" }],
  flags: [],
  examples: ["tomoe init chest-ct && cd chest-ct"],
  load: async () => (await import("./run.ts")).init,
  schema: async () => schemaOf("init", (await import("./document.ts")).initDocument),
};
