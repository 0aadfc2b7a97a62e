// Tables as hospitals and data sets write them: what becomes of each row.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { joinTables, scanFinder } from "../../../../../../ts/data/sources/own/join.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

interface Example {
  readonly name: string;
  readonly table: string;
  readonly lines: readonly string[];
  /** Case and values of each item, in order. */
  readonly items: readonly (readonly [string, Readonly<Record<string, unknown>>])[];
  /** Rows that are not used. */
  readonly told?: readonly number[];
  /** Parts of what is noted of the table. */
  readonly notes?: readonly string[];
}

const examples: readonly Example[] = [
  {
    name: "an export of reports with a number, an age and a text over lines",
    table: "export.csv",
    lines: ["Accession;Age;Befund", '1;61;"Lunge frei.', 'Kein Erguss."', "2;47;Rundherd rechts."],
    items: [
      ["1", { report: "Lunge frei.\nKein Erguss." }],
      ["2", { report: "Rundherd rechts." }],
    ],
    notes: ["separated by semicolons"],
  },
  {
    name: "M3D's questions, an option a column, the answer by letter",
    table: "vqa.csv",
    lines: [
      "Image Path,Question Type,Question,Choice A,Choice B,Choice C,Choice D,Answer",
      "1.nii.gz,plane,Which plane?,axial,coronal,sagittal,NA,A",
      "2.nii.gz,phase,Which phase?,plain,arterial,venous,NA,C",
    ],
    items: [
      [
        "1",
        {
          question: "Which plane?",
          choices: ["axial", "coronal", "sagittal", "NA"],
          answer: "axial",
          type: "plane",
        },
      ],
      [
        "2",
        {
          question: "Which phase?",
          choices: ["plain", "arterial", "venous", "NA"],
          answer: "venous",
          type: "phase",
        },
      ],
    ],
    notes: ['"Choice A", "Choice B", "Choice C", "Choice D"'],
  },
  {
    name: "open and closed questions in one table",
    table: "mixed.tsv",
    lines: [
      "scan\tquery\toptions\tground truth",
      "1\tIs there a nodule?\tyes|no\tno",
      "2\tWhat is seen?\t\ta cyst",
    ],
    items: [
      ["1", { question: "Is there a nodule?", choices: ["yes", "no"], answer: "no" }],
      ["2", { question: "What is seen?", answer: "a cyst" }],
    ],
  },
  {
    name: "a report and a question in each row",
    table: "both.csv",
    lines: ["image,report,question,answer", "1,Clear.,Is it clear?,yes", "2,,Is it clear?,no"],
    items: [
      ["1", { report: "Clear." }],
      ["1", { question: "Is it clear?", answer: "yes" }],
      ["2", { question: "Is it clear?", answer: "no" }],
    ],
  },
  {
    name: "JSON Lines whose rows have different keys, with numbers and flags for answers",
    table: "rows.jsonl",
    lines: [
      '{"file":"1.nii.gz","question":"How many?","answer":3}',
      '{"file":"2.nii.gz","question":"Is it?","choices":["true","false"],"answer":true}',
      '{"file":"2.nii.gz","report":"Two.","reader":{"id":7}}',
    ],
    items: [
      ["1", { question: "How many?", answer: "3" }],
      ["2", { question: "Is it?", choices: ["true", "false"], answer: "true" }],
      ["2", { report: "Two." }],
    ],
  },
  {
    name: "paths of another machine, written with backslashes",
    table: "windows.csv",
    lines: ["path,report", ".\\1.nii.gz,Clear.", "C:\\ct\\2.nii.gz,Not clear."],
    items: [["1", { report: "Clear." }]],
    told: [3],
  },
  {
    name: "rows about scans that are not there, and empty ones",
    table: "partial.csv",
    lines: ["image,report", "1,Clear.", "9,Lost.", ",Nobody's.", "2,Not clear."],
    items: [
      ["1", { report: "Clear." }],
      ["2", { report: "Not clear." }],
    ],
    told: [3, 4],
  },
  {
    name: "a quoted header with a mark before it, ended as Windows ends lines",
    table: "excel.csv",
    lines: ['\uFEFF"image","report"\r', '"1","He said ""clear"", twice."\r', '"2",""\r'],
    items: [["1", { report: 'He said "clear", twice.' }]],
  },
  {
    name: "questions without answers, and answers without questions",
    table: "half.csv",
    lines: ["image,question,answer", "1,Is it?,", "2,,yes"],
    items: [],
    told: [2],
  },
  {
    name: "a table of something else",
    table: "protocol.csv",
    lines: ["device,kVp", "CT1,120", "CT2,100"],
    items: [],
    notes: ["no column names scans"],
  },
];

const root = temporaryFolder();
const find = scanFinder(["1", "2"].map((name) => ({ path: `${name}.nii.gz`, alias: null })));

describe("a table of one's own", () => {
  it.each(examples)(
    "that is $name is read so",
    async ({ name, table, lines, items, told = [], notes = [] }) => {
      const folder = join(root, name.replaceAll(/\W+/g, "-"));
      mkdirSync(folder);
      writeFileSync(join(folder, table), `${lines.join("\n")}\n`);
      const joined = await joinTables(folder, [table], find, (path) => path.replace(".nii.gz", ""));
      expect(joined.items.map(({ case: id, values }) => [id, values])).toEqual(items);
      expect(joined.told.map(({ place }) => place.row)).toEqual(told);
      expect(joined.tables).toHaveLength(1);
      const noted = joined.tables.flatMap((one) => one.notes).join(" ");
      for (const part of notes) expect(noted).toContain(part);
    },
  );

  it("counts its rows, used and not, so that they sum up", async () => {
    for (const { name, table, told = [], notes = [] } of examples) {
      if (notes.includes("no column names scans")) continue;
      const folder = join(root, name.replaceAll(/\W+/g, "-"));
      const joined = await joinTables(folder, [table], find, (path) => path);
      const [taken] = joined.tables;
      expect((taken?.rows ?? 0) - (taken?.used ?? 0)).toBe(told.length);
    }
  });
});
