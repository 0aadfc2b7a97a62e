import { z } from "zod";
import { parseRow, parseRows } from "../../../../../ts/data/dataset/rows.ts";
import { caught } from "../../../../support/caught.ts";

const schema = z.strictObject({ id: z.string().min(1), size: z.int().positive() });

describe("parseRows", () => {
  it("reads a row a line, and takes empty lines for none", () => {
    const text = '{"id":"a","size":1}\n\n  \n{"id":"b","size":2}\n';
    expect(parseRows(schema, text, "rows.jsonl")).toEqual([
      { id: "a", size: 1 },
      { id: "b", size: 2 },
    ]);
    expect(parseRows(schema, "", "rows.jsonl")).toEqual([]);
  });

  it("counts empty lines when it names a line", async () => {
    const error = await caught(() => parseRows(schema, '{"id":"a","size":1}\n\n{"id":', "rows.jsonl"));
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
