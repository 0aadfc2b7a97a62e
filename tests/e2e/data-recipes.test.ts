// From a folder with faults to a scored run, by the commands alone: verify, split, run.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type CliResult, repository, tomoe } from "../support/cli.ts";
import { layScans } from "../support/layouts/scans.ts";
import { writeRows } from "../support/own-folder.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { documentOf, type RunDocument } from "../support/toy-run.ts";

const root = temporaryFolder();
const recipe = join(repository, "tests/fixtures/recipes/layout.ts");

/** Six patients; the scan of the fifth is damaged, that of the sixth is not there. */
beforeAll(async () => {
  const names = [1, 2, 3, 4, 5].map((n) => `${n}.nii.gz`);
  await layScans(join(root, "own"), names);
  writeFileSync(join(root, "own/5.nii.gz"), readFileSync(join(root, "own/5.nii.gz")).subarray(0, 300));
  writeRows(join(root, "own"), "rows.csv", [
    "case,patient,image,split,report",
    ...[1, 2, 3, 4, 5, 6].map(
      (n) => `c${n},p${n},${n}.nii.gz,${n < 4 ? "train" : "test"},Lungs clear number ${n}.`,
    ),
  ]);
});

const call = async (...words: readonly string[]): Promise<CliResult> =>
  await tomoe(words, { cwd: root, env: { TOMOE_E2E: root } });

function runWords(more: object, ...words: readonly string[]): readonly string[] {
  const data = {
    kind: "layout",
    layout: "table",
    path: "own",
    sizeDHW: [8, 24, 24],
    windowHu: { low: -1000, high: 1000 },
    ...more,
  };
  const set = [`data=${JSON.stringify(data)}`, 'evaluation.split="test"'].flatMap((one) => ["--set", one]);
  return ["run", recipe, ...set, ...words, "--json"];
}

interface Failure {
  readonly error: {
    readonly code: string;
    readonly message: string;
    readonly hint: string;
    readonly details: object;
  };
}

const failureOf = ({ stdout }: CliResult): Failure["error"] => (JSON.parse(stdout) as Failure).error;

function recordOf({ dir }: RunDocument, name: string): Readonly<Record<string, unknown>> {
  return JSON.parse(readFileSync(join(dir, name), "utf8")) as Record<string, unknown>;
}

describe("a folder with faults", () => {
  it("is refused by a run, then verified, split and trained on without them, each with its reason in the record", async () => {
    const refused = await call(...runWords({}, "--dry-run"));
    expect([refused.code, failureOf(refused).code]).toEqual([65, "DATA_MANIFEST"]);
    expect(failureOf(refused).hint).toContain("problems");
    const verified = await call("data", "verify", "own", "--deep", "--out", "checked", "--json");
    expect(verified.code).toBe(0);
    const { problems, cases } = JSON.parse(verified.stdout) as {
      readonly problems: string;
      readonly cases: object;
    };
    expect(cases).toEqual({ total: 6, read: 4, refused: 1, missing: 1 });
    const split = await call(
      "data",
      "split",
      "own",
      "--problems",
      problems,
      "--shares",
      "0.5,0,0.5",
      "--json",
    );
    expect(JSON.parse(split.stdout)).toMatchObject({
      ok: true,
      skipped: 2,
      splits: { train: { cases: 2 }, test: { cases: 2 } },
    });
    const run = await call(...runWords({ problems, splits: "splits.csv" }));
    expect([run.code, run.stderr.includes("error:")]).toEqual([0, false]);
    const document = documentOf(run.stdout);
    const skipped = recordOf(document, "skipped.json");
    expect(skipped).toMatchObject({
      format: "tomoe.skipped/1",
      problems: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
    expect(skipped.rows).toEqual([
      expect.objectContaining({ case: "c5", code: expect.stringMatching(/^DATA_/) }),
      expect.objectContaining({ case: "c6", code: "PATH_NOT_FOUND" }),
    ]);
    const tested = readFileSync(join(root, "splits.csv"), "utf8").match(/c\d(?=,test)/g) ?? [];
    const rows = readFileSync(join(document.dir, "predictions.jsonl"), "utf8").trimEnd().split("\n");
    expect(rows.map((row) => String((JSON.parse(row) as { readonly case: unknown }).case)).sort()).toEqual(
      [...tested].sort(),
    );
    for (const { signature } of document.scorecard) expect(signature).not.toContain("split:");
  });
});

describe("a split that leaks", () => {
  beforeAll(() => {
    writeRows(join(root, "own"), "leaky.csv", ["case,split", "c1,train", "c2,test", "c3,train", "c4,test"]);
    writeRows(root, "problems.jsonl", [
      ...["c5", "c6"].map((id) =>
        JSON.stringify({
          code: "PATH_NOT_FOUND",
          message: "m",
          case: id,
          item: null,
          table: null,
          row: null,
          skips: "case",
        }),
      ),
    ]);
  });
  // c2 of the test has, byte for byte, the scan of c1, which only reading shows.
  const leaky = { path: "own/rows.csv", problems: "problems.jsonl", splits: "own/leaky.csv" };

  it("by the bytes of a scan is refused with 65 before a step is done, and names the cases", async () => {
    writeFileSync(join(root, "own/2.nii.gz"), readFileSync(join(root, "own/1.nii.gz")));
    const run = await call(...runWords(leaky));
    expect(run.code).toBe(65);
    expect(failureOf(run)).toMatchObject({
      code: "DATA_LEAK",
      details: { scans: 1, first: { scans: ["c2"] } },
    });
    expect(run.stderr).not.toContain("shared");
  });

  it("runs for a reason, and every number says so", async () => {
    const run = await call(...runWords(leaky, "--allow-leak", "to see how much it helps"));
    expect(run.code).toBe(0);
    const { scorecard, dir } = documentOf(run.stdout);
    expect(scorecard.length).toBeGreaterThan(0);
    for (const { signature } of scorecard)
      expect(signature).toContain("|split:leaky(1 of 2 cases; to see how much it helps)|");
    expect(JSON.stringify(recordOf({ dir, scorecard, runId: "" }, "resolved.json"))).toContain(
      "to see how much it helps",
    );
  });

  it("is not allowed without a word", async () => {
    const blank = await call(...runWords(leaky, "--allow-leak", " "));
    expect([blank.code, failureOf(blank).message]).toEqual([
      64,
      expect.stringContaining("it needs a reason"),
    ]);
  });
});
