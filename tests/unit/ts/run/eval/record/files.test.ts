import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import type { EvalDocument } from "../../../../../../ts/run/eval/record/document.ts";
import { predictionsName, writeFiles } from "../../../../../../ts/run/eval/record/files.ts";
import type { EvalFolder } from "../../../../../../ts/run/eval/record/folder.ts";
import { readRows } from "../../../../../../ts/track/read/index.ts";
import { freshFolder } from "../../fixtures.ts";
import { freshWorld, partOf } from "../parts.ts";

const rows = [
  {
    id: "q1",
    case: "c1",
    task: "open-vqa",
    target: "liver",
    prediction: "a \u2028 separator and \u{1f600}",
  },
  {
    id: "q2",
    case: "c1",
    task: "open-vqa",
    target: "spleen",
    prediction: "",
  },
];
const document: EvalDocument = {
  ok: true,
  evalId: "e",
  dir: "d",
  runId: "r",
  checkpoint: "c",
  stages: [],
  scorecard: [
    {
      task: "open-vqa",
      metric: "exact",
      value: 0.5,
      ciLow: 0.1,
      ciHigh: 0.9,
      n: 2,
      clusters: 1,
      chance: null,
      signature: "tomoe-eval/2|x",
    },
  ],
  comparison: [],
  adversaries: [],
  closed: null,
  rows: { given: 2, expected: 2, scored: 2, failed: 0 },
  gates: [],
  inputs: [],
  warnings: [],
  files: [],
};

async function written() {
  const dir = join(freshFolder(), "eval");
  mkdirSync(dir);
  const whole = await writeFiles({
    folder: { dir } as EvalFolder,
    world: freshWorld(),
    document,
    scans: { cases: [], cacheDir: dir, sizeDHW: [16, 48, 48] },
    said: new Map([
      ["own", partOf(rows)],
      ["own-words", partOf([])],
      ["blank", partOf(rows.slice(0, 1))],
    ]),
    scored: partOf([
      {
        id: "q1",
        task: "open-vqa",
        scores: { exact: 1 },
      },
    ]),
  });
  return { dir, whole };
}

describe("the files of an evaluation", () => {
  it("are named by what they hold", () => {
    expect(["own", "own-words", "blank", "majority"].map(predictionsName)).toEqual([
      "predictions.jsonl",
      "predictions.generate.jsonl",
      "predictions.blank.jsonl",
      "predictions.majority.jsonl",
    ]);
  });

  it("are all in the document, each of them there, and no other", async () => {
    const { dir, whole } = await written();
    expect(whole.files).toEqual([
      "results.json",
      "items.jsonl",
      "predictions.blank.jsonl",
      "predictions.generate.jsonl",
      "predictions.jsonl",
      "results.html",
      "scorecard.md",
    ]);
    expect(readdirSync(dir).sort()).toEqual([...whole.files].sort());
  });

  it("hold the rows as they are, one a line", async () => {
    const { dir } = await written();
    expect(await readRows(join(dir, "predictions.jsonl"))).toEqual(rows);
    expect(await readRows(join(dir, "predictions.blank.jsonl"))).toEqual(rows.slice(0, 1));
    expect(statSync(join(dir, "predictions.generate.jsonl")).size).toBe(0);
    expect(await readRows(join(dir, "items.jsonl"))).toHaveLength(1);
  });

  it("are named in the document with whose they are and their digests, so that figures can be derived again", async () => {
    const { dir, whole } = await written();
    expect(whole.inputs.map(({ role, path, system }) => [role, path, system])).toEqual([
      ["rows", "predictions.jsonl", undefined],
      ["system", "predictions.jsonl", "r"],
      ["rows", "predictions.generate.jsonl", "generate"],
      ["system", "predictions.generate.jsonl", "generate"],
      ["system", "predictions.blank.jsonl", "blank"],
    ]);
    for (const { path, sha256 } of whole.inputs)
      expect(
        createHash("sha256")
          .update(readFileSync(join(dir, path)))
          .digest("hex"),
      ).toBe(sha256);
  });

  it("hold the document itself, and a table for people with its signatures", async () => {
    const { dir, whole } = await written();
    expect(JSON.parse(readFileSync(join(dir, "results.json"), "utf8"))).toEqual(whole);
    const table = readFileSync(join(dir, "scorecard.md"), "utf8");
    expect(table).toContain("| exact | 0.500 | 0.100 .. 0.900 |");
    expect(table).toContain("tomoe-eval/2|x");
    const page = readFileSync(join(dir, "results.html"), "utf8");
    expect(page).toContain("open-vqa/exact: tomoe-eval/2|x");
    expect(page).toContain("The scan is not at hand.");
  });
});
