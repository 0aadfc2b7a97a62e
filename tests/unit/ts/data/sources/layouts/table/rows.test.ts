import { columnNames } from "../../../../../../../ts/data/sources/layouts/table/columns.ts";
import { casesOfRow, chosen, itemsOfRow } from "../../../../../../../ts/data/sources/layouts/table/rows.ts";

const own = (values: Readonly<Record<string, unknown>>) => ({
  row: { values, place: { table: "t", row: 2 } },
  columns: columnNames(),
  folder: "/d",
});

describe("the choice that an answer names", () => {
  it.each([
    [["axial", "coronal"], "axial", "axial"],
    [["axial", "coronal"], "B", "coronal"],
    [["axial", "coronal"], "(b)", "coronal"],
    [["axial", "coronal"], "b.", "coronal"],
    [["B", "A"], "A", "A"],
    [["axial", "coronal"], "C", "C"],
    [["axial", "coronal"], "Axial", "Axial"],
  ])("of %j by %s is %s", (choices, answer, text) => {
    expect(chosen(choices, answer)).toBe(text);
  });
});

describe("a row", () => {
  it("brings a case where it names a scan, and a report beside a question under an id of its own", () => {
    const row = own({ id: "r", image: "1.nii", report: "R.", question: "Q?", answer: "a" });
    expect([...casesOfRow(row)]).toMatchObject([
      { kind: "row", row: { id: "1.nii", patient: "1.nii", split: null } },
    ]);
    expect([...itemsOfRow(row)].map((found) => found.kind === "row" && found.row.id)).toEqual([
      "r/report",
      "r",
    ]);
  });

  it("may write choices as a JSON list in one field, and numbers and truth values as such", () => {
    const [found] = itemsOfRow(own({ case: 7, question: "Q?", choices: '["a|b", "c"]', answer: "a|b" }));
    expect(found).toMatchObject({ kind: "row", row: { case: "7", choices: ["a|b", "c"], target: "a|b" } });
    const [open] = itemsOfRow(own({ case: 7, question: "Q?", answer: true }));
    expect(open).toMatchObject({ row: { task: "open-vqa", target: "true" } });
    const [bracket] = itemsOfRow(own({ case: 7, question: "Q?", choices: "[x|y", answer: "y" }));
    expect(bracket).toMatchObject({ row: { choices: ["[x", "y"] } });
  });
});
