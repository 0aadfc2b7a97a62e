import type { CommandSpec } from "../../words/command.ts";
import { schemaOf } from "../../words/schema.ts";
import { policyFlag, scanArgument, seriesFlag } from "../../words/shared-flags.ts";

/** Name, flags and examples of `tomoe inspect`; nothing of it is loaded before it is called. */
export const inspectSpec: CommandSpec = {
  name: "inspect",
  summary: "Read a CT and print its geometry, its HU verdict and every decision taken.",
  arguments: [scanArgument],
  flags: [
    seriesFlag,
    policyFlag,
    {
      name: "picture",
      kind: "text",
      argument: "OUT.svg|png",
      doc: "Draw three planes, the histogram and the decisions, also of a scan whose voxels are refused.",
    },
  ],
  examples: [
    "tomoe inspect scan.nii.gz",
    "tomoe inspect dicom-folder --json",
    "tomoe inspect scan.nii.gz --picture scan.png",
  ],
  load: async () => (await import("./run.ts")).inspect,
  schema: async () => schemaOf("inspect", (await import("./document.ts")).inspectDocument),
};
