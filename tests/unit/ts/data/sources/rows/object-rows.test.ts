import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { objectEndings, objectRows } from "../../../../../../ts/data/sources/rows/object-rows.ts";
import { crafted, textColumn } from "../../../../../support/parquet/craft.ts";
import { rowsAsRead } from "../../../../../support/source-rows.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const root = temporaryFolder();

describe("a table of objects", () => {
  it.each([
    ["a.jsonl", Buffer.from('{"a": "x"}\n{"a": "y"}\n')],
    ["a.parquet", crafted([textColumn("a", ["x", "y"])], 2)],
    ["A.PARQUET", crafted([textColumn("a", ["x", "y"])], 2)],
  ])("is read by its ending: %s", async (table, bytes) => {
    const path = join(root, table);
    writeFileSync(path, bytes);
    expect(objectEndings.test(table)).toBe(true);
    expect(await rowsAsRead(objectRows({ path, table }))).toEqual([
      { row: 1, a: "x" },
      { row: 2, a: "y" },
    ]);
  });

  it.each(["a.csv", "a.parquet.crc", "parquet", "a.json"])("is none by the ending of %s", (table) => {
    expect(objectEndings.test(table)).toBe(false);
  });
});
