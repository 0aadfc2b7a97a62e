import type { CommandSpec, FlagSpec } from "../../words/command.ts";
import { schemaOf } from "../../words/schema.ts";
import { deviceFlag, noCacheFlag, runsFlag } from "../../words/shared-flags.ts";

const sweepsFlag: FlagSpec = {
  name: "sweeps",
  kind: "text",
  argument: "DIR",
  doc: "Folder of the sweeps; ./sweeps when absent.",
};
const parallelFlag: FlagSpec = {
  name: "parallel",
  kind: "integer",
  argument: "N",
  doc: "Trials at once, which share the threads and the memory of this machine; 1 when absent.",
};
const sweepArgument = {
  name: "SWEEP",
  isRequired: true,
  doc: "a sweep's id, the beginning of one, its name, or latest",
};
const schema = (name: string) => async () => schemaOf(name, (await import("./document.ts")).sweepDocument);

/** Name, flags and examples of `tomoe sweep run`; nothing of it is loaded before it is called. */
export const sweepRunSpec: CommandSpec = {
  name: "sweep run",
  summary: "Carry out a sweep until its budget is spent.",
  arguments: [{ name: "SWEEP.ts", isRequired: true, doc: "TypeScript file that exports a sweep" }],
  flags: [
    parallelFlag,
    {
      name: "set",
      kind: "text",
      argument: "path=value",
      isMany: true,
      doc: "Change one value of the experiment, for every trial.",
    },
    deviceFlag,
    runsFlag,
    sweepsFlag,
    noCacheFlag,
  ],
  examples: [
    "tomoe sweep run rates.ts",
    "tomoe sweep run rates.ts --parallel 2 --set stages.shared.steps=50",
  ],
  load: async () => (await import("./run.ts")).sweepRun,
  schema: schema("sweep run"),
};

/** As `sweepRunSpec`, of `tomoe sweep status`. */
export const sweepStatusSpec: CommandSpec = {
  name: "sweep status",
  summary: "Show where a sweep stands: every trial, the best one.",
  arguments: [sweepArgument],
  flags: [sweepsFlag],
  examples: ["tomoe sweep status latest"],
  load: async () => (await import("./run.ts")).sweepStatus,
  schema: schema("sweep status"),
};

/** As `sweepRunSpec`, of `tomoe sweep resume`. */
export const sweepResumeSpec: CommandSpec = {
  name: "sweep resume",
  summary: "Go on with a sweep that was stopped or killed, as if it had not been.",
  arguments: [sweepArgument],
  flags: [parallelFlag, deviceFlag, sweepsFlag, noCacheFlag],
  examples: ["tomoe sweep resume latest", "tomoe sweep resume 20261124-153012-rates-k3f9 --parallel 2"],
  load: async () => (await import("./run.ts")).sweepResume,
  schema: schema("sweep resume"),
};

/** As `sweepRunSpec`, of `tomoe sweep replay`. */
export const sweepReplaySpec: CommandSpec = {
  name: "sweep replay",
  summary: "Do one trial of a sweep again by its ledger, and hold its value against the recorded one.",
  arguments: [sweepArgument],
  flags: [
    { name: "trial", kind: "integer", argument: "K", isRequired: true, doc: "The trial's number." },
    {
      name: "dry-run",
      kind: "switch",
      doc: "Tell its assignment, seed and configuration, and train nothing.",
    },
    deviceFlag,
    runsFlag,
    sweepsFlag,
  ],
  examples: ["tomoe sweep replay latest --trial 3", "tomoe sweep replay rates --trial 3 --dry-run --json"],
  load: async () => (await import("./replay.ts")).sweepReplay,
  schema: schema("sweep replay"),
};
