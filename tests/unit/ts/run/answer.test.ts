import fc from "fast-check";
import { GenerateRequest, ScoreRequest } from "../../../../ts/gen/tomoe/v1/generation.ts";
import { type Asked, answerAll } from "../../../../ts/run/answer.ts";
import { firstRank } from "../../../../ts/run/job.ts";
import type { BatchVolume } from "../../../../ts/schema/batch.ts";
import type { RoutingPlan } from "../../../../ts/schema/router.ts";
import type { WorkerClient } from "../../../../ts/worker/index.ts";
import { planShape, volumeShape } from "../../../../ts/worker/wire/encode.ts";
import { pack } from "../../../../ts/worker/wire/walk.ts";
import { caught } from "../../../support/caught.ts";
import type { Script } from "../../../support/scripted-model.ts";
import { newJob, plainPolicy, resolvedWith } from "./fixtures.ts";

const volume: BatchVolume = {
  volumeId: "v",
  slot: 0,
  tensor: { kind: "uploaded", uploadId: "u" },
  row: 0,
  facts: {},
  hasPatchLabels: false,
  hasCaption: false,
  words: [],
  change: { mirrored: false, turnedDegrees: 0, gain: 1, shiftHu: 0 },
};
const plan: RoutingPlan = {
  effectiveFromStep: 0,
  topK: 1,
  balanceLossWeight: 0,
  zLossWeight: 0,
  groups: ["shared"],
  layers: [],
};
const { evaluation } = resolvedWith().config;
const choices = ["axial", "coronal", "sagittal", "oblique"];
const asked: readonly Asked[] = [
  { id: "o1", volumeIndex: 0, question: "Which organ?" },
  { id: "c1", volumeIndex: 0, question: "Which plane?", choices },
  { id: "r1", volumeIndex: 0, question: "Write a report." },
  { id: "c2", volumeIndex: 0, question: "Which side?", choices: ["left", "right"] },
];

async function workerOf(
  script: Script = {},
): Promise<{ readonly worker: WorkerClient; readonly calls: string[] }> {
  const test = await newJob({ script });
  const { pool } = await test.attempt();
  return { worker: firstRank(pool), calls: test.workers.calls };
}

async function ask(worker: WorkerClient, questions: readonly Asked[] = asked) {
  const policy = plainPolicy();
  return await answerAll({ worker, policy, volumes: [volume], asked: questions, evaluation, plan });
}

