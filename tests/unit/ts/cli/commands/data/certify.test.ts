import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { dataCertifyDocument } from "../../../../../../ts/cli/commands/data/document.ts";
import { call } from "../../../../../support/call.ts";
import { caught } from "../../../../../support/caught.ts";
import { cleanFolder } from "../../../../../support/own-folder.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const root = temporaryFolder();
const ledger = join(root, "ledger");
let clean = "";
beforeAll(async () => {
  clean = await cleanFolder(join(root, "clean"));
});
let made = 0;
const fresh = (): string => join(root, `certificate${made++}.json`);

describe("tomoe data certify", () => {
  it("writes a certificate and prints a document that keeps to its schema", async () => {
    const out = fresh();
    const { document, text } = await call("data", "certify", clean, "--out", out, "--ledger", ledger);
    const parsed = dataCertifyDocument.parse(document);
    expect(parsed).toMatchObject({
      ok: true,
      layout: "table",
      certificate: out,
      filters: [],
      leaks: [],
      skipped: 0,
    });
    expect(parsed.splits.train).toMatchObject({ patients: 2, cases: 2, items: 4 });
    expect(JSON.parse(readFileSync(out, "utf8"))).toMatchObject({
      digest: parsed.digest,
      splits: parsed.splits,
    });
    expect(text).toContain("table has no filters");
    expect(text).toContain(parsed.digest);
  });

  it("shows filters with their counts, and what is left out", async () => {
    const problems = join(root, "problems.jsonl");
    const refused = {
      code: "DATA_NOT_HU",
      message: "m",
      case: "c0",
      item: null,
      table: null,
      row: null,
      skips: "case",
    };
    writeFileSync(problems, JSON.stringify(refused));
    const { text } = await call(
      "data",
      "certify",
      clean,
      "--out",
      fresh(),
      "--ledger",
      ledger,
      "--problems",
      problems,
    );
    expect(text).toMatch(/problems +cases +4 +3\n/);
    expect(text).toContain("1 left out by the problems given");
  });

  it.each([
    [["--jobs", "0"], "--jobs is 1 to 64, found 0"],
    [["--columns", "case"], "--columns takes pairs"],
    [["--layout", "ctrate"], "--layout must be one of"],
  ])("refuses %j", async (words, message) => {
    const out = fresh();
    const error = await caught(() => call("data", "certify", clean, ...words, "--out", out));
    expect([error.code, error.exitCode, existsSync(out)]).toEqual(["USAGE_INVALID", 64, false]);
    expect(error.message).toContain(message);
  });

  it("replaces no certificate: recipes may name it", async () => {
    const out = fresh();
    writeFileSync(out, "{}");
    const error = await caught(() => call("data", "certify", clean, "--out", out));
    expect([error.code, error.exitCode]).toEqual(["OUTPUT_EXISTS", 73]);
    expect(error.hint).toContain("--out FILE.json: recipes may name it");
  });
});
