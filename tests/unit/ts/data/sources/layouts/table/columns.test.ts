import {
  columnNames,
  extraColumns,
  misspelled,
} from "../../../../../../../ts/data/sources/layouts/table/columns.ts";

const own = columnNames();

describe("columns of a table", () => {
  it("are called as they are unless told otherwise, and the rest is extra", () => {
    const columns = columnNames({ image: "Scan" });
    expect([columns.image, columns.case]).toEqual(["Scan", "case"]);
    expect(extraColumns(columns, ["case", "Scan", "image", "age"])).toEqual(["image", "age"]);
  });

  it.each([
    [["case", "quesiton"], [{ found: "quesiton", meant: "question" }]],
    [["Case", "image"], [{ found: "Case", meant: "case" }]],
    [["case", "choice"], [{ found: "choice", meant: "choices" }]],
    [["image", "date", "name", "age", "sex"], []],
    [["case", "cases"], []],
  ])("that stand as %j look like %j", (present, found) => {
    expect(misspelled(own, present)).toEqual(found);
  });
});