describe("answerAll", () => {
  it("gives answers in the order they were asked in, whatever order the worker finishes in", async () => {
    const { worker, calls } = await workerOf();
    const answers = await ask(worker);
    expect(answers.map(({ id }) => id)).toEqual(["o1", "c1", "r1", "c2"]);
    expect(calls.filter((call) => /score|generate/.test(call))).toEqual(["1 score 2", "1 generate 2"]);
  });

  it("routes each by its own words and choices", async () => {
    const { worker } = await workerOf();
    const answers = await ask(worker);
    expect(answers.map(({ route }) => route.task)).toEqual([
      "open-vqa",
      "closed-vqa",
      "report",
      "closed-vqa",
    ]);
    expect(answers.every(({ route }) => route.confidence === 0.75 && !route.fallback)).toBe(true);
  });

  it("sends the route, the rendered prompt, the options and the plan along", async () => {
    const seen: unknown[] = [];
    const { worker } = await workerOf({
      says: (query) => {
        seen.push(query);
        return "words";
      },
      logProbs: (query) => {
        seen.push(query);
        return query.choices.map((_, index) => -index);
      },
    });
    await ask(worker);
    expect(seen).toEqual(
      expect.arrayContaining([
        { queryId: "r1", volumeIndex: 0, prompt: "Write a report.", task: "report", choices: [] },
        expect.objectContaining({ queryId: "c2", task: "closed-vqa", choices: ["left", "right"] }),
      ]),
    );
    const closed = seen.find((query) => (query as { readonly queryId: string }).queryId === "c1");
    expect((closed as { readonly prompt: string }).prompt).toContain("A. axial");
  });

  it("names the likeliest choice by its letter and text, the first of equals", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.double({ min: -50, max: 0, noNaN: true }), { minLength: 4, maxLength: 4 }),
        async (logProbs) => {
          const { worker } = await workerOf({ logProbs: () => logProbs });
          const [answer] = await ask(worker, [{ id: "c", volumeIndex: 0, question: "Which?", choices }]);
          const best = logProbs.findIndex((value) => logProbs.every((other) => other <= value));
          expect(answer?.choice).toBe("ABCD"[best]);
          expect(answer?.text).toBe(`${"ABCD"[best] ?? ""}. ${choices[best] ?? ""}`);
          expect(answer?.choiceLogProbs).toEqual(logProbs);
        },
      ),
      { numRuns: 20, seed: 20261128 },
    );
  });

  it("says of each option how many tokens its log-probability is the sum over, and nothing of a missing one", async () => {
    const { worker } = await workerOf();
    const options = ["right kidney", "NA", "liver", "-"];
    const [closed, open] = await ask(worker, [
      { id: "c", volumeIndex: 0, question: "Which?", choices: options },
      { id: "o", volumeIndex: 0, question: "Which organ?" },
    ]);
    expect(closed?.choiceTokens).toEqual([3, null, 2, null]);
    expect([open?.choiceTokens, open?.choiceLogProbs]).toEqual([null, null]);
  });

  it("says of a text that its limit cut it", async () => {
    const { worker } = await workerOf({ says: ({ queryId }) => queryId, cuts: (text) => text === "r1" });
    const answers = await ask(worker);
    expect(answers.map(({ id, truncated }) => [id, truncated])).toEqual([
      ["o1", false],
      ["c1", false],
      ["r1", true],
      ["c2", false],
    ]);
  });

  it("answers a question with options in words where that is asked for, with the options in the prompt", async () => {
    const prompts: string[] = [];
    const { worker, calls } = await workerOf({
      says: ({ prompt, choices: none }) => {
        prompts.push(`${prompt} ${none.length}`);
        return " It is sagittal. ";
      },
    });
    const [answer] = await ask(worker, [
      { id: "c", volumeIndex: 0, question: "Which plane?", choices, inWords: true },
    ]);
    expect(answer).toMatchObject({ text: "It is sagittal.", choice: null, choiceLogProbs: null });
    expect(prompts).toEqual(["Which plane? Choices: A. axial B. coronal C. sagittal D. oblique 0"]);
    expect(calls.filter((call) => /score/.test(call))).toEqual([]);
  });

  it("shows the worker no volume where none is to be seen", async () => {
    const shown: (string | null)[] = [];
    const { worker } = await workerOf({
      says: (_query, _weights, volumeId) => {
        shown.push(volumeId);
        return "words";
      },
    });
    const questions = {
      worker,
      policy: plainPolicy(),
      volumes: [volume],
      asked: asked.slice(0, 1),
      evaluation,
      plan,
    };
    await answerAll({ ...questions, seesImage: false });
    await answerAll(questions);
    expect(shown).toEqual([null, "v"]);
  });

  it("never scores or chooses an option that is missing, and the others keep their letters", async () => {
    const scored: (readonly string[])[] = [];
    const { worker } = await workerOf({
      logProbs: (query) => {
        scored.push(query.choices);
        return [-3, -1];
      },
    });
    const missing = ["left", " n/a", "right", "-"];
    const [answer] = await ask(worker, [{ id: "c", volumeIndex: 0, question: "Where?", choices: missing }]);
    expect(scored).toEqual([["left", "right"]]);
    expect(answer).toMatchObject({
      choice: "C",
      text: "C. right",
      choiceLogProbs: [-3, null, -1, null],
    });
  });

  it("refuses a question that leaves no choice by name, before any call", async () => {
    const { worker, calls } = await workerOf();
    const one = ["left", "NA", "", "-"];
    const asked = [{ id: "c", volumeIndex: 0, question: "Where is it?", choices: one }];
    const failure = await caught(() => ask(worker, asked));
    expect({ code: failure.code, what: failure.what, hint: failure.hint }).toEqual({
      code: "USAGE_INVALID",
      what: 'the question "Where is it?" leaves no choice: 1 of 4 options is there, the others are missing ("NA", "N/A", "-" or blank): a choice needs two',
      hint: "Write out at least two options, or ask without any.",
    });
    expect(calls.filter((call) => /score|generate/.test(call))).toEqual([]);
  });

  it("takes no scores for another number of options than it asked about", async () => {
    const { worker } = await workerOf({ logProbs: () => [-1, -2, -3, -4] });
    const asked = [{ id: "c", volumeIndex: 0, question: "Where?", choices: ["left", "NA", "right"] }];
    const failure = await caught(() => ask(worker, asked));
    expect({ code: failure.code, what: failure.what }).toEqual({
      code: "WIRE_INVALID",
      what: 'the worker scored 4 options of "c", asked were 2',
    });
  });

  it("takes the blanks off the ends of what was generated and counts its seconds", async () => {
    const { worker } = await workerOf({ says: () => "  the spleen \n" });
    const [answer] = await ask(worker, [{ id: "o", volumeIndex: 0, question: "Which organ?" }]);
    expect(answer).toMatchObject({
      text: "the spleen",
      choice: null,
      choiceLogProbs: null,
      encodeSeconds: 0.5,
      generateSeconds: 1,
    });
  });

  it("makes no call for what is not asked", async () => {
    const { worker, calls } = await workerOf();
    expect(await ask(worker, [])).toEqual([]);
    await ask(worker, [{ id: "o", volumeIndex: 0, question: "Which organ?" }]);
    expect(calls.filter((call) => /score|generate/.test(call))).toEqual(["1 generate 1"]);
  });

  it.each([[[Number.NaN, -1]], [[-1, Number.POSITIVE_INFINITY]], [[Number.NEGATIVE_INFINITY, -1]], [[]]])(
    "ends with TRAIN_DIVERGED at log-probabilities %j: such weights are no model",
    async (logProbs) => {
      const { worker } = await workerOf({ logProbs: () => logProbs });
      const question = { id: "c", volumeIndex: 0, question: "Which side?", choices: ["left", "right"] };
      const failure = await caught(() => ask(worker, [question]));
      expect([failure.code, failure.exitCode]).toEqual(["TRAIN_DIVERGED", 79]);
      expect(failure.what).toBe(`the options of question "c" have log-probabilities ${logProbs.join(", ")}`);
      expect(failure.hint).toBe("The model's weights are not finite; use an earlier checkpoint.");
    },
  );

  it("refuses an answer that was not asked for, and misses one that does not come", async () => {
    const { worker } = await workerOf();
    const open = asked.filter(({ choices: options }) => options === undefined);
    const generate = worker.generate.bind(worker);
    worker.generate = async function* (job) {
      for await (const text of generate(job)) yield { ...text, queryId: "another" };
    };
    const unasked = await caught(() => ask(worker, open));
    expect([unasked.code, unasked.what]).toEqual([
      "WIRE_INVALID",
      'the worker answered "another", which was not asked',
    ]);
    worker.generate = async function* (job) {
      for await (const text of generate(job)) if (text.queryId !== "o1") yield text;
    };
    const missing = await caught(() => ask(worker, open));
    expect([missing.code, missing.what, missing.details]).toEqual([
      "WIRE_INCOMPLETE",
      'the worker did not answer "o1"',
      { id: "o1" },
    ]);
  });

  it("hands the signal on to the worker's calls", async () => {
    const { worker } = await workerOf();
    const { signal } = new AbortController();
    const signals: unknown[] = [];
    const score = worker.score.bind(worker),
      generate = worker.generate.bind(worker);
    worker.score = (job, options) => {
      signals.push(options?.signal);
      return score(job);
    };
    worker.generate = (job, options) => {
      signals.push(options?.signal);
      return generate(job);
    };
    await answerAll({
      worker,
      policy: plainPolicy(),
      volumes: [volume],
      asked,
      evaluation,
      plan,
      signal,
    });
    expect(signals).toEqual([signal, signal]);
  });

  it("tells the worker how to answer in the contract's own fields, and no others", async () => {
    const { worker } = await workerOf();
    const score = worker.score.bind(worker),
      generate = worker.generate.bind(worker);
    const told: unknown[] = [];
    worker.score = (job) => {
      const { volumes, plan: inForce, ...rest } = job;
      const shape = { ...rest, volumes: volumes.map(volumeShape), plan: planShape(inForce) };
      const { batching, seesImage } = pack(ScoreRequest, shape);
      told.push({ mode: job.mode, batching, seesImage });
      return score(job);
    };
    worker.generate = (job) => {
      const { volumes, plan: inForce, ...rest } = job;
      const shape = { ...rest, volumes: volumes.map(volumeShape), plan: planShape(inForce) };
      const { batching, seesImage } = pack(GenerateRequest, shape);
      told.push({ mode: job.mode, batching, seesImage });
      return generate(job);
    };
    await ask(worker);
    const batching = { sequences: 256, cacheBytes: BigInt(2 ** 30) };
    expect(told).toEqual([
      { mode: "loglik-sum", batching, seesImage: true },
      { mode: "greedy", batching, seesImage: true },
    ]);
  });
});
