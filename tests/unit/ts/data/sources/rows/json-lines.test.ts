import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { jsonLineRows } from "../../../../../../ts/data/sources/rows/json-lines.ts";
import { rowsAsRead } from "../../../../../support/source-rows.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const folder = temporaryFolder();

async function read(content: string): Promise<readonly unknown[]> {
  const path = join(folder, "t.jsonl");
  writeFileSync(path, content);
  return await rowsAsRead(jsonLineRows({ path, table: "t.jsonl" }));
}

describe("a JSON Lines file", () => {
  it("has an object a line; empty lines count and are none", async () => {
    expect(await read('\uFEFF{"a":1}\r\n\n{"a":"ä","b":[1]}')).toEqual([
      { a: 1, row: 1 },
      { a: "ä", b: [1], row: 3 },
    ]);
  });

  it("tells every line that is none and goes on", async () => {
    expect(await read('[1]\nnull\n3\n{"a":\n{"a":2}\n')).toEqual([
      "1: the row is a list, not an object",
      "2: the row is null, not an object",
      "3: the row is a number, not an object",
      "4: the line is not JSON",
      { a: 2, row: 5 },
    ]);
  });

  it.each([
    ["a CSV", "case,image\nc1,a.nii", "It looks like a CSV: name it .csv."],
    ["a list of many lines", "[\n{}\n]", "Write one object a line, without a list around them."],
    [
      "a file that was cut off",
      '{"a":1}\n{"a',
      "Write one JSON object a line; a file that was cut off ends in such a line.",
    ],
  ])("hints at %s", async (_what, content, hint) => {
    const path = join(folder, "h.jsonl");
    writeFileSync(path, content);
    const hints: string[] = [];
    for await (const found of jsonLineRows({ path, table: "h" }))
      if (found.kind === "problem") hints.push(found.problem.hint);
    expect(hints).toContain(hint);
  });
});
