import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Survey, surveyFolder } from "../../../../../../ts/run/data/own/survey.ts";
import { caught } from "../../../../../support/caught.ts";
import { layScans } from "../../../../../support/layouts/scans.ts";
import { writeRows } from "../../../../../support/own-folder.ts";
import { crafted, textColumn } from "../../../../../support/parquet/craft.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const root = temporaryFolder();
let made = 0;

/** A folder of six scans, called s0 to s5, with these tables. */
async function surveyed(
  tables: Readonly<Record<string, readonly string[] | Uint8Array>>,
  scans = 6,
): Promise<Survey> {
  const folder = join(root, `f${made++}`);
  mkdirSync(folder);
  if (scans > 0)
    await layScans(
      folder,
      Array.from({ length: scans }, (_, at) => `ct/s${at}.nii.gz`),
    );
  for (const [name, rows] of Object.entries(tables))
    if (rows instanceof Uint8Array) writeFileSync(join(folder, name), rows);
    else writeRows(folder, name, rows);
  return await surveyFolder(folder, new AbortController().signal, () => undefined);
}

const all = [0, 1, 2, 3, 4, 5];
const reports = ["image,report", ...all.map((n) => `s${n},Report number ${n}.`)];

describe("a folder of scans and tables", () => {
  it("is joined with tables in Parquet as with those in text", async () => {
    const scans = all.map((n) => `s${n}`);
    const texts = all.map((n) => `Report number ${n}.`);
    const table = crafted([textColumn("Scan", scans), textColumn("Befund", texts)], all.length);
    const survey = await surveyed({ "reports.parquet": table });
    expect(survey.items.map(({ case: of, report }) => [of, report])).toEqual(
      all.map((n) => [`ct/s${n}`, `Report number ${n}.`]),
    );
    expect(survey.tables).toMatchObject([{ table: "reports.parquet", rows: 6, used: 6 }]);
  });

  it("is joined to cases with patients, splits and items", async () => {
    const survey = await surveyed({
      "reports.csv": reports,
      "questions.csv": ["image,question,choices,answer", ...all.map((n) => `s${n},Is it?,yes|no,yes`)],
    });
    expect(survey.cases.map(({ case: id, image }) => [id, image])).toEqual(
      all.map((n) => [`ct/s${n}`, `ct/s${n}.nii.gz`]),
    );
    expect(survey.items).toHaveLength(12);
    expect(survey.tasks).toEqual(["report", "closed-vqa"]);
    const splits = survey.cases.map(({ split }) => split);
    expect([
      splits.filter((split) => split === "train").length,
      splits.filter((split) => split === "test").length,
    ]).toEqual([4, 2]);
    expect(survey.notes).toEqual([
      expect.stringContaining("No column names patients"),
      expect.stringContaining("Splits are drawn"),
    ]);
    expect(survey.unnamed).toEqual([]);
  });

  it("has the patients and splits that its tables say", async () => {
    const survey = await surveyed({
      "r.csv": [
        "image,report,subject,fold",
        ...all.map((n) => `s${n},Report ${n}.,p${n % 3},${n % 3 === 0 ? "test" : "training"}`),
      ],
    });
    expect(survey.cases.map(({ patient, split }) => `${patient} ${split}`)).toEqual([
      "p0 test",
      "p1 train",
      "p2 train",
      "p0 test",
      "p1 train",
      "p2 train",
    ]);
    expect(survey.notes).toEqual(["Patients are those of the tables.", "Splits are those of the tables."]);
  });

  it("draws splits anew where the tables' own are not whole, and keeps patients and equal reports together", async () => {
    const survey = await surveyed({
      "r.csv": [
        "image,report,patient,split",
        ...all.map(
          (n) =>
            `s${n},${n < 2 ? "The same." : `Report ${n}.`},p${n === 5 ? 4 : n},${n === 0 ? "train" : ""}`,
        ),
      ],
    });
    const splitOf = (n: number): string | undefined => survey.cases[n]?.split;
    expect([splitOf(0), splitOf(4)]).toEqual([splitOf(1), splitOf(5)]);
    expect(new Set(survey.cases.map(({ split }) => split))).toEqual(new Set(["train", "test"]));
  });

  it("leaves out scans that nothing is asked about, and tells them", async () => {
    const { cases, unnamed } = await surveyed({ "r.csv": reports.slice(0, 5) });
    expect(cases).toHaveLength(4);
    expect(unnamed).toEqual(["ct/s4.nii.gz", "ct/s5.nii.gz"]);
  });

  it("leaves out a task that has no item on one side, and says so", async () => {
    const { tasks, notes } = await surveyed({
      "r.csv": reports,
      "q.csv": ["image,question,answer", "s0,What is seen?,A nodule."],
    });
    expect(tasks).toEqual(["report"]);
    expect(notes.at(-1)).toMatch(
      /^The recipe leaves open-vqa out: of its items none are in (?:training|the test)\.$/,
    );
  });

  it.each([
    ["no scan", {}, 0, "no scan is read"],
    ["no table", {}, 6, "there is no table of reports or questions"],
    [
      "a table about none of its scans",
      { "r.csv": ["image,report", "x,Clear.", "y,Clear."] },
      6,
      "its tables ask about 0 of its 6 scans",
    ],
    [
      "a table about one",
      { "r.csv": ["image,report", "s0,Clear."] },
      6,
      "its tables ask about 1 of its 6 scans",
    ],
  ])("is refused with %s, with all that was not read", async (_what, tables, scans, message) => {
    const error = await caught(() => surveyed(tables, scans));
    expect([error.code, error.exitCode]).toEqual(["DATA_EMPTY", 65]);
    expect(error.message).toContain(message);
    expect(error.details).toMatchObject({
      scans,
      unread: [],
      tables: expect.any(Array),
      rows: expect.any(Array),
    });
    expect(error.hint).toContain('"image"');
  });

  it("leaves out the types of a task that some of its test alone have, and says so", async () => {
    const rowsOf = (typed: readonly number[]): readonly string[] =>
      all.map(
        (n) => `s${n},${n < 4 ? "train" : "test"},Is it?,yes|no,yes,${typed.includes(n) ? "plane" : ""}`,
      );
    const questions = (typed: readonly number[]) => ({
      "questions.csv": ["image,split,question,choices,answer,type", ...rowsOf(typed)],
    });
    const typesOf = ({ items }: Survey) => items.map(({ type }) => type);
    const some = await surveyed(questions([0, 1, 4]));
    expect(typesOf(some)).toEqual(all.map(() => undefined));
    expect(some.notes).toContain(
      "The types of closed-vqa are left out: 1 of its 2 items in the test have none. For numbers by type fill the column, and begin again.",
    );
    for (const typed of [all, [4, 5], [0]]) {
      const even = await surveyed(questions(typed));
      expect(typesOf(even)).toEqual(all.map((n) => (typed.includes(n) ? "plane" : undefined)));
      expect(even.notes.join(" ")).not.toContain("types");
    }
  });

  it("is refused where every report is the same: nothing is left to test on", async () => {
    const error = await caught(() =>
      surveyed({ "r.csv": ["image,report", ...all.map((n) => `s${n},Clear.`)] }),
    );
    expect(error).toMatchObject({ code: "DATA_EMPTY", hint: expect.stringContaining('"split"') });
  });
});
