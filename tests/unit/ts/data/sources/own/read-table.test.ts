import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { type OwnTable, openTable, tableRows } from "../../../../../../ts/data/sources/own/read-table.ts";
import { crafted, intColumn, textColumn } from "../../../../../support/parquet/craft.ts";
import { rowsAsRead } from "../../../../../support/source-rows.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const root = temporaryFolder();
let made = 0;

async function opened(
  name: string,
  content: string | Uint8Array,
): Promise<OwnTable | { readonly why: string }> {
  const table = `${made++}${name}`;
  const path = join(root, table);
  writeFileSync(path, content);
  return await openTable({ path, table });
}

async function read(
  name: string,
  content: string | Uint8Array,
  columns?: readonly string[],
): Promise<readonly unknown[]> {
  const table = await opened(name, content);
  if ("why" in table) throw new Error(table.why);
  return await rowsAsRead(tableRows(table, columns));
}

describe("a table as it lies there", () => {
  it.each([
    ["a.csv", "a,b\n1,2\n", ","],
    ["a.csv", "a;b;c\n1,5;2;3\n", ";"],
    ["a.tsv", "a\tb\n1\t2\n", "\t"],
    ["a.csv", "a\tb\n1\t2\n", "\t"],
    ["a.csv", "only\n1\n", ","],
  ])("%s with %j has fields separated by %j", async (name, text, delimiter) => {
    expect(await opened(name, text)).toMatchObject({ delimiter });
  });

  it("has the fields of its first record, which may be quoted and begin with a mark", async () => {
    expect(await opened("q.csv", '\uFEFF"the, first",second \r\n1,2\r\n')).toMatchObject({
      first: ["the, first", "second"],
    });
    expect(await opened("q.jsonl", '{"a":1,"b":2}\n{"c":3}\n')).toMatchObject({
      delimiter: null,
      first: ["a", "b", "c"],
    });
  });

  it.each([
    ["e.csv", "", "the table is empty"],
    ["e.jsonl", "", "the table is empty"],
    ["e.jsonl", "no json\n", "the line is not JSON"],
    ["e.jsonl", "[1]\n", "the row is a list, not an object"],
    ["e.csv", '"never closed\n', "never closed"],
    ["e.csv", '"a"b,c\n', "goes on behind its closing quote"],
  ])("%s with %j is not read: %s", async (name, text, why) => {
    expect(await opened(name, text)).toEqual({ why: expect.stringContaining(why) });
  });

  it("is not read in another encoding", async () => {
    expect(await opened("latin.csv", Buffer.from("größe,b\n", "latin1"))).toEqual({
      why: "the row is not UTF-8",
    });
  });
});

describe("rows of a table", () => {
  it("come by the names of its header, with the numbers that a spreadsheet has", async () => {
    expect(await read("r.csv", 'image,report\na.nii,"two\nlines"\nb.nii,one\n')).toEqual([
      { image: "a.nii", report: "two\nlines", row: 2 },
      { image: "b.nii", report: "one", row: 3 },
    ]);
  });

  it("come by names that are given where there is no header", async () => {
    expect(await read("h.csv", "a.nii,Clear.\nb.nii,Not clear.\n", ["image", "report"])).toEqual([
      { image: "a.nii", report: "Clear.", row: 1 },
      { image: "b.nii", report: "Not clear.", row: 2 },
    ]);
  });

  it("are told where their fields are not those of the header", async () => {
    expect(await read("f.csv", "a,b\n1\n1,2,3\n\n4,5\n")).toEqual([
      "2: the row has 1 fields, the header 2",
      "3: the row has 3 fields, the header 2",
      { a: "4", b: "5", row: 5 },
    ]);
  });

  it("of JSON Lines come as they are", async () => {
    expect(await read("j.jsonl", '{"a":[1]}\n\n{"a":null}\nx\n')).toEqual([
      { a: [1], row: 1 },
      { a: null, row: 3 },
      "4: the line is not JSON",
    ]);
  });
});

describe("a table in Parquet", () => {
  const table = crafted([textColumn("image", ["a.nii.gz", "b.nii.gz"]), intColumn("age", [61, 40])], 2);

  it("has the names of its columns and no delimiter, and rows of their values", async () => {
    expect(await opened("a.parquet", table)).toMatchObject({ delimiter: null, first: ["image", "age"] });
    expect(await read("a.parquet", table)).toEqual([
      { row: 1, image: "a.nii.gz", age: 61 },
      { row: 2, image: "b.nii.gz", age: 40 },
    ]);
  });

  it("is not read where it is cut or empty", async () => {
    expect(await opened("a.parquet", table.subarray(0, 40))).toMatchObject({
      why: expect.stringContaining("it was cut off"),
    });
    expect(await opened("a.parquet", crafted([textColumn("image", [])], 0))).toEqual({
      why: "the table is empty",
    });
  });
});
