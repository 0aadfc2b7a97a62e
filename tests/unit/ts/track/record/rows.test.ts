import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { readIfThere, readRows, scanRows } from "../../../../../ts/track/record/rows.ts";
import { failureOf, scratchFolder } from "../fixtures.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());
let count = 0;

function fileOf(text: string): string {
  const path = join(scratch.path, `rows-${count++}.jsonl`);
  writeFileSync(path, text);
  return path;
}
const line = (id: string, more: object = {}): string => `${JSON.stringify({ id, ...more })}\n`;

describe("reading rows", () => {
  it("gives every row as it was written", async () => {
    const row = fc.record({
      id: fc.uuid(),
      answer: fc.string({ unit: "grapheme" }),
      score: fc.double({ noNaN: true, noDefaultInfinity: true }),
    });
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(row, { selector: ({ id }) => id, maxLength: 5 }), async (rows) => {
        const plain = JSON.parse(JSON.stringify(rows)) as typeof rows;
        expect(await readRows(fileOf(rows.map((each) => `${JSON.stringify(each)}\n`).join("")))).toEqual(
          plain,
        );
      }),
      { numRuns: 25, seed: 20261128 },
    );
  });

  it("leaves the torn last line out, and takes one whose newline is lost", async () => {
    expect(await readRows(fileOf(`${line("a")}{"id":"b`))).toEqual([{ id: "a" }]);
    expect(await readRows(fileOf(line("a") + line("b").trimEnd()))).toEqual([{ id: "a" }, { id: "b" }]);
    expect(await readRows(fileOf(""))).toEqual([]);
    expect(await readRows(join(scratch.path, "none"))).toEqual([]);
  });

  it.each([
    ["a line that is not JSON", `${line("a")}x\n${line("b")}`, "line 2 is not a row with an id"],
    ["an empty line", `\n${line("a")}`, "line 1 is not a row with an id"],
    ["a row without an id", '{"answer":"x"}\n', "line 1 is not a row with an id"],
    ["an id that is a number", '{"id":1}\n', "line 1 is not a row with an id"],
    ["a list", '["id"]\n', "line 1 is not a row with an id"],
    [
      "an id that stands twice",
      line("a") + line("b") + line("a"),
      'the id "a" stands a second time in line 3',
    ],
  ])("refuses %s, naming the line", async (_, text, message) => {
    const refused = await failureOf(readRows(fileOf(text)));
    expect([refused.code, refused.exitCode]).toEqual(["RECORD_INVALID", 65]);
    expect(refused.message).toContain(message);
  });

  it("says of a folder that it cannot be read", async () => {
    mkdirSync(join(scratch.path, "folder"));
    expect((await failureOf(readRows(join(scratch.path, "folder")))).code).toBe("IO_FAILED");
  });
});

describe("the end of a file of rows", () => {
  it("is found at any cut: whole lines before it, torn bytes behind them", () => {
    const bytes = Buffer.from(line("a") + line("b", { text: "\u00e9" }));
    const first = Buffer.byteLength(line("a"));
    for (let cut = first; cut <= bytes.length; cut += 1) {
      const known = new Map<string, string>();
      const end = scanRows("x", bytes.subarray(0, cut), known);
      expect(end.validBytes + end.tornBytes).toBe(cut);
      expect(known.size).toBe(end.validBytes > first ? 2 : 1);
      expect(end.lostNewline).toBe(cut === bytes.length - 1);
    }
  });

  it("of no file is the beginning", async () => {
    expect((await readIfThere(join(scratch.path, "none"))).length).toBe(0);
    await expect(readIfThere(scratch.path)).rejects.toMatchObject({ code: "EISDIR" });
  });
});
