import type { CommandSpec } from "../../words/command.ts";
import { schemaOf } from "../../words/schema.ts";
import { runsFlag } from "../../words/shared-flags.ts";

/** Name, flags and examples of `tomoe doctor`; nothing of it is loaded before it is called. */
export const doctorSpec: CommandSpec = {
  name: "doctor",
  summary:
    "Check Node, Python, torch and its device, versions, disk, memory and sockets; name the command that fixes each.",
  arguments: [
    {
      name: "RECIPE.ts",
      isRequired: false,
      doc: "experiment whose memory is estimated and compared; the embedded one when absent",
    },
  ],
  flags: [
    {
      name: "quick",
      kind: "switch",
      doc: "Do not import torch (saves seconds; its device is then not tried).",
    },
    runsFlag,
  ],
  examples: ["tomoe doctor", "tomoe doctor chest-ct.ts", "tomoe doctor --quick --json"],
  load: async () => (await import("./run.ts")).doctor,
  schema: async () => schemaOf("doctor", (await import("./document.ts")).doctorDocument),
};
