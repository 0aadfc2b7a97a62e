import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { dataSplitDocument } from "../../../../../../ts/cli/commands/data/document.ts";
import { call } from "../../../../../support/call.ts";
import { caught } from "../../../../../support/caught.ts";
import { cleanFolder } from "../../../../../support/own-folder.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const root = temporaryFolder();
let clean = "";
beforeAll(async () => {
  clean = await cleanFolder(join(root, "clean"));
});
let made = 0;
const fresh = (): string => join(root, `splits${made++}.csv`);

describe("tomoe data split", () => {
  it("writes a table and prints a document that keeps to its schema", async () => {
    const out = fresh();
    const { document, text } = await call("data", "split", clean, "--shares", "0.5,0,0.5", "--out", out);
    const parsed = dataSplitDocument.parse(document);
    expect(parsed).toMatchObject({ ok: true, layout: "table", table: out, by: "report", seed: 0 });
    expect(readFileSync(out, "utf8")).toMatch(/^case,split\r\nc0,(?:train|test)\r\n/);
    expect(text).toContain("4 groups that are never parted");
    expect(text).toContain(parsed.digest);
  });

  it("draws another split for another seed, the same one for the same", async () => {
    const digest = async (seed: string): Promise<unknown> =>
      (await call("data", "split", clean, "--shares", "0.5,0,0.5", "--seed", seed, "--out", fresh())).document
        .digest;
    const digests = await Promise.all(["1", "2", "3", "4", "5", "6"].map(digest));
    expect(await digest("1")).toBe(digests[0]);
    expect(new Set(digests).size).toBeGreaterThan(1);
  });

  it.each([
    [["--shares", "0.5,0.5"], "--shares must be 3 numbers"],
    [["--shares", "0.5,0.5,0.5"], "--shares are three parts of 1, found 0.5,0.5,0.5"],
    [["--shares", "1.5,-0.5,0"], "--shares are three parts of 1"],
    [["--by", "scan"], "--by must be one of report, patient"],
  ])("refuses %j", async (words, message) => {
    const error = await caught(() => call("data", "split", clean, ...words, "--out", fresh()));
    expect([error.code, error.exitCode]).toEqual(["USAGE_INVALID", 64]);
    expect(error.message).toContain(message);
  });

  it("replaces no table: runs may be bound to it", async () => {
    const out = fresh();
    await call("data", "split", clean, "--out", out, "--shares", "0.5,0,0.5");
    const before = readFileSync(out, "utf8");
    const error = await caught(() => call("data", "split", clean, "--out", out, "--seed", "9"));
    expect([error.code, error.exitCode]).toEqual(["OUTPUT_EXISTS", 73]);
    expect(readFileSync(out, "utf8")).toBe(before);
  });

  it("refuses problems that are not there, and writes nothing then", async () => {
    const out = fresh();
    const error = await caught(() =>
      call("data", "split", clean, "--out", out, "--problems", join(root, "gone.jsonl")),
    );
    expect([error.code, existsSync(out)]).toEqual(["PATH_NOT_FOUND", false]);
  });
});
