import type { CommandSpec } from "../../words/command.ts";
import { schemaOf } from "../../words/schema.ts";

/** Name, flags and examples of `tomoe init`; nothing of it is loaded before it is called. */
export const initSpec: CommandSpec = {
  name: "init",
  summary: "Write a folder with an experiment that runs at once, on PhantomCT or on a folder of your own.",
  arguments: [{ name: "DIR", isRequired: false, doc: "folder to write into; the current one when absent" }],
  flags: [
    {
      name: "data",
      kind: "text",
      argument: "FOLDER",
      doc: "Look at a folder of scans and tables: a recipe that reads them, and DATA.md with what was taken for what.",
    },
  ],
  examples: ["tomoe init chest-ct && cd chest-ct", "tomoe init my-ct --data ../hospital-export"],
  load: async () => (await import("./run.ts")).init,
  schema: async () => schemaOf("init", (await import("./document.ts")).initDocument),
};
