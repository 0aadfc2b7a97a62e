import { evaluateRun } from "../../../../../ts/run/evaluate/evaluate.ts";
import { arrangeScorecard } from "../../../../../ts/run/script/typed-run.ts";
import { trainAttempt } from "../../../../../ts/run/train/attempt.ts";
import type { ScorecardEntry } from "../../../../../ts/schema/answers/scorecard.ts";
import { predictionsBeside, readRows } from "../../../../../ts/track/read/index.ts";
import { cachedCorpus } from "../cached-corpus.ts";
import { freshFolder, newJob } from "../fixtures.ts";

const set = ['evaluation.controls=["blank","shuffled-slices"]'];
const metricsOf = (entries: readonly ScorecardEntry[]): readonly string[] =>
  entries.filter(({ task }) => task === "closed-vqa").map(({ metric }) => metric);

async function evaluated() {
  const test = await newJob({ set, corpus: cachedCorpus(freshFolder(), 2) });
  const attempt = await test.attempt();
  await trainAttempt(attempt);
  const beforeTheEnd = test.workers.calls.filter((call) => /score|generate|lift/.test(call));
  return { test, attempt, beforeTheEnd, entries: await evaluateRun(attempt) };
}

describe("what is scored beside the held-out volumes", () => {
  it("stands behind the volumes' own entries, which are as without it", async () => {
    const { entries } = await evaluated();
    // Of the same corpus: the order of training follows from its fingerprint.
    const plain = await newJob({ corpus: cachedCorpus(freshFolder(), 2) });
    const attempt = await plain.attempt();
    await trainAttempt(attempt);
    const alone = (await evaluateRun(attempt)).filter(({ signature }) => !signature.includes("|beside:"));
    // The scripted library's scores are of the run's own id.
    const ours = (list: typeof alone) => list.filter(({ metric }) => metric !== "meteor");
    expect(ours(entries.slice(0, alone.length))).toEqual(ours(alone));
    const own = metricsOf(alone);
    expect(metricsOf(entries)).toEqual(
      ["", ".blank", ".shuffled-slices", ".slices-before", ".slices-after"].flatMap((beside) =>
        own.map((metric) => `${metric}${beside}`),
      ),
    );
    const beside = entries.slice(alone.length);
    expect(new Set(beside.map(({ task }) => task))).toEqual(new Set(["closed-vqa"]));
    for (const { metric, signature, n } of beside) {
      expect(signature).toContain(`|beside:${metric.split(".").at(-1) ?? ""}`);
      expect(n).toBe(metric.includes("slices-") && !metric.includes("shuffled") ? 2 : 3);
    }
  });

  it("asks the slices before the lift and after the last stage, what has options alone", async () => {
    const { test, beforeTheEnd } = await evaluated();
    expect(beforeTheEnd).toEqual(["1 score 2", "1 lift"]);
    const { paths } = test.job.owned;
    for (const when of ["slices-before", "slices-after"] as const)
      expect((await readRows(predictionsBeside(paths, when))).map(({ id }) => id)).toEqual([
        "slices-test-0-c",
        "slices-test-1-c",
      ]);
    for (const control of ["blank", "shuffled-slices"] as const)
      expect((await readRows(predictionsBeside(paths, control))).map(({ id }) => id)).toEqual(
        [0, 1, 2].map((index) => `words-test-${index}-c`),
      );
  });

  it("is asked once, and gives the same entries again", async () => {
    const { test, attempt, entries } = await evaluated();
    const before = test.workers.calls.length;
    expect(await evaluateRun(attempt)).toEqual(entries);
    expect(test.workers.calls.slice(before).filter((call) => /score|generate/.test(call))).toEqual([]);
  });

  it("leaves the typed scorecard as it is", async () => {
    const { entries } = await evaluated();
    const arranged = arrangeScorecard(entries);
    const own = entries.filter(({ signature }) => !signature.includes("|beside:"));
    expect(arranged).toEqual(arrangeScorecard(own));
  });
});
