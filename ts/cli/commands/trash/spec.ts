import type { CommandSpec, FlagSpec } from "../../words/command.ts";
import { schemaOf } from "../../words/schema.ts";
import { runsFlag } from "../../words/shared-flags.ts";

const evalsFlag: FlagSpec = {
  name: "evals",
  kind: "text",
  argument: "DIR",
  doc: "Folder of the evaluations that may depend on a run; ./evals when absent.",
};

/** Name, flags and examples of `tomoe runs rm`; nothing of it is loaded before it is called. */
export const runsRmSpec: CommandSpec = {
  name: "runs rm",
  summary: "Move runs to the trash of their folder, and name what depends on them.",
  arguments: [
    {
      name: "RUN",
      isRequired: true,
      isMany: true,
      doc: "run id, the beginning of one, or its last four letters",
    },
  ],
  flags: [runsFlag, evalsFlag],
  examples: ["tomoe runs rm k3f9", "tomoe runs rm 20261124-1530 20261125-0811"],
  load: async () => (await import("./run.ts")).runsRm,
  schema: async () => schemaOf("runs rm", (await import("./document.ts")).runsRmDocument),
};

/** Name, flags and examples of `tomoe runs restore`; nothing of it is loaded before it is called. */
export const runsRestoreSpec: CommandSpec = {
  name: "runs restore",
  summary: "Move runs back out of the trash.",
  arguments: [{ name: "RUN", isRequired: true, isMany: true, doc: 'as "runs rm" names it' }],
  flags: [runsFlag],
  examples: ["tomoe runs restore k3f9"],
  load: async () => (await import("./run.ts")).runsRestore,
  schema: async () => schemaOf("runs restore", (await import("./document.ts")).runsRestoreDocument),
};

/** Name, flags and examples of `tomoe runs gc`; nothing of it is loaded before it is called. */
export const runsGcSpec: CommandSpec = {
  name: "runs gc",
  summary: "Empty the trash for good, or say how many bytes that would free.",
  arguments: [],
  flags: [
    { name: "dry-run", kind: "switch", doc: "Say what would be deleted, and delete nothing." },
    { name: "yes", kind: "switch", doc: "Delete it." },
    runsFlag,
    evalsFlag,
  ],
  examples: ["tomoe runs gc --dry-run", "tomoe runs gc --yes"],
  load: async () => (await import("./run.ts")).runsGc,
  schema: async () => schemaOf("runs gc", (await import("./document.ts")).runsGcDocument),
};
