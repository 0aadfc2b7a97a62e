import { createHash } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { AdversaryEntry } from "../../../../../../ts/eval/index.ts";
import type { EvalDocument } from "../../../../../../ts/run/eval/record/document.ts";
import { predictionsName, type Written, writeFiles } from "../../../../../../ts/run/eval/record/files.ts";
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

async function written(model: string | null = null, change: Partial<Written> = {}) {
  const dir = join(freshFolder(), "eval");
  mkdirSync(dir);
  const record = { createdAt: "2026-11-30T06:00:00.000Z", request: { data: null, model } };
  const made: Written = {
    folder: { dir, record } as unknown as EvalFolder,
    world: freshWorld(),
    signal: new AbortController().signal,
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
        scores: { exact: 1, "exact.generate": 0 },
      },
    ]),
    ...change,
  };
  return { dir, made, whole: await writeFiles(made) };
}

/** Every file below a folder, as paths below it. */
const below = (dir: string): readonly string[] =>
  readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => relative(dir, join(one.parentPath, one.name)))
    .sort();

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
    const named = whole.files.map((name) => name.replace(/[\da-f]{8}-[\da-f-]{27}/, "UUID"));
    expect(named).toEqual([
      "results.json",
      "every-eval/data/r/local/r/UUID.json",
      "every-eval/data/r/local/r/UUID_samples.jsonl",
      "inspect.eval",
      "items.jsonl",
      "predictions.blank.jsonl",
      "predictions.generate.jsonl",
      "predictions.jsonl",
      "results.html",
      "scorecard.md",
      "table.tex",
    ]);
    expect(below(dir)).toEqual([...whole.files].sort());
  });

  it("are written anew where an evaluation that was stopped left half of them, and are no more for it", async () => {
    const { dir, made } = await written();
    writeFileSync(join(dir, "every-eval/data/r/half.json"), "{");
    const again = await writeFiles(made);
    expect(below(dir)).toEqual([...again.files].sort());
  });

  it("for other programs hold the system's own answers, under the model's name", async () => {
    const { dir, whole } = await written("my-lab/ct-7b");
    const samples = whole.files.find((name) => name.endsWith("_samples.jsonl")) ?? "";
    expect(samples).toContain("every-eval/data/r/my-lab/ct-7b/");
    const found = readFileSync(join(dir, samples), "utf8").trimEnd().split("\n");
    // The score of the answer in words is no score of this text.
    expect(
      found.map((line) => JSON.parse(line) as { evaluation: { score: number }; sample_id: string }),
    ).toEqual([expect.objectContaining({ sample_id: "q1", evaluation: { score: 1, is_correct: true } })]);
    expect(found[0]).toContain("my-lab/ct-7b");
    expect(readFileSync(join(dir, "inspect.eval")).subarray(0, 2).toString("latin1")).toBe("PK");
  });

  it("have tables for a paper: the scorecard, and gaps with daggers where the corrected test tells them apart", async () => {
    const gap: AdversaryEntry = {
      adversary: "blank",
      task: "open-vqa",
      metric: "exact",
      primary: true,
      a: "blank",
      b: "r",
      first: 0.1,
      second: 0.5,
      difference: 0.4,
      ciLow: 0.2,
      ciHigh: 0.6,
      p: 0.001,
      pHolm: 0.002,
      verdict: "second is higher",
      better: "higher",
      mde: 0.1,
      n: 2,
      clusters: 1,
      perSeed: null,
      signature: "x",
    };
    const told = (entry: AdversaryEntry) =>
      written(null, { document: { ...document, adversaries: [entry] } }).then(({ dir, whole }) => ({
        tex: readFileSync(join(dir, "table.tex"), "utf8"),
        rows: whole.inputs.find(({ role }) => role === "rows")?.sha256.slice(0, 16) ?? "none",
      }));
    const { tex, rows: digest } = await told(gap);
    expect(tex.match(/\\toprule/g)).toHaveLength(2);
    expect(tex).toContain("+0.400$^{\\dagger}$");
    expect(tex.match(new RegExp(digest, "g"))).toHaveLength(2);
    expect((await told({ ...gap, verdict: "not separable" })).tex).not.toContain("+0.400$^");
    expect((await told({ ...gap, primary: false })).tex.match(/\\toprule/g)).toHaveLength(1);
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
