import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { checkOutputs, showsQuestions, writeOutputs } from "../../../../ts/cli/outputs.ts";
import { caught } from "../../../support/caught.ts";
import { exportOf } from "../../../support/exports.ts";
import { temporaryFolder } from "../../../support/temporary-folder.ts";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);
const made = {
  json: () => ({ ok: true }),
  md: () => "# a",
  tex: () => "\\begin{table}",
  html: () => Promise.resolve("<!doctype html>"),
};

const exported = () => Promise.resolve(exportOf());

describe("files that a result is written to", () => {
  it("are of the kind that their ending names", async () => {
    const outputs = checkOutputs("score", [at("a.json"), at("scorecard.MD"), at("c.tex"), at("d.html")]);
    expect(outputs.map(({ kind }) => kind)).toEqual(["json", "md", "tex", "html"]);
    await writeOutputs(outputs, made);
    expect(JSON.parse(readFileSync(at("a.json"), "utf8"))).toEqual({ ok: true });
    expect(readFileSync(at("scorecard.MD"), "utf8")).toBe("# a");
    expect(readFileSync(at("c.tex"), "utf8")).toBe("\\begin{table}");
    expect(readFileSync(at("d.html"), "utf8")).toBe("<!doctype html>");
  });

  it("of another ending, or named twice, are refused at once, all of them", async () => {
    const error = await caught(() => checkOutputs("score", ["a.pdf", "scorecard.md", "scorecard.md", "c"]));
    expect(error.code).toBe("USAGE_INVALID");
    for (const part of [
      '"a.pdf" ends in none of .json, .md, .tex',
      '"scorecard.md" stands twice',
      '"c" ends in none',
    ])
      expect(error.what).toContain(part);
  });

  it("are never written over", async () => {
    mkdirSync(at("there"));
    writeFileSync(at("there/scorecard.md"), "mine");
    expect(await caught(() => checkOutputs("score", [at("there/scorecard.md")]))).toMatchObject({
      code: "OUTPUT_EXISTS",
      exitCode: 73,
      details: { path: at("there/scorecard.md") },
    });
    expect(readFileSync(at("there/scorecard.md"), "utf8")).toBe("mine");
  });

  it("in a folder that is not there cannot be created", async () => {
    const outputs = checkOutputs("score", [at("no/such/scorecard.md")]);
    expect(await caught(() => writeOutputs(outputs, made))).toMatchObject({ exitCode: 73 });
  });

  it("are exports of a scorecard too, where the command has one", async () => {
    const paths = [at("log.eval"), at("record.eee"), at("e.json")];
    const outputs = checkOutputs("score", paths, { isExportable: true });
    expect([showsQuestions(outputs), showsQuestions(outputs.slice(2))]).toEqual([true, false]);
    expect(showsQuestions(checkOutputs("compare", [at("page.html")]))).toBe(true);
    await writeOutputs(outputs, { ...made, exported });
    expect(readFileSync(at("log.eval")).subarray(0, 4).toString("latin1")).toBe("PK\u0003\u0004");
    expect(readdirSync(at("record.eee/data/mix/my-lab/ct_7b")).length).toBe(2);
    expect((await caught(() => checkOutputs("compare", [at("x.eval")]))).what).toContain(
      "ends in none of .json, .md, .tex, .html",
    );
    expect((await caught(() => checkOutputs("score", [at("x.ev")], { isExportable: true }))).what).toContain(
      ".tex, .html, .eval, .eee",
    );
  });
});
