import { layoutNames } from "../../../schema/tables/layouts.ts";
import type { ArgumentSpec, CommandSpec, FlagSpec } from "../../words/command.ts";
import { schemaOf } from "../../words/schema.ts";

export const dataArgument: ArgumentSpec = {
  name: "PATH",
  isRequired: true,
  doc: "folder of a data set, or one of its tables",
};

/** Flags of every command that opens a data set. */
export const sourceFlags: readonly FlagSpec[] = [
  {
    name: "layout",
    kind: "choice",
    argument: "NAME",
    choices: layoutNames,
    doc: "How the data set lies; found out when absent.",
  },
  { name: "scans", kind: "text", argument: "DIR", doc: "Folder of the scans, where they lie elsewhere." },
  {
    name: "columns",
    kind: "text",
    argument: "OURS=THEIRS,...",
    doc: "What the columns of tables of your own are called, e.g. case=study,image=file.",
  },
];

const problemsFlag: FlagSpec = {
  name: "problems",
  kind: "text",
  argument: "FILE.jsonl",
  doc: "Problems of data verify: what they refuse is left out.",
};

export const jobsFlag: FlagSpec = {
  name: "jobs",
  kind: "integer",
  argument: "N",
  doc: "Scans read at once; at most 4 when absent.",
};

/** Name, flags and examples of `tomoe data verify`; nothing of it is loaded before it is called. */
export const dataVerifySpec: CommandSpec = {
  name: "data verify",
  summary: "Read every row and scan of a data set and tell all that is wrong, at once; resumable.",
  arguments: [dataArgument],
  flags: [
    ...sourceFlags,
    { name: "deep", kind: "switch", doc: "Read every voxel and ask the HU gate; headers alone when absent." },
    {
      name: "gate",
      kind: "text",
      argument: "EXPR",
      isMany: true,
      doc: 'Exit 1 unless it holds: "cases.refused<=0.01" is a share, "cases.missing<=3" a count.',
    },
    {
      name: "out",
      kind: "text",
      argument: "DIR",
      doc: "Where problems, picture and ledger go; ./verified/NAME when absent.",
    },
    jobsFlag,
  ],
  examples: [
    "tomoe data verify CT-RATE --layout ct-rate",
    'tomoe data verify my-folder --deep --gate "cases.refused<=0.01" --json',
  ],
  load: async () => (await import("./verify.ts")).dataVerify,
  schema: async () => schemaOf("data verify", (await import("./document.ts")).dataVerifyDocument),
};

/** Name, flags and examples of `tomoe data split`; nothing of it is loaded before it is called. */
export const dataSplitSpec: CommandSpec = {
  name: "data split",
  summary:
    "Draw splits by patient and report text, with tasks and types in their shares, as a table of cases.",
  arguments: [dataArgument],
  flags: [
    ...sourceFlags,
    {
      name: "shares",
      kind: "numbers",
      count: 3,
      argument: "TRAIN,VALIDATION,TEST",
      doc: "Parts of 1; 0.7,0.1,0.2 when absent.",
    },
    {
      name: "by",
      kind: "choice",
      choices: ["report", "patient"],
      doc: "What is never parted: patients and equal reports (report, when absent), or patients alone.",
    },
    { name: "seed", kind: "integer", argument: "N", doc: "Another seed is another split; 0 when absent." },
    problemsFlag,
    { name: "out", kind: "text", argument: "FILE.csv", doc: "The table to write; splits.csv when absent." },
  ],
  examples: [
    "tomoe data split my-folder --shares 0.8,0,0.2",
    "tomoe data split CT-RATE --layout ct-rate --seed 7 --json",
  ],
  load: async () => (await import("./split.ts")).dataSplit,
  schema: async () => schemaOf("data split", (await import("./document.ts")).dataSplitDocument),
};

/** Name, flags and examples of `tomoe data certify`; nothing of it is loaded before it is called. */
export const dataCertifySpec: CommandSpec = {
  name: "data certify",
  summary: "State what filters left and what each split holds, to the byte, under one digest; resumable.",
  arguments: [dataArgument],
  flags: [
    ...sourceFlags,
    {
      name: "splits",
      kind: "text",
      argument: "FILE.csv",
      doc: "A table of data split; the data set's own splits when absent.",
    },
    problemsFlag,
    {
      name: "out",
      kind: "text",
      argument: "FILE.json",
      doc: "The certificate to write; certificate.json when absent.",
    },
    {
      name: "ledger",
      kind: "text",
      argument: "DIR",
      doc: "Folder of a verification: what it read whole is not read again; ./verified/NAME when absent.",
    },
    jobsFlag,
  ],
  examples: [
    "tomoe data certify CT-RATE --layout ct-rate",
    "tomoe data certify my-folder --splits splits.csv --problems verified/my-folder/problems.jsonl --json",
  ],
  load: async () => (await import("./certify.ts")).dataCertify,
  schema: async () => schemaOf("data certify", (await import("./document.ts")).dataCertifyDocument),
};
