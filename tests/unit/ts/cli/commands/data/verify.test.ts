import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { dataVerifyDocument } from "../../../../../../ts/cli/commands/data/document.ts";
import { call } from "../../../../../support/call.ts";
import { caught } from "../../../../../support/caught.ts";
import { cleanFolder, faultyFolder } from "../../../../../support/own-folder.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const root = temporaryFolder();
let clean = "",
  faulty = "";
beforeAll(async () => {
  clean = await cleanFolder(join(root, "clean"));
  faulty = await faultyFolder(join(root, "faulty"));
});
let made = 0;
const out = (): readonly string[] => ["--out", join(root, `out${made++}`)];

describe("tomoe data verify", () => {
  it("prints a document that keeps to its schema, and names the files it wrote", async () => {
    const { document, text, stderr } = await call("data", "verify", faulty, ...out());
    const parsed = dataVerifyDocument.parse(document);
    expect(parsed).toMatchObject({ ok: true, layout: "table", cases: { total: 8 }, gates: [] });
    for (const path of [parsed.problems, parsed.csv, parsed.picture]) expect(existsSync(path)).toBe(true);
    expect(text).toContain("8: 4 read, 3 refused, 1 missing");
    expect(text).toContain(parsed.problems);
    expect(stderr).toContain("read scans");
  });

  it("says what it found whatever that is, and fails by a gate alone: a share below 1, else a count", async () => {
    const where = out();
    const held = [
      "cases.refused<=0.4",
      "cases.refused<=3",
      "cases.missing<2",
      "leaks.patient<=1",
      "items.total>=9",
    ];
    const { document } = await call(
      "data",
      "verify",
      faulty,
      ...where,
      ...held.flatMap((gate) => ["--gate", gate]),
    );
    expect(document.gates).toEqual(held.map((gate) => expect.objectContaining({ gate, held: true })));
    const error = await caught(() =>
      call("data", "verify", faulty, ...where, "--gate", "cases.refused<=0.01"),
    );
    expect([error.code, error.exitCode]).toEqual(["GATE_FAILED", 1]);
    expect(error.message).toContain("cases.refused<=0.01 (it is 0.375)");
    expect(error.details).toMatchObject({
      layout: "table",
      cases: { refused: 3 },
      digest: expect.any(String),
    });
    const problems = readFileSync(String(error.details.problems), "utf8");
    expect(problems).toContain('"kind":"refused"');
  });

  it.each([
    [["--gate", "cases.refuse<=1"], 'did you mean "cases.refused"'],
    [["--gate", "cases.refused"], "is no comparison"],
    [["--gate", "leaks.patient<=0.5"], "is no share of anything"],
    [["--jobs", "0"], "--jobs is 1 to 64"],
    [["--layout", "ct-rat"], 'did you mean "ct-rate"'],
    [["--columns", "case"], "--columns takes pairs"],
  ])("refuses %j before anything is read", async (words, message) => {
    const where = out();
    const error = await caught(() => call("data", "verify", clean, ...where, ...words));
    expect([error.code, error.exitCode]).toEqual(["USAGE_INVALID", 64]);
    expect(error.message).toContain(message);
    expect(existsSync(where[1] ?? "")).toBe(false);
  });

  it("refuses a layout that the folder does not have, and a path that is not there", async () => {
    const half = await caught(() => call("data", "verify", clean, "--layout", "amos-mm", ...out()));
    expect([half.code, half.exitCode]).toEqual(["DATA_MANIFEST", 65]);
    const gone = await caught(() => call("data", "verify", join(root, "gone"), ...out()));
    expect([gone.code, gone.exitCode]).toEqual(["PATH_NOT_FOUND", 64]);
  });

  it("reads every voxel where that is asked for", async () => {
    const { document, text } = await call("data", "verify", clean, "--deep", "--jobs", "1", ...out());
    expect(document).toMatchObject({ deep: true, hu: { scans: 4 } });
    expect(text).toContain("every voxel read");
  });
});
