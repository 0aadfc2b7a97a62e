import type { CommandSpec } from "../../words/command.ts";
import { schemaOf } from "../../words/schema.ts";

/** Name, flags and examples of `tomoe score`; nothing of it is loaded before it is called. */
export const scoreSpec: CommandSpec = {
  name: "score",
  summary: "Score a file of predictions: metrics per task with confidence intervals.",
  arguments: [
    {
      name: "PREDICTIONS.jsonl",
      isRequired: true,
      doc: "one JSON object a line: id, case, task, target, prediction; choices for closed-vqa; type and subject where known",
    },
  ],
  flags: [
    {
      name: "profile",
      kind: "choice",
      choices: ["strict", "m3d-compat"],
      isRequired: true,
      doc: "strict: our parser; m3d-compat: the rules of M3D's own scripts.",
    },
  ],
  examples: ["tomoe score runs/20261124-153012-chest-ct-k3f9/predictions.jsonl --profile strict"],
  load: async () => (await import("./run.ts")).score,
  schema: async () => schemaOf("score", (await import("./document.ts")).scoreDocument),
};
