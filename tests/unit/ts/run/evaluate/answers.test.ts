import { readFileSync, writeFileSync } from "node:fs";
import { answerMissing, planInAnswers } from "../../../../../ts/run/evaluate/answers.ts";
import { evaluatedCases } from "../../../../../ts/run/evaluate/cases.ts";
import type { Attempt } from "../../../../../ts/run/job.ts";
import { trainAttempt } from "../../../../../ts/run/train/attempt.ts";
import { claimRun } from "../../../../../ts/track/index.ts";
import { openRun, readRows } from "../../../../../ts/track/read/index.ts";
import { caught } from "../../../../support/caught.ts";
import type { Script } from "../../../../support/scripted-model.ts";
import { corpusOf, newJob, type TestJob } from "../fixtures.ts";

/** As an evaluation asks: the held-out cases under the plan of the newest checkpoint. */
async function answerAllOf({ job, pool }: Attempt): Promise<void> {
  const plan = await planInAnswers(job);
  const log = await job.owned.predictions();
  await answerMissing({ job, pool, cases: evaluatedCases(job), plan, log, phase: "evaluate" });
}

/** A trained run with more held-out cases than one call takes, and a call for its answers. */
async function trained(
  options: { readonly held?: number; readonly script?: Script; readonly set?: string[] } = {},
) {
  const { held = 5, script = {}, set = ["evaluation.batching.volumes=2"] } = options;
  const test = await newJob({ script, set, corpus: corpusOf(held) });
  const attempt = await test.attempt();
  await trainAttempt(attempt);
  test.progress.length = 0;
  const asked = (): readonly string[] => test.workers.calls.filter((call) => /score|generate/.test(call));
  return {
    test,
    attempt,
    asked,
    answer: async () => await answerAllOf(attempt),
  };
}

const idsOf = async ({ job }: TestJob): Promise<readonly string[]> =>
  (await readRows(job.owned.paths.predictions)).map(({ id }) => id);

describe("answerMissing", () => {
  it("asks in calls of as many volumes as the recipe says, all items of a volume in one call", async () => {
    const { answer, asked, test } = await trained();
    await answer();
    // 2, 2 and 1 volumes, each with one closed and two open items.
    expect(asked()).toEqual([
      "1 score 2",
      "1 generate 4",
      "1 score 2",
      "1 generate 4",
      "1 score 1",
      "1 generate 2",
    ]);
    expect(test.progress).toEqual(
      [2, 4, 5].map((done) => ({ kind: "phase", phase: "evaluate", done, total: 5 })),
    );
  });

  it("writes one row an item, in the order of the data set, with all that scoring and reading need", async () => {
    const { answer, test } = await trained();
    await answer();
    const rows = await readRows(test.job.owned.paths.predictions);
    expect(rows.map(({ id }) => id)).toEqual(
      [0, 1, 2, 3, 4].flatMap((index) => ["r", "c", "o"].map((kind) => `words-test-${index}-${kind}`)),
    );
    expect(rows[1]).toEqual({
      id: "words-test-0-c",
      case: "words-test-0",
      subject: "words-test-0-patient",
      task: "closed-vqa",
      type: "plane",
      question: "Which plane is shown?",
      choices: ["axial", "coronal", "sagittal", "oblique"],
      target: "coronal",
      prediction: expect.stringMatching(/^[ABCD]\. (axial|coronal|sagittal|oblique)$/) as string,
      answerMode: "loglik-sum",
      choiceLogProbs: expect.any(Array) as number[],
      // A word and the end token each.
      choiceTokens: [2, 2, 2, 2],
      route: { task: "closed-vqa", confidence: 0.75, fallback: false },
    });
    expect(Object.keys(rows[0] ?? {})).toEqual([
      "id",
      "case",
      "subject",
      "task",
      "question",
      "target",
      "prediction",
      "answerMode",
      "route",
    ]);
    expect(rows[0]?.answerMode).toBe("generate");
  });

  it("asks nothing again that is there", async () => {
    const { answer, asked, test } = await trained();
    await answer();
    const before = asked().length;
    await answer();
    expect(asked()).toHaveLength(before);
    expect(test.progress).toHaveLength(6);
  });

  it("asks a call whole again when one of its rows is missing, and no other call", async () => {
    const { answer, test } = await trained();
    await answer();
    const { predictions } = test.job.owned.paths;
    const whole = readFileSync(predictions, "utf8");
    await test.job.owned.close();
    // One row of the second call is gone, as after a kill while it was written.
    const lines = whole.trimEnd().split("\n");
    writeFileSync(predictions, `${lines.filter((line) => !line.includes('"words-test-3-c"')).join("\n")}\n`);
    const owned = await claimRun(await openRun(`${test.job.owned.dir}/..`, test.job.owned.runId), {
      notice: () => undefined,
    });
    const again = await newJob({ owned, corpus: corpusOf(5), set: ["evaluation.batching.volumes=2"] });
    const attempt = await again.attempt();
    await trainAttempt(attempt);
    await answerAllOf(attempt);
    expect(again.workers.calls.filter((call) => /score|generate/.test(call))).toEqual([
      "2 score 2",
      "2 generate 4",
    ]);
    const ids = await idsOf(again);
    expect([...ids].sort()).toEqual(
      lines.map((line) => (JSON.parse(line) as { readonly id: string }).id).sort(),
    );
    await owned.close();
  });

  it("ends when a row that is there would become another", async () => {
    let word = "first";
    const { answer, test } = await trained({ held: 2, script: { says: () => word } });
    await answer();
    const { job } = test;
    const log = await job.owned.predictions();
    // As though one row of the call were missing, so that it is asked again.
    Object.defineProperty(log, "ids", { value: new Set() });
    word = "second";
    const failure = await caught(answer);
    expect([failure.code, failure.exitCode]).toEqual(["REPLAY_DIVERGED", 79]);
    expect(await idsOf(test)).toHaveLength(6);
  });

  it("has each call's rows on the disk before the next is asked", async () => {
    const onDisk: number[] = [];
    const holder: { test?: TestJob } = {};
    const { answer, test } = await trained({
      script: {
        logProbs: (query) => {
          if (holder.test !== undefined) {
            const text = readFileSync(holder.test.job.owned.paths.predictions, "utf8");
            onDisk.push(text.split("\n").length - 1);
          }
          return query.choices.map((_, index) => -index);
        },
      },
    });
    holder.test = test;
    await answer();
    expect(onDisk).toEqual([0, 0, 6, 6, 12]);
  });

  it("is stopped by the run's signal, which goes along with every call", async () => {
    const { attempt, answer, test } = await trained();
    const [worker] = attempt.pool.ranks;
    const signals: unknown[] = [];
    if (worker !== undefined) {
      const score = worker.score.bind(worker);
      worker.score = (job, options) => {
        signals.push(options?.signal);
        return score(job);
      };
    }
    await answer();
    expect(new Set(signals)).toEqual(new Set([test.job.stop]));
  });

  it("takes a run without a checkpoint for a bug of ours", async () => {
    const test = await newJob();
    const attempt = await test.attempt();
    const failure = await caught(() => answerAllOf(attempt));
    expect([failure.code, failure.what]).toEqual([
      "INTERNAL",
      "nothing to evaluate: the run has no checkpoint",
    ]);
  });
});
