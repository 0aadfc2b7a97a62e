import { rowBytesAtMost } from "../../../../../ts/eval/rows/lines.ts";
import { RowReader } from "../../../../../ts/eval/rows/reader.ts";
import { thrownBy } from "../../../../support/router-policies.ts";

const line = (id: string, prediction = "p"): string =>
  JSON.stringify({ id, case: "c", task: "open-vqa", target: "t", prediction });

/** Reads bytes in pieces of a size. */
function read(bytes: Uint8Array, size = bytes.length) {
  const reader = new RowReader();
  for (let at = 0; at < bytes.length; at += Math.max(1, size)) reader.push(bytes.subarray(at, at + size));
  return reader.end();
}
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const refused = (bytes: Uint8Array, size?: number) =>
  thrownBy(() => read(bytes, size)) as { readonly code: string; readonly message: string };

describe("a reader of rows", () => {
  it.each([1, 2, 3, 7, 64, 10_000])("reads the same in pieces of %d bytes", (size) => {
    const text = `\uFEFF${line("1", "日本語 é 😀")}\r\n\n${line("2")}\n  \n${line("3")}`;
    expect(read(utf8(text), size).rows.map(({ id, prediction }) => [id, prediction])).toEqual([
      ["1", "日本語 é 😀"],
      ["2", "p"],
      ["3", "p"],
    ]);
  });

  it.each([
    [
      "Latin-1",
      Buffer.from(`${line("1")}\n${line("2", "caf\u00e9")}\n`, "latin1"),
      "line 2: it is not UTF-8",
    ],
    ["UTF-16", Buffer.from(`\uFEFF${line("1")}\n`, "utf16le"), "line 1: it is UTF-16, not UTF-8"],
    ["UTF-16 without a mark", Buffer.from(line("1"), "utf16le"), "line 1: not JSON: it holds NUL bytes"],
    [
      "a surrogate as three bytes",
      Buffer.concat([utf8('{"id":"'), Buffer.from([0xed, 0xa0, 0x80]), utf8('"}')]),
      "line 1: it is not UTF-8",
    ],
    [
      "an overlong form",
      Buffer.concat([utf8(line("1")), utf8("\n"), Buffer.from([0xc0, 0x80])]),
      "line 2: it is not UTF-8",
    ],
    ["a second mark", utf8(`${line("1")}\n\uFEFF${line("2")}`), "line 2: not JSON"],
    [
      "CR alone",
      utf8(`${line("1")}\r${line("2")}`),
      "line 1: not JSON: a carriage return alone ends no line",
    ],
    [
      "a list",
      utf8(`[${line("1")}]`),
      "line 1: not JSON: a list begins here|line 1: a row is one JSON object",
    ],
    ["an object over lines", utf8('{\n"id": 1\n}'), "line 1: not JSON: an object goes on over several lines"],
    ["a cut end", utf8(`${line("1")}\n${line("2").slice(0, 20)}`), "line 2: not JSON"],
    ["NaN", utf8('{"id":NaN}'), "line 1: not JSON"],
    ["an escape sequence", utf8("\u001b[31m{}"), "line 1: not JSON: .*\\\\u001b"],
  ])("refuses %s by its line", (_what, bytes, message) => {
    for (const size of [undefined, 5]) {
      const error = refused(bytes, size);
      expect(error.code).toBe("DATA_PREDICTIONS");
      expect(error.message).toMatch(new RegExp(message));
      expect(error.message).not.toMatch(/\p{Cc}(?<!\n)|\uFFFD/u);
    }
  });

  it("refuses a row that is too long by its line, without holding it, and reads on", () => {
    const long = utf8(line("2", "x".repeat(2 * rowBytesAtMost)));
    const bytes = Buffer.concat([utf8(`${line("1")}\n`), long, utf8(`\n${line("1")}\n`)]);
    const error = refused(bytes, 2 ** 16);
    expect(error.message).toContain(`line 2: a row of more than ${rowBytesAtMost} bytes`);
    expect(error.message).toContain('line 3: the id "1" of open-vqa stands on line 1 already');
    expect(read(utf8(line("1", "x".repeat(rowBytesAtMost - 1000))), 2 ** 16).rows).toHaveLength(1);
  });

  it("tells a key that stands twice, and which row of which file it is", () => {
    const reader = new RowReader({ file: "a.jsonl" });
    reader.push(utf8('{"id":"1","id":"2"}\n'));
    expect(thrownBy(() => reader.end())).toMatchObject({
      message: expect.stringContaining('a.jsonl, line 1: the key "id" stands twice in one object'),
    });
  });

  it.each(["", "\n\r\n \t\n", "\uFEFF"])("refuses a file without a row: %j", (text) => {
    expect(refused(utf8(text)).code).toBe("DATA_EMPTY");
  });

  it("keeps one list of choices where many rows have the same", () => {
    const closed = (id: string): string =>
      JSON.stringify({
        id,
        case: "c",
        task: "closed-vqa",
        choices: ["a", "b"],
        target: "a",
        prediction: "A",
      });
    const { rows } = read(utf8(`${closed("1")}\n${closed("2")}\n`));
    expect(rows[1]?.choices).toBe(rows[0]?.choices);
  });
});
