import type { CommandSpec } from "../../words/command.ts";
import { schemaOf } from "../../words/schema.ts";
import { runsFlag } from "../../words/shared-flags.ts";

/** Name, flags and examples of `tomoe runs ls`; nothing of it is loaded before it is called. */
export const runsLsSpec: CommandSpec = {
  name: "runs ls",
  summary: "List the runs, oldest first, broken ones with the reason.",
  arguments: [],
  flags: [runsFlag],
  examples: ["tomoe runs ls", "tomoe runs ls --runs elsewhere --json"],
  load: async () => (await import("./run.ts")).runsLs,
  schema: async () => schemaOf("runs ls", (await import("./document.ts")).runsLsDocument),
};

/** Name, flags and examples of `tomoe runs show`; nothing of it is loaded before it is called. */
export const runsShowSpec: CommandSpec = {
  name: "runs show",
  summary: "Show one run: status, last metrics, checkpoints, scorecard, the command that resumes it.",
  arguments: [{ name: "RUN", isRequired: true, doc: "run id, the beginning of one, or latest" }],
  flags: [runsFlag],
  examples: ["tomoe runs show latest"],
  load: async () => (await import("./run.ts")).runsShow,
  schema: async () => schemaOf("runs show", (await import("./document.ts")).runsShowDocument),
};
