import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { scorePredictions } from "../../../../../ts/eval/index.ts";
import { evaluateRun } from "../../../../../ts/run/evaluate/evaluate.ts";
import { measureRows } from "../../../../../ts/run/evaluate/measured.ts";
import { readScorecard } from "../../../../../ts/run/evaluate/scorecard.ts";
import { trainAttempt } from "../../../../../ts/run/train/attempt.ts";
import { readRows } from "../../../../../ts/track/read/index.ts";
import { newJob } from "../fixtures.ts";

async function evaluated() {
  const test = await newJob();
  const attempt = await test.attempt();
  await trainAttempt(attempt);
  return { test, attempt, entries: await evaluateRun(attempt) };
}

describe("evaluateRun", () => {
  it("scores what is recorded: its entries are those of the rows on the disk", async () => {
    const { test, attempt, entries } = await evaluated();
    const { owned, resolved } = test.job;
    const rows = await readRows(owned.paths.predictions);
    expect(rows).toHaveLength(9);
    const again = scorePredictions(rows, {
      profile: "strict",
      tasks: resolved.config.tasks,
      measured: await measureRows({ ...attempt, rows }),
    });
    // How the answers were made stands in the signature too; the numbers are the same.
    const numbers = (list: typeof again) => list.map(({ signature: _, ...rest }) => rest);
    expect(numbers(entries)).toEqual(numbers(again));
    expect((await readScorecard(owned.paths.scorecard)).scorecard).toEqual(entries);
    expect(readFileSync(owned.paths.scorecardMarkdown, "utf8")).toContain("## report");
  });

  it("leaves a receipt of every volume that was evaluated", async () => {
    const { test } = await evaluated();
    const { receipts } = test.job.owned.paths;
    expect(readdirSync(receipts).sort()).toEqual([0, 1, 2].map((index) => `words-test-${index}.json`));
    const receipt = JSON.parse(readFileSync(join(receipts, "words-test-1.json"), "utf8")) as unknown;
    expect(receipt).toEqual({ format: "nifti", sourceDigest: "words-test-1" });
  });

  it("gives the same scorecard again and asks nothing twice", async () => {
    const { test, attempt, entries } = await evaluated();
    const before = test.workers.calls.filter((call) => /score|generate/.test(call)).length;
    expect(await evaluateRun(attempt)).toEqual(entries);
    expect(test.workers.calls.filter((call) => /score|generate/.test(call))).toHaveLength(before);
  });

  it("has one entry a metric, each with interval, items, patients and signature", async () => {
    const { entries } = await evaluated();
    expect(entries.map(({ task, metric }) => `${task}/${metric}`)).toEqual(
      expect.arrayContaining([
        "report/rouge1",
        "report/meteor",
        "closed-vqa/accuracy.micro",
        "open-vqa/exact",
      ]),
    );
    for (const { value, ciLow, ciHigh, n, clusters, signature } of entries) {
      expect(ciLow).toBeLessThanOrEqual(value);
      expect(ciHigh).toBeGreaterThanOrEqual(value);
      expect([n, clusters, signature.length > 20]).toEqual([3, 3, true]);
    }
  });
});
