import { dataPage } from "../../../../../../ts/run/data/own/page.ts";
import type { Survey } from "../../../../../../ts/run/data/own/survey.ts";

const place = { table: "r.csv", row: 7 };

const survey: Survey = {
  folder: "/data/my scans",
  content: {
    scans: [{ path: "a.nii", alias: null, what: "nifti, 10 x 20 x 30 voxels" }],
    unread: [{ path: "b.nii", why: "it is an MR. Give a CT." }],
    deep: true,
    tables: ["r.csv"],
    others: new Map([[".txt", 3]]),
  },
  tables: [
    { table: "r.csv", rows: 5, used: 4, columns: { image: "Scan", report: "report" }, notes: ["A note."] },
    { table: "empty.csv", rows: 0, used: 0, columns: {}, notes: ["Not read: the table is empty."] },
  ],
  told: [{ place, why: '"gone" is no scan that is read' }],
  cases: [
    { case: "a", patient: "p", image: "a.nii", series: "", split: "train" },
    { case: "c", patient: "q", image: "c.nii", series: "", split: "test" },
  ],
  items: [{ case: "a", report: "Clear." }],
  unnamed: ["d.nii"],
  notes: ["Splits are drawn."],
  tasks: ["report"],
};

describe("the page about a folder of one's own", () => {
  const page = dataPage(survey, "experiment.ts");

  it("says what was found and taken for what", () => {
    expect(page).toContain("Folder: /data/my scans");
    expect(page).toContain(
      "1 scans are read, 1 are not. 2 have a report or a question: 1 to train on, 0 to choose by, 1 to test on, with 1 items.",
    );
    expect(page).toContain("Splits are drawn.");
    expect(page).toContain("- a.nii: nifti, 10 x 20 x 30 voxels");
    expect(page).toContain('- r.csv: 4 of 5 rows are used; columns: image is "Scan", report.\n  - A note.');
  });

  it("says what was not read, and why, each scan, row, table and file", () => {
    const [, unread = ""] = page.split("## Not read, and why");
    for (const line of [
      "- b.nii: it is an MR. Give a CT.",
      '- r.csv, row 7: "gone" is no scan that is read.',
      "- d.nii: no row of a table names it.",
      "- 3 files that are neither scans nor tables (.txt).",
    ])
      expect(unread).toContain(line);
    expect(page).toContain("- empty.csv: 0 of 0 rows are used.\n  - Not read: the table is empty.");
  });

  it("has the commands that follow, with names as a shell takes them", () => {
    expect(page).toContain("npx tomoe run experiment.ts --dry-run");
    expect(page).toContain("npx tomoe data verify data --layout table --scans '/data/my scans' --deep");
    expect(page).toContain("npx tomoe predict '/data/my scans/a.nii' --run latest --report");
  });

  it("counts what is too much to show, and says where nothing is", () => {
    const unnamed = Array.from({ length: 60 }, (_, at) => `s${at}.nii`);
    expect(dataPage({ ...survey, unnamed }, "e.ts")).toContain("- and 23 more");
    const nothing = {
      ...survey,
      told: [],
      unnamed: [],
      content: { ...survey.content, unread: [], others: new Map() },
    };
    expect(dataPage(nothing, "e.ts")).toContain("## Not read, and why\n\nNothing.");
    expect(dataPage({ ...survey, tables: [] }, "e.ts")).toContain("taken for\n\nNone.");
  });
});
