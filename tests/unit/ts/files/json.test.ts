import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { z } from "zod";
import { TomoeError } from "../../../../ts/errors.ts";
import { checkJson, jsonText, parseJson, readJson, readText } from "../../../../ts/files/json.ts";
import { caught } from "../../../support/caught.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

const root = temporaryFolder();
const schema = z.strictObject({ name: z.string(), stages: z.array(z.strictObject({ steps: z.int() })) });
const invalid = (where: string, what: string): TomoeError =>
  new TomoeError("RECORD_INVALID", `${where}: ${what}`, { hint: "Restore it from a copy." });
const good = { name: "shared", stages: [{ steps: 3 }] };

function file(name: string, text: string | Uint8Array): string {
  writeFileSync(join(root, name), text);
  return join(root, name);
}

describe("a JSON file", () => {
  it("is what the schema makes of it", async () => {
    expect(await readJson(file("good.json", jsonText(good)), schema, invalid)).toEqual(good);
    const doubled = z.number().transform((value) => value * 2);
    expect(await readJson(file("two.json", "21"), doubled, invalid)).toBe(42);
  });

  it.each([
    ["is cut off", '{"name":"sha', "it is not JSON (12 characters)"],
    ["is empty", "", "it is not JSON (0 characters)"],
    ["lacks a field deep inside", '{"name":"a","stages":[{}]}', "stages.0.steps: "],
    ["has a field too many", '{"name":"a","stages":[],"x":1}', 'Unrecognized key: "x"'],
    ["is another kind of value", "[]", "Invalid input: expected object"],
  ])("that %s is refused by the caller's own error, with the place", async (_, text, what) => {
    const path = file("bad.json", text);
    const error = await caught(() => readJson(path, schema, invalid));
    expect([error.code, error.exitCode, error.hint]).toEqual([
      "RECORD_INVALID",
      65,
      "Restore it from a copy.",
    ]);
    expect(error.message).toContain(`[RECORD_INVALID] ${path}: ${what}`);
  });

  it("that cannot be read has the code of the reading", async () => {
    const gone = await caught(() => readJson(join(root, "gone.json"), schema, invalid));
    expect([gone.code, gone.details.errno]).toEqual(["PATH_NOT_FOUND", "ENOENT"]);
    mkdirSync(join(root, "folder.json"));
    const folder = await caught(() => readJson(join(root, "folder.json"), schema, invalid));
    expect([folder.code, folder.message]).toEqual([
      "IO_FAILED",
      `[IO_FAILED] cannot read the file at ${join(root, "folder.json")}: EISDIR`,
    ]);
  });
});

describe("JSON that was read already", () => {
  it("is checked as that of a file, named by its line", async () => {
    expect(parseJson(jsonText(good), "cases.jsonl:3", schema, invalid)).toEqual(good);
    const error = await caught(() => parseJson("{", "cases.jsonl:3", schema, invalid));
    expect(error.what).toBe("cases.jsonl:3: it is not JSON (1 characters)");
    const wrong = await caught(() => checkJson({ ...good, name: 1 }, "state", schema, invalid));
    expect(wrong.what).toContain("state: name: Invalid input: expected string");
  });

  it("is refused also by a schema that says nothing of what is wrong", async () => {
    const silent = { safeParse: () => ({ success: false, error: { issues: [] } }) as const };
    expect((await caught(() => checkJson(1, "x", silent, invalid))).what).toBe("x: it does not fit");
  });

  it("reads back what was written, and ends with a newline", () => {
    fc.assert(
      // zod takes no key called __proto__ into a record.
      fc.property(
        fc.jsonValue().filter((value) => !JSON.stringify(value).includes("__proto__")),
        (value) => {
          const text = jsonText(value);
          expect(text.endsWith("\n")).toBe(true);
          expect(parseJson(text, "x", z.json(), invalid)).toEqual(JSON.parse(JSON.stringify(value)));
        },
      ),
      { seed: 20261128 },
    );
    expect(jsonText({ a: [1] })).toBe('{\n  "a": [\n    1\n  ]\n}\n');
  });
});

describe("a text file", () => {
  it("is read as UTF-8 and to its end", async () => {
    expect(await readText(file("text", "one\n\u00e9\u{1f9e1}"))).toBe("one\n\u00e9\u{1f9e1}");
    expect(await readText(file("empty", ""))).toBe("");
  });

  it("is not read once the signal is aborted, which is no failure of the disk", async () => {
    const reason = await readText(file("text", "x"), AbortSignal.abort()).catch((cause: unknown) => cause);
    expect(reason).toMatchObject({ name: "AbortError" });
  });
});
