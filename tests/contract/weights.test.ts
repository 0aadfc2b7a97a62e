import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { scoreDocument } from "../../ts/cli/commands/score/document.ts";
import { call } from "../support/call.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const folder = temporaryFolder();
const recorded = JSON.parse(readFileSync(here("../fixtures/bertscore.json"), "utf8")) as {
  readonly pairs: readonly (readonly [string, string])[];
  readonly cases: readonly {
    readonly family: string;
    readonly layer: number;
    readonly idf: boolean;
    readonly rescaled: boolean;
    readonly f: readonly number[];
  }[];
};

it("BERTScore by weights that the user gives is the reference library's, and names model, layer and files", async () => {
  execFileSync(here("../../.venv/bin/python"), [here("../support/bert_folders.py"), folder]);
  const rows = join(folder, "rows.jsonl");
  const lines = recorded.pairs.map(([prediction, target], at) =>
    JSON.stringify({ id: `q${at}`, case: `c${at}`, task: "report", target, prediction }),
  );
  writeFileSync(rows, lines.join("\n"));
  const weights = `bertscore=${join(folder, "bert")},layer=2,idf,baseline=${join(folder, "baseline.tsv")}`;
  const words = ["score", rows, "--profile", "strict", "--metrics", "bertscore", "--weights", weights];
  const { scorecard, inputs } = scoreDocument.parse((await call(...words)).document);
  const [entry] = scorecard;
  const wanted = recorded.cases.find(
    (one) => one.family === "bert" && one.layer === 2 && one.idf && one.rescaled,
  );
  // A blank prediction is wrong, where the library rescales its 0.
  const scores = (wanted?.f ?? []).map((one, at) => (recorded.pairs[at]?.[0] === "" ? 0 : one));
  expect(entry?.value).toBeCloseTo(scores.reduce((sum, one) => sum + one, 0) / scores.length, 6);
  expect(entry?.signature).toMatch(
    /tomoe\.bertscore\/1\(F,rules:bert-score@0\.3\.13,model:bert@[\da-f]{16},layer:2,idf:targets,baseline:baseline\.tsv@[\da-f]{16},max-tokens:24\)\|bounds:-3\.04/,
  );
  expect(inputs.map(({ role, system }) => [role, system])).toEqual([
    ["rows", undefined],
    ["weights", "bertscore"],
    ["weights", "bertscore.baseline"],
  ]);
});
