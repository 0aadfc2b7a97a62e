import { existsSync, readFileSync } from "node:fs";
import {
  csvField,
  type Problem,
  ProblemFiles,
  rowProblemLine,
} from "../../../../../ts/run/data/problem-files.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const root = temporaryFolder();

const problem: Problem = {
  kind: "refused",
  code: "DATA_NOT_HU",
  message: 'not "HU", but\nshades',
  hint: "Give HU.",
  case: "c1",
  item: null,
  table: "t.csv",
  row: 4,
  skips: "case",
};

describe("a field of the table of problems", () => {
  it.each([
    [null, ""],
    [3, "3"],
    [-3, "-3"],
    ["plain", "plain"],
    ["a,b", '"a,b"'],
    ['say "a"\n', '"say ""a""\n"'],
    ["=1+2", "'=1+2"],
    ["@cmd,x", `"'@cmd,x"`],
  ])("%j is written as %j", (value, written) => {
    expect(csvField(value)).toBe(written);
  });
});

describe("problems", () => {
  it("are lines and rows in the order they were met, counted by kind and code", async () => {
    const files = await ProblemFiles.begin(root);
    await files.add(problem);
    await files.add({ ...problem, kind: "note", case: "c2" });
    await files.add({ ...problem, case: "c3" });
    expect(existsSync(files.jsonl)).toBe(false);
    await files.commit();
    const lines = readFileSync(files.jsonl, "utf8").trimEnd().split("\n");
    expect(lines.map((line) => (JSON.parse(line) as Problem).case)).toEqual(["c1", "c2", "c3"]);
    expect(JSON.parse(lines[0] ?? "")).toEqual(problem);
    expect(readFileSync(files.csv, "utf8")).toContain(
      'refused,DATA_NOT_HU,c1,,t.csv,4,"not ""HU"", but\nshades"',
    );
    expect([...files.codes.values()]).toEqual([
      { kind: "refused", code: "DATA_NOT_HU", count: 2 },
      { kind: "note", code: "DATA_NOT_HU", count: 1 },
    ]);
  });

  it("of rows say what a recipe leaves out: the row, but nothing of a leak", () => {
    const told = { message: "m", hint: "h", place: { table: "t", row: 2 } } as const;
    expect(rowProblemLine({ ...told, code: "DATA_MANIFEST", case: "c" })).toMatchObject({
      kind: "refused",
      case: "c",
      item: null,
      skips: "row",
    });
    expect(rowProblemLine({ ...told, code: "DATA_LEAK" })).toMatchObject({ kind: "leak", skips: null });
    expect(rowProblemLine({ ...told, code: "DATA_MANIFEST", place: null })).toMatchObject({
      table: null,
      row: null,
    });
  });
});
