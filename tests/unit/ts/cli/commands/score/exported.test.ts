import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkModel } from "../../../../../../ts/cli/commands/score/exported.ts";
import { filesBelow } from "../../../../../../ts/files/index.ts";
import { call } from "../../../../../support/call.ts";
import { caught } from "../../../../../support/caught.ts";
import { answered } from "../../../../../support/exports.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const folder = temporaryFolder();
const rows = join(folder, "rows.jsonl");
writeFileSync(rows, answered.map((row) => `${JSON.stringify(row)}\n`).join(""));

describe("the model of an export", () => {
  it.each(["my-lab/ct-7b", "org/a/b.c", "研究室/モデル"])("may be %s", (model) => {
    expect(() => checkModel(model, [])).not.toThrow();
  });

  it.each(["ct-7b", "/ct", "lab/", "a b/c", "lab/../x", "lab//x", "-a/b"])("is never %s", async (model) => {
    expect((await caught(() => checkModel(model, []))).code).toBe("USAGE_INVALID");
  });

  it("must be named for a record of Every Eval Ever alone", async () => {
    const error = await caught(() => checkModel(undefined, [{ path: "r.eee", kind: "eee" }]));
    expect([error.code, error.what.includes("--model DEVELOPER/NAME")]).toEqual(["USAGE_INVALID", true]);
    expect(() => checkModel(undefined, [{ path: "r.eval", kind: "eval" }])).not.toThrow();
  });
});

describe("tomoe score --out", () => {
  it("writes exports with the questions that were asked, named by the file", async () => {
    const [log, record] = [join(folder, "log.eval"), join(folder, "record.eee")];
    await call(
      "score",
      rows,
      "--profile",
      "strict",
      "--model",
      "my-lab/ct-7b",
      "--out",
      log,
      "--out",
      record,
    );
    const found = (await filesBelow(record)).map(({ path }) => path.toString("utf8"));
    expect(found.map((path) => path.includes("/data/rows/my-lab/ct-7b/"))).toEqual([true, true]);
    const samples = readFileSync(found.find((path) => path.endsWith(".jsonl")) ?? "", "utf8");
    expect(samples).toContain('"raw":"Which organ, \\"0\\"?\\u2028"');
    expect(existsSync(log)).toBe(true);
  });

  it("needs the model before anything is read", async () => {
    const error = await caught(() =>
      call("score", join(folder, "none.jsonl"), "--profile", "strict", "--out", join(folder, "x.eee")),
    );
    expect(error.code).toBe("USAGE_INVALID");
  });
});
