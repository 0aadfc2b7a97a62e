import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { parsedLines, parseRow } from "../../../../../ts/data/dataset/rows.ts";
import { caught } from "../../../../support/caught.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const schema = z.strictObject({ id: z.string().min(1), size: z.int().positive() });

const root = temporaryFolder();

async function lines(content: string | Buffer, signal?: AbortSignal) {
  const path = join(root, "rows.jsonl");
  writeFileSync(path, content);
  const seen: string[] = [];
  const rows = await Array.fromAsync(
    parsedLines(schema, { path, file: "rows.jsonl", signal }, (text) => seen.push(text)),
  );
  return { rows, seen };
}

describe("parsedLines", () => {
  it("reads a row a line, and takes empty lines for none", async () => {
    const text = '{"id":"a","size":1}\n\n  \r\n{"id":"b","size":2}\r\n{"id":"c","size":3}';
    const { rows, seen } = await lines(text);
    expect(rows).toEqual([
      { id: "a", size: 1 },
      { id: "b", size: 2 },
      { id: "c", size: 3 },
    ]);
    expect(seen.join("")).toBe(text);
    expect(await lines("")).toEqual({ rows: [], seen: [] });
  });

  it("shows every line as the whole file reads as text, over the ends of what is read at once", async () => {
    const long = `{"id":"${"Größe 肺 ".repeat(40_000)}","size":1}`;
    const text = `${long}\n${long}\n\n${long.replace("1}", "2}")}`;
    const { rows, seen } = await lines(text);
    expect(Buffer.byteLength(text)).toBeGreaterThan(1 << 20);
    expect([rows.length, seen.length, seen.join("") === text]).toEqual([3, 4, true]);
    const torn = Buffer.from('{"id":"a?","size":1}\n{"id":"b","size":2}\n');
    torn[8] = 0xe2;
    const shown = await lines(torn);
    expect(shown.seen.join("")).toBe(torn.toString("utf8"));
    expect(shown.rows[0]?.id).toBe("a\ufffd");
  });

  it("stops when it is told to, and says what is not there", async () => {
    expect((await caught(() => lines('{"id":"a","size":1}', AbortSignal.abort()))).code).toBe("CANCELLED");
    const none = parsedLines(schema, { path: join(root, "none"), file: "none" });
    expect((await caught(() => Array.fromAsync(none))).code).toBe("PATH_NOT_FOUND");
  });

  it("counts empty lines when it names a line", async () => {
    const error = await caught(() => lines('{"id":"a","size":1}\n\n{"id":'));
    expect([error.code, error.details]).toEqual(["DATA_MANIFEST", { where: "rows.jsonl:3" }]);
    expect(error.message).toBe("[DATA_MANIFEST] rows.jsonl:3 is not JSON");
    expect(error.hint).toBe("Write one JSON object a line.");
    expect(error.cause).toBeInstanceOf(Error);
  });
});

describe("parseRow", () => {
  it("names every key that does not fit, at once", async () => {
    const error = await caught(() => parseRow(schema, '{"id":"","size":-1,"more":0}', "manifest.json"));
    expect([error.code, error.exitCode]).toEqual(["DATA_MANIFEST", 65]);
    expect(error.message).toMatch(/^\[DATA_MANIFEST\] manifest\.json: id: .*; size: .*; row: .*more/);
    expect(error.details.problems).toHaveLength(3);
  });

  it("calls the whole value a row where no key is to blame", async () => {
    expect((await caught(() => parseRow(schema, "[]", "rows.jsonl:1"))).message).toContain(
      "rows.jsonl:1: row: ",
    );
  });
});
