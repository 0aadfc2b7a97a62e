import type { CommandSpec } from "../../words/command.ts";
import { schemaOf } from "../../words/schema.ts";
import { deviceFlag, policyFlag, runsFlag, seriesFlag } from "../../words/shared-flags.ts";

/** Name, flags and examples of `tomoe predict`; nothing of it is loaded before it is called. */
export const predictSpec: CommandSpec = {
  name: "predict",
  summary: "Write a report of a scan and answer questions about it, with the model of a run.",
  arguments: [{ name: "SCAN", isRequired: true, doc: "a CT file, or a folder of one DICOM series" }],
  flags: [
    {
      name: "run",
      kind: "text",
      argument: "RUN|latest",
      isRequired: true,
      doc: "Run id, the beginning of one, or latest: the newest finished run that has a checkpoint.",
    },
    {
      name: "checkpoint",
      kind: "text",
      argument: "NAME",
      doc: "An older checkpoint to answer with, or best: that of the best validation; the newest when absent.",
    },
    { name: "report", kind: "switch", doc: "Write a report." },
    {
      name: "question",
      kind: "text",
      argument: "Q",
      isMany: true,
      doc: "A question; each is routed by its own text and choices.",
    },
    {
      name: "choices",
      kind: "text",
      argument: "A|B|C|D",
      isMany: true,
      doc: "Options of the question before it.",
    },
    seriesFlag,
    policyFlag,
    deviceFlag,
    runsFlag,
  ],
  examples: [
    "tomoe predict scan.nii.gz --run latest --report",
    'tomoe predict scan.nii.gz --run latest --question "Which plane is shown?" --choices "axial|coronal|sagittal|oblique" --json',
  ],
  load: async () => (await import("./run.ts")).predict,
  schema: async () => schemaOf("predict", (await import("./document.ts")).predictDocument),
};
