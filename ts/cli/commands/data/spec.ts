import { layoutNames } from "../../../schema/tables/layouts.ts";
import type { ArgumentSpec, CommandSpec, FlagSpec } from "../../words/command.ts";
import { schemaOf } from "../../words/schema.ts";

const dataArgument: ArgumentSpec = {
  name: "PATH",
  isRequired: true,
  doc: "folder of a data set, or one of its tables",
};

/** Flags of every command that opens a data set. */
const sourceFlags: readonly FlagSpec[] = [
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
    { name: "jobs", kind: "integer", argument: "N", doc: "Scans read at once; at most 4 when absent." },
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
    {
      name: "problems",
      kind: "text",
      argument: "FILE.jsonl",
      doc: "Problems of data verify: what they refuse is left out.",
    },
    { name: "out", kind: "text", argument: "FILE.csv", doc: "The table to write; splits.csv when absent." },
  ],
  examples: [
    "tomoe data split my-folder --shares 0.8,0,0.2",
    "tomoe data split CT-RATE --layout ct-rate --seed 7 --json",
  ],
  load: async () => (await import("./split.ts")).dataSplit,
  schema: async () => schemaOf("data split", (await import("./document.ts")).dataSplitDocument),
};
