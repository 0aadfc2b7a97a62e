import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { JsonValue } from "../../../../ts/errors.ts";
import { readResolved } from "../../../../ts/run/read-run.ts";
import { digestJson } from "../../../../ts/schema/digest.ts";
import { caught } from "../../../support/caught.ts";
import { freshFolder, freshRun, resolvedWith } from "./fixtures.ts";

type Written = {
  readonly config: JsonValue;
  readonly digest: string;
  readonly origins: Record<string, string>;
};

/** A file of this content. */
function fileOf(content: unknown): string {
  const path = join(freshFolder(), "resolved.json");
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

const resolved = resolvedWith("seed=9");
const written = JSON.parse(JSON.stringify(resolved)) as Written;
const edited = (config: JsonValue): Written => ({ ...written, config, digest: digestJson(config, "a test") });

describe("readResolved", () => {
  it("gives back what a run wrote, with who decided each leaf", async () => {
    const owned = await freshRun(resolved);
    const read = await readResolved(owned.paths.resolved);
    expect(read).toEqual(resolved);
    expect(read.origins.seed).toBe("--set");
    expect(read.origins.name).toBe("recipe");
  });

  it("refuses a file whose content is not what its digest says", async () => {
    const config = { ...(written.config as { readonly [key: string]: JsonValue }), seed: 10 };
    const path = fileOf({ ...written, config });
    const failure = await caught(() => readResolved(path));
    expect(failure.code).toBe("RECORD_INVALID");
    expect(failure.what).toBe(`${path}: its content does not have the digest it states`);
    expect(failure.hint).toBe("It was edited, or written by another version of Tomoe; start a new run.");
  });

  it("refuses an experiment of another version by the key that it cannot read", async () => {
    const config = { ...(written.config as { readonly [key: string]: JsonValue }), seed: "nine" };
    const failure = await caught(() => readResolved(fileOf(edited(config))));
    expect(failure.what).toMatch(/resolved\.json: seed: /);
  });

  it.each([
    ["no JSON", "{", /: it is not JSON \(1 characters\)$/],
    ["a list", [], /resolved\.json: Invalid input: expected object/],
    ["nothing", null, /resolved\.json: Invalid input: expected object/],
    ["no digest", { config: {}, origins: {} }, /: digest: /],
    ["no origins", { config: {}, digest: "d" }, /: origins: /],
    ["a key too many", { ...written, more: 1 }, /resolved\.json: Unrecognized key: "more"/],
    ["an origin of another version", { ...written, origins: { seed: "a friend" } }, /: origins\.seed: /],
    ["an origin that is no word", { ...written, origins: { seed: 3 } }, /: origins\.seed: /],
  ])("refuses %s as a resolved experiment", async (_what, content, said) => {
    const failure = await caught(() => readResolved(fileOf(content)));
    expect([failure.code, failure.exitCode]).toEqual(["RECORD_INVALID", 65]);
    expect(failure.what).toMatch(said);
  });

  it("takes a resolved.json that is gone for a damaged record", async () => {
    const failure = await caught(() => readResolved(join(freshFolder(), "resolved.json")));
    expect(failure.code).toBe("RECORD_INVALID");
    expect(failure.what).toMatch(/resolved\.json: the file is missing$/);
  });
});
