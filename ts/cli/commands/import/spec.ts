import type { CommandSpec } from "../../words/command.ts";
import { schemaOf } from "../../words/schema.ts";

/** Name, flags and examples of `tomoe import`; nothing of it is loaded before it is called. */
export const importSpec: CommandSpec = {
  name: "import",
  summary: "Hold a published checkpoint against its own config: what of it is reused, tensor by tensor.",
  arguments: [
    {
      name: "CHECKPOINT_DIR",
      isRequired: true,
      doc: "folder with config.json and safetensors; nothing is written to it",
    },
  ],
  flags: [],
  examples: ["tomoe import weights/phi-3.5-vision", "tomoe import weights/internvl3-1b --json"],
  load: async () => (await import("./run.ts")).importCheckpoint,
  schema: async () => schemaOf("import", (await import("./document.ts")).importDocument),
};
