import { columnNames } from "../../../../../../../ts/data/sources/layouts/table/columns.ts";
import { PresentColumns } from "../../../../../../../ts/data/sources/layouts/table/present.ts";
import { rowProblem } from "../../../../../../../ts/data/sources/rows/records.ts";

const at = (table: string, row: number) => ({ table, row });
const row = (columns: string, table = "rows.csv", number = 2) => ({
  place: at(table, number),
  values: Object.fromEntries(columns.split(" ").map((name) => [name, "x"])),
});
const held = rowProblem(at("rows.csv", 2), "said", "Do.");

describe("the column that names the scans", () => {
  it("is there: nothing is held, and nothing is told", () => {
    const present = new PresentColumns(columnNames());
    expect(present.look(row("case image report"))).toBe(false);
    expect([present.released(), present.problem()]).toEqual([[], undefined]);
  });

  it.each([
    [
      "case patient scan report",
      undefined,
      'rows.csv has case, patient, scan, report, did you mean "scan"?',
      "scan",
    ],
    ["case imag report", undefined, 'rows.csv has case, imag, report, did you mean "imag"?', "imag"],
    ["case report", undefined, "rows.csv has case, report", "COLUMN"],
    [
      "case Volume_Name",
      undefined,
      'rows.csv has case, Volume_Name, did you mean "Volume_Name"?',
      "Volume_Name",
    ],
    ["case file", { image: "filen" }, 'rows.csv has case, file, did you mean "file"?', "file"],
  ])("is told of in one line where rows have %s", (columns, given, list, meant) => {
    const names = columnNames(given);
    const present = new PresentColumns(names);
    expect(present.look(row(columns))).toBe(true);
    expect(present.problem()).toEqual({
      code: "DATA_MANIFEST",
      message: `no table has the column "${names.image}" that names the scans: ${list}`,
      hint: `Say which column does: --columns image=${meant}, or columns: { image: "${meant}" } in the recipe.`,
      place: at("rows.csv", 2),
    });
  });

  it("is looked for in every table, and a long header is cut", () => {
    const present = new PresentColumns(columnNames());
    present.look(row("case question", "questions.jsonl", 1));
    present.look(row(Array.from({ length: 14 }, (_, n) => `n${n}`).join(" ")));
    expect(present.problem()?.message).toContain("questions.jsonl has case, question; rows.csv has n0, n1");
    expect(present.problem()?.message).toContain("n11 and 2 more");
    expect(present.look(row("case image", "scans.csv"))).toBe(false);
    expect(present.problem()).toBeUndefined();
  });

  it("holds what rows say until it is met, and tells it then, once", () => {
    const present = new PresentColumns(columnNames());
    expect(present.look(row("case question"))).toBe(true);
    present.hold(held);
    expect(present.released()).toEqual([]);
    expect(present.look(row("case image"))).toBe(false);
    expect([present.released(), present.released()]).toEqual([[held], []]);
  });

  it("is nobody's where there is no row", () => {
    expect(new PresentColumns(columnNames()).problem()).toBeUndefined();
  });
});
