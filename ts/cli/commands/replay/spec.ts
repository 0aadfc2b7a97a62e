import type { CommandSpec } from "../../words/command.ts";
import { schemaOf } from "../../words/schema.ts";
import { deviceFlag, runsFlag } from "../../words/shared-flags.ts";

/** Name, flags and examples of `tomoe replay`; nothing of it is loaded before it is called. */
export const replaySpec: CommandSpec = {
  name: "replay",
  summary: "Do one training step of a run again on its exact batch, and hold it against the record.",
  arguments: [
    {
      name: "RUN@STAGE:STEP",
      isRequired: true,
      doc: "run id, the beginning of one, or latest; a stage of it; its step, from 0",
    },
  ],
  flags: [deviceFlag, runsFlag],
  examples: ["tomoe replay latest@shared:120", "tomoe replay k3f9@specific:0 --json"],
  load: async () => (await import("./run.ts")).replay,
  schema: async () => schemaOf("replay", (await import("./document.ts")).replayDocument),
};
