import { writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { jsonListRows } from "../../../../../../ts/data/sources/rows/json-lists.ts";
import { rowsAsRead, told } from "../../../../../support/source-rows.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const folder = temporaryFolder();
const path = join(folder, "t.json");

async function read(content: string, keys: readonly string[]): Promise<readonly unknown[]> {
  writeFileSync(path, content);
  return await rowsAsRead(jsonListRows({ path, table: "t.json" }, keys));
}

describe("the lists of a JSON file", () => {
  it("are what JSON.parse makes of them, entry by entry, whatever the entries hold", async () => {
    const entry = fc.dictionary(
      fc.string({ maxLength: 4 }).filter((key) => key !== "__proto__" && key !== "row"),
      fc.jsonValue({ maxDepth: 3 }),
      {
        maxKeys: 4,
        noNullPrototype: true,
      },
    );
    const file = fc.record({
      train: fc.array(entry, { maxLength: 4 }),
      other: fc.jsonValue({ maxDepth: 2 }),
      test: fc.array(entry, { maxLength: 3 }),
    });
    await fc.assert(
      fc.asyncProperty(file, fc.constantFrom(0, 2), async (value, indent) => {
        const back = await read(JSON.stringify(value, null, indent), ["train", "test"]);
        const { train, test } = JSON.parse(JSON.stringify(value)) as Record<string, object[]>;
        const numbered = (list: object[] = []) => list.map((one, index) => ({ ...one, row: index + 1 }));
        expect(back).toEqual([...numbered(train), ...numbered(test)]);
      }),
      { seed: 16, numRuns: 60 },
    );
  });

  it("are named by their key, also where a key and texts hold brackets and quotes", async () => {
    writeFileSync(path, '{"version": "[1]", "a\\"[": [{"x": "}]{["}], "list": [{"y": 2}]}');
    const places: string[] = [];
    for await (const found of jsonListRows({ path, table: "t.json" }, ["list"]))
      if (found.kind === "row") places.push(`${found.row.place.table}:${found.row.place.row}`);
    expect(places).toEqual(["t.json#list:1"]);
  });

  it("may be the file itself, and an entry may run over what is read at once", async () => {
    const long = "ä".repeat(1 << 19);
    expect(await read(JSON.stringify([{ a: long }, { a: 1 }]), [""])).toEqual([
      { a: long, row: 1 },
      { a: 1, row: 2 },
    ]);
  });

  it.each([
    ["is missing", '{"train": [], "tset": []}', '1: the file has no list "test"'],
    ["ends early", '{"train": [], "test": [{"a": 1}, {"a"', "1: the file ends before its JSON does"],
    ["has an entry that is none", '{"train": [], "test": [{"a": }]}', "1: the entry is not JSON in UTF-8"],
  ])("are told where one %s", async (_what, content, problem) => {
    expect(await read(content, ["train", "test"])).toContain(problem);
  });

  it("says which lists there are", async () => {
    writeFileSync(path, '{"training": [{"a": 1}]}');
    const hints: string[] = [];
    for await (const found of jsonListRows({ path, table: "t.json" }, ["train"]))
      if (found.kind === "problem") {
        hints.push(found.problem.hint);
        expect(told([found.problem])).toEqual(['t.json:1 the file has no list "train"']);
      }
    expect(hints).toEqual(["It has the lists training."]);
  });
});
