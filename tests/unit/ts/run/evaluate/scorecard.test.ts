import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { type RunDocument, readScorecard, writeScorecard } from "../../../../../ts/run/evaluate/scorecard.ts";
import type { ScorecardEntry } from "../../../../../ts/schema/answers/scorecard.ts";
import { caught } from "../../../../support/caught.ts";
import { freshFolder, freshRun, resolvedWith } from "../fixtures.ts";

const entry: ScorecardEntry = {
  task: "report",
  metric: "rouge1",
  value: 0.25,
  ciLow: 0.125,
  ciHigh: 0.5,
  n: 12,
  clusters: 6,
  chance: null,
  signature: "tomoe-eval/1|metric:rouge1",
};

const documentOf = (change: object = {}): unknown => ({
  ok: true,
  runId: "r",
  dir: "/runs/r",
  scorecard: [{ ...entry, ...change }],
});

function fileOf(content: unknown): string {
  const path = join(freshFolder(), "scorecard.json");
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

describe("writeScorecard", () => {
  it("is read back as it was written, for any number a scorecard can hold", async () => {
    const owned = await freshRun(resolvedWith());
    const value = fc.double({ min: 0, max: 1, noNaN: true });
    await fc.assert(
      fc.asyncProperty(value, fc.option(value), fc.nat({ max: 999 }), async (one, chance, count) => {
        const entries = [
          { ...entry, value: one, ciLow: 0, ciHigh: 1, chance, n: count + 1, clusters: count + 1 },
        ];
        await writeScorecard({ owned, entries });
        const read: RunDocument = await readScorecard(owned.paths.scorecard);
        expect(JSON.stringify(read)).toBe(
          JSON.stringify({ ok: true, runId: owned.runId, dir: owned.dir, scorecard: entries }),
        );
      }),
      { numRuns: 15, seed: 20261128 },
    );
  });

  it("writes for people too, and nothing that has no interval", async () => {
    const owned = await freshRun(resolvedWith());
    await writeScorecard({ owned, entries: [entry] });
    expect(readFileSync(owned.paths.scorecardMarkdown, "utf8")).toContain(
      "| rouge1 | 0.250 | 0.125 .. 0.500 |",
    );
    const failure = await caught(() => writeScorecard({ owned, entries: [{ ...entry, ciLow: Number.NaN }] }));
    expect(failure.code).toBe("INTERNAL");
  });
});

describe("readScorecard", () => {
  it.each([
    ["a value that is no number", documentOf({ value: "0.25" }), /scorecard\.0\.value: /],
    ["a value that could not be written", documentOf({ ciLow: null }), /scorecard\.0\.ciLow: /],
    ["half an item", documentOf({ n: 0.5 }), /scorecard\.0\.n: /],
    ["a task of another version", documentOf({ task: "grounding" }), /scorecard\.0\.task: /],
    ["an entry without a signature", documentOf({ signature: undefined }), /scorecard\.0\.signature: /],
    ["a key of another version", documentOf({ pValue: 0.01 }), /scorecard\.0: .*pValue/],
    ["a failure", { ok: false, error: {} }, /: ok: /],
    ["a list", [], /scorecard\.json: /],
    ["no JSON", "{", /it is not JSON/],
  ])("refuses %s, naming the field", async (_what, content, said) => {
    const failure = await caught(() => readScorecard(fileOf(content)));
    expect([failure.code, failure.exitCode]).toEqual(["RECORD_INVALID", 65]);
    expect(failure.what).toMatch(said);
  });

  it("refuses one that is gone", async () => {
    const failure = await caught(() => readScorecard(join(freshFolder(), "scorecard.json")));
    expect(failure.code).toBe("RECORD_INVALID");
    expect(failure.what).toMatch(/the file is missing$/);
  });
});
