import { TomoeError } from "../../../../../ts/errors.ts";
import { planInAnswers } from "../../../../../ts/run/evaluate/answers.ts";
import { evaluateRun } from "../../../../../ts/run/evaluate/evaluate.ts";
import { trainAttempt } from "../../../../../ts/run/train/attempt.ts";
import { measureValidation } from "../../../../../ts/run/validate/measure.ts";
import type { WorkerClient } from "../../../../../ts/worker/index.ts";
import { caught } from "../../../../support/caught.ts";
import { validatedJob } from "./fixtures.ts";

/** A trained model with its plan, and the calls that measuring it makes. */
async function trained(wishes?: string, script = {}) {
  const test = await validatedJob(wishes, { script });
  const attempt = await test.attempt();
  await trainAttempt(attempt);
  const plan = await planInAnswers(test.job);
  const before = test.workers.calls.length;
  const calls = (): readonly string[] =>
    test.workers.calls.slice(before).map((call) => call.replace(/^\d+ /, ""));
  return { ...test, pooled: attempt, plan, calls };
}

const evenWeights = { reportTokenWeight: 1 };

describe("measureValidation", () => {
  it("gives the loss of every item and the cheap numbers of tasks with options, and generates nothing", async () => {
    const { pooled, plan, calls } = await trained();
    const numbers = await measureValidation(pooled, plan, evenWeights);
    expect([...numbers.keys()]).toEqual([
      "loss",
      "closed-vqa/accuracy.micro",
      "closed-vqa/accuracy.macro",
      "closed-vqa/type.plane",
      "closed-vqa/unparsed",
    ]);
    // Two cases of three items, then the closed one of each.
    expect(calls()).toEqual(["score 6", "score 2"]);
    expect(numbers.get("loss")).toBeGreaterThan(0);
  });

  it("is the mean over answer tokens, those of reports weighing as the stage has it", async () => {
    // A report of five tokens with its end has 5 nats, an answer of two tokens has 4, whatever the weights are.
    const nats = ({ choices }: { readonly choices: readonly string[] }) =>
      choices.map((choice) => (choice.startsWith("the ") ? -5 : -4));
    const { pooled, plan } = await trained("{every:2,tasks:[]}", { logProbs: nats });
    const lossAt = async (reportTokenWeight: number) =>
      (await measureValidation(pooled, plan, { reportTokenWeight })).get("loss");
    const reportTokens = "the spleen of words-test-0".split(" ").length + 1;
    const expected = (weight: number) => (weight * 5 + 2 * 4) / (weight * reportTokens + 2 * 2);
    expect(await lossAt(1)).toBeCloseTo(expected(1), 12);
    expect(await lossAt(0.3)).toBeCloseTo(expected(0.3), 12);
  });

  it("asks the tasks that are named, without metrics that need more than two texts, and as many volumes as wanted", async () => {
    const { pooled, plan, calls } = await trained("{every:2,tasks:['report'],volumes:1}");
    const numbers = await measureValidation(pooled, plan, evenWeights);
    expect([...numbers.keys()]).toEqual(["loss", "report/rouge1"]);
    expect(calls()).toEqual(["score 3", "generate 1"]);
  });

  it("has the numbers of a scorecard where that is of the same cases", async () => {
    const { pooled, plan, job } = await trained("{every:2,tasks:['closed-vqa','report']}");
    const numbers = await measureValidation(pooled, plan, evenWeights);
    const { resolved } = job;
    const evaluation = { ...resolved.config.evaluation, split: "validation" as const };
    const onValidation = { ...job, resolved: { ...resolved, config: { ...resolved.config, evaluation } } };
    const entries = await evaluateRun({ job: onValidation, pool: pooled.pool });
    for (const name of ["closed-vqa/accuracy.micro", "report/rouge1"])
      expect(numbers.get(name)).toBe(entries.find(({ task, metric }) => `${task}/${metric}` === name)?.value);
  });

  it("tells an item that the worker passed over", async () => {
    const { pooled, plan } = await trained();
    const [rank] = pooled.pool.ranks;
    const deaf: WorkerClient["score"] = async function* (job, options) {
      for await (const scored of rank?.score(job, options) ?? [])
        if (!scored.queryId.endsWith("-o")) yield scored;
    };
    const partial = Object.assign(Object.create(rank ?? null) as WorkerClient, { score: deaf });
    const pool = Object.assign(Object.create(pooled.pool) as typeof pooled.pool, { ranks: [partial] });
    const failure = await caught(() => measureValidation({ ...pooled, pool }, plan, evenWeights));
    expect(failure).toBeInstanceOf(TomoeError);
    expect([failure.code, failure.what]).toEqual([
      "WIRE_INCOMPLETE",
      'the worker did not answer "words-test-0-o"',
    ]);
  });
});
