import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Joined, joinTables, scanFinder } from "../../../../../../ts/data/sources/own/join.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const root = temporaryFolder();
let made = 0;

const scans = [
  { path: "ct/a.nii.gz", alias: null },
  { path: "ct/b.nii.gz", alias: null },
  { path: "other/b.nii.gz", alias: null },
  { path: "dicom/first", alias: null },
  { path: "dicom/one", alias: "dicom/one/slice.dcm" },
];
const find = scanFinder(scans);
const caseOf = (path: string): string => path.replace(/\.nii\.gz$/, "");

/** Joins tables of these contents with the scans. */
async function joined(
  tables: Readonly<Record<string, string>>,
): Promise<Joined & { readonly folder: string }> {
  const folder = join(root, `f${made++}`);
  mkdirSync(folder);
  for (const [name, text] of Object.entries(tables)) writeFileSync(join(folder, name), text);
  return { folder, ...(await joinTables(folder, Object.keys(tables), find, caseOf)) };
}

const itemsOf = ({ items }: Joined) => items.map(({ case: id, values }) => [id, values]);
const notesOf = ({ tables }: Joined): readonly string[] => tables.flatMap(({ notes }) => notes);

describe("what a text names", () => {
  it.each([
    ["ct/a.nii.gz", ["ct/a.nii.gz"]],
    ["./ct/a.nii.gz", ["ct/a.nii.gz"]],
    ["ct\\a.nii.gz", ["ct/a.nii.gz"]],
    ["a.nii.gz", ["ct/a.nii.gz"]],
    ["a", ["ct/a.nii.gz"]],
    [" a ", ["ct/a.nii.gz"]],
    ["ct/a", ["ct/a.nii.gz"]],
    ["first", ["dicom/first"]],
    ["dicom/first/", ["dicom/first"]],
    ["slice.dcm", ["dicom/one"]],
    ["slice", ["dicom/one"]],
    ["b.nii.gz", ["ct/b.nii.gz", "other/b.nii.gz"]],
    ["c", []],
    ["", []],
    ["ct", []],
  ])("%j names %j", (text, paths) => {
    expect(find(text)).toEqual(paths);
  });
});

