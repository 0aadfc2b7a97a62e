import type { CommandSpec } from "../../words/command.ts";
import { schemaOf } from "../../words/schema.ts";
import { runsFlag } from "../../words/shared-flags.ts";

/** Name, flags and examples of `tomoe verify`; nothing of it is loaded before it is called. */
export const verifySpec: CommandSpec = {
  name: "verify",
  summary: "Derive every printed figure again from its rows, by another implementation.",
  arguments: [
    {
      name: "RESULT",
      isRequired: true,
      doc: "scorecard.json, results.json, a run or eval, or a log (.md) that names them",
    },
  ],
  flags: [runsFlag],
  examples: ["tomoe verify latest", "tomoe verify out/scorecard.json", "tomoe verify LOG.md --json"],
  load: async () => (await import("./run.ts")).verify,
  schema: async () => schemaOf("verify", (await import("./document.ts")).verifyDocument),
};
