import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { readableJson, readRecord } from "../../../../../ts/track/record/json.ts";
import { failureOf, scratchFolder } from "../fixtures.ts";

const scratch = scratchFolder();
afterAll(() => scratch.remove());
const path = join(scratch.path, "state.json");
const schema = z.strictObject({ name: z.string() });

describe("a JSON file of the record", () => {
  it("is what was written", async () => {
    writeFileSync(path, readableJson({ name: "\u00e9" }, "the state"));
    expect(await readRecord(path, schema)).toEqual({ name: "\u00e9" });
  });

  it.each([
    ["is missing", undefined, "the file is missing"],
    ["is cut", '{"name', "it is not JSON (6 characters)"],
    ["has another field", '{"name":1}', "name: Invalid input: expected string, received number"],
    ["is another value", "7", "Invalid input: expected object, received number"],
  ])("that %s is RECORD_INVALID with exit 65", async (_, text, what) => {
    const at = join(scratch.path, text === undefined ? "gone.json" : "bad.json");
    if (text !== undefined) writeFileSync(at, text);
    const refused = await failureOf(readRecord(at, schema));
    expect([refused.code, refused.exitCode, refused.message]).toEqual([
      "RECORD_INVALID",
      65,
      `[RECORD_INVALID] ${at}: ${what}`,
    ]);
  });

  it("that cannot be read is a failure of the disk", async () => {
    mkdirSync(join(scratch.path, "folder"));
    const refused = await failureOf(readRecord(join(scratch.path, "folder"), schema));
    expect([refused.code, refused.details.errno]).toEqual(["IO_FAILED", "EISDIR"]);
    const below = await failureOf(readRecord(join(path, "x"), schema));
    expect(below.code).toBe("PATH_NOT_FOUND");
  });
});

describe("JSON for people", () => {
  it("is indented, ends with a newline, and refuses what would be written as null", async () => {
    expect(readableJson({ a: [1] }, "x")).toBe('{\n  "a": [\n    1\n  ]\n}\n');
    for (const value of [{ a: Number.NaN }, [Number.POSITIVE_INFINITY], undefined])
      expect((await failureOf(async () => readableJson(value, "the run state"))).message).toContain(
        "[INTERNAL] the run state cannot be written as JSON",
      );
  });
});