describe("tables that are joined with scans", () => {
  it("give reports and questions to the scans that their rows name", async () => {
    const result = await joined({
      "reports.csv": "report,image\nClear.,a.nii.gz\nA nodule.,ct/b.nii.gz\n",
      "questions.csv":
        "image,question,choices,answer,type\na,Which plane?,axial|coronal,A,plane\nfirst,What is seen?,,A nodule.,\n",
    });
    expect(itemsOf(result)).toEqual([
      ["ct/a", { report: "Clear." }],
      ["ct/b", { report: "A nodule." }],
      ["ct/a", { question: "Which plane?", choices: ["axial", "coronal"], answer: "axial", type: "plane" }],
      ["dicom/first", { question: "What is seen?", answer: "A nodule." }],
    ]);
    expect(result.told).toEqual([]);
    expect(result.tables).toEqual([
      { table: "reports.csv", rows: 2, used: 2, columns: { report: "report", image: "image" }, notes: [] },
      {
        table: "questions.csv",
        rows: 2,
        used: 2,
        columns: { image: "image", question: "question", choices: "choices", answer: "answer", type: "type" },
        notes: [],
      },
    ]);
  });

  it("take the column that names scans, whatever it is called, and say by how much of it", async () => {
    const result = await joined({ "r.csv": "id,findings\na,Clear.\nfirst,Not clear.\n" });
    expect(itemsOf(result)).toHaveLength(2);
    expect(result.tables[0]?.columns).toEqual({ report: "findings", image: "id" });
    expect(notesOf(result)).toEqual([
      'Column "id" is taken for "image": 100 % of its first values name a scan.',
    ]);
  });

  it("are not read where no column names scans, with what their columns may have been meant for", async () => {
    const result = await joined({ "r.csv": "imagee,report\nx,Clear.\ny,Not clear.\n" });
    expect(itemsOf(result)).toEqual([]);
    expect(notesOf(result)).toEqual([
      expect.stringMatching(
        /^Not read: no column names scans; it has "imagee", "report": "imagee" \(did you mean "image"\?\)/,
      ),
    ]);
  });

  it("without a header are read where two columns leave no doubt, and say so", async () => {
    const result = await joined({
      "h.csv": "a.nii.gz,Clear.\nfirst,Not clear.\n",
      "i.csv": "Clear.,a\nNot clear.,first\n",
    });
    expect(itemsOf(result)).toEqual([
      ["ct/a", { report: "Clear." }],
      ["dicom/first", { report: "Not clear." }],
      ["ct/a", { report: "Clear." }],
      ["dicom/first", { report: "Not clear." }],
    ]);
    expect(notesOf(result)).toEqual([
      "It has no header: column 1 names scans, the other one is taken for reports.",
      "It has no header: column 2 names scans, the other one is taken for reports.",
    ]);
  });

  it("without a header and with more columns are not guessed at", async () => {
    const result = await joined({ "h.csv": "a,Is it?,yes\nfirst,Is it?,no\n" });
    expect(result.items).toEqual([]);
    expect(notesOf(result)[0]).toContain("it has no header, and what its 3 columns are cannot be known");
  });

  it("have their rows told that name no scan, or several, or half a question", async () => {
    const result = await joined({
      "q.csv":
        "image,question,answer\na,Q?,A\nfirst,Q?,A\none,Q?,A\nct/b,Q?,\nb.nii.gz,Q?,A\ngone,Q?,A\n,Q?,A\n",
    });
    expect(result.tables[0]).toMatchObject({ rows: 7, used: 3 });
    expect(result.told.map(({ place, why }) => [place.row, why])).toEqual([
      [5, "it has a question without an answer"],
      [6, '"b.nii.gz" may be ct/b.nii.gz or other/b.nii.gz: write its path'],
      [7, '"gone" is no scan that is read'],
      [8, "it names no scan"],
    ]);
  });

  it("are not read where most of their rows name nothing that is there", async () => {
    const result = await joined({ "q.csv": "key,report\na,Clear.\nx,Clear.\ny,Clear.\n" });
    expect(notesOf(result)[0]).toContain("no column names scans");
    const named = await joined({ "q.csv": "image,report\na,Clear.\nx,Clear.\ny,Clear.\n" });
    expect([named.items.length, named.told.length]).toEqual([1, 2]);
  });

  it("say patients, splits and series of scans beside what they ask", async () => {
    const { facts } = await joined({
      "a.csv": "image,patient,report\na,p1,Clear.\nfirst,p2,Not clear.\n",
      "b.jsonl": '{"image":"a","split":"train","age":61}\n{"image":"first","series":"s1","split":"test"}\n',
    });
    expect([...facts]).toEqual([
      ["ct/a.nii.gz", { patient: "p1", split: "train" }],
      ["dicom/first", { patient: "p2", split: "test", series: "s1" }],
    ]);
  });

  it("take absolute paths below their folder", async () => {
    const folder = join(root, `abs${made++}`);
    mkdirSync(folder);
    writeFileSync(join(folder, "r.csv"), `image,report\n${folder}/ct/a.nii.gz,Clear.\n`);
    const { items } = await joinTables(folder, ["r.csv"], find, caseOf);
    expect(items).toEqual([{ case: "ct/a", values: { report: "Clear." } }]);
  });

  it.each([
    ["choices", "yes|no", ["yes", "no"]],
    ["choices", "yes; no", ["yes", "no"]],
    ["choices", '"[""a|b"",""c""]"', ["a|b", "c"]],
  ])("read options from %s written as %s", async (column, written, choices) => {
    const first = choices[0] ?? "";
    const result = await joined({ "q.csv": `image,question,${column},answer\na,Q?,${written},A\n` });
    expect(itemsOf(result)).toEqual([["ct/a", { question: "Q?", choices, answer: first }]]);
  });

  it("read options from a column each, where a gap keeps its letter", async () => {
    const result = await joined({
      "q.csv":
        "image,question,Choice A,Choice B,Choice C,Choice D,answer\na,Q?,x,,z,,C\nfirst,Open?,,,,,words\n",
    });
    expect(itemsOf(result)).toEqual([
      ["ct/a", { question: "Q?", choices: ["x", "NA", "z"], answer: "z" }],
      ["dicom/first", { question: "Open?", answer: "words" }],
    ]);
    expect(notesOf(result)[0]).toContain('The options of a question are taken from "Choice A"');
  });

  it("separated by semicolons are read, and say so", async () => {
    const result = await joined({ "r.csv": "image;report\na;Clear, as before.\nfirst;Not clear.\n" });
    expect(itemsOf(result)[0]).toEqual(["ct/a", { report: "Clear, as before." }]);
    expect(notesOf(result)).toEqual(["Its fields are separated by semicolons."]);
  });

  it("say which columns are not read, and which are not clear", async () => {
    const result = await joined({
      "r.csv": "image,findings,description,anwser,age\na,x,y,z,1\nfirst,x,y,z,1\n",
    });
    expect(notesOf(result)).toEqual([
      'None is taken for "report": "findings" and "description" both may be it. Rename the right one to report.',
      'Column "anwser" is not read: did you mean "answer"? Rename it then.',
    ]);
  });

  it("that cannot be read cost themselves alone", async () => {
    const result = await joined({ "bad.csv": "", "r.csv": "image,report\na,Clear.\n" });
    expect(result.items).toHaveLength(1);
    expect(notesOf(result)).toEqual(["Not read: the table is empty."]);
  });
});
