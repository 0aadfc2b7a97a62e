import { atOnce } from "../../../../../ts/eval/index.ts";
import type { LazyPool } from "../../../../../ts/run/eval/ask/lazy-pool.ts";
import {
  aggregatedOf,
  aggregateStage,
  compareStage,
  gapsOf,
  type Judging,
  refuseFailed,
  rowsOf,
  scoreStage,
} from "../../../../../ts/run/eval/judge.ts";
import type { StagePart } from "../../../../../ts/run/eval/record/stages.ts";
import type { TaskId } from "../../../../../ts/schema/task.ts";
import type { Row } from "../../../../../ts/track/read/index.ts";
import { caught } from "../../../../support/caught.ts";
import { newJob, resolvedWith } from "../fixtures.ts";
import { freshWorld, partOf } from "./parts.ts";

const choices = ["liver", "spleen", "heart", "lung"];
const patients = 8;

/** One closed question and one report of each patient; `chosen` is the option by summed log-probability. */
function ownRows(chosen: (patient: number) => string): readonly Row[] {
  return Array.from({ length: patients }, (_, patient): readonly Row[] => [
    {
      id: `c${patient}`,
      case: `case ${patient}`,
      subject: `patient ${patient}`,
      task: "closed-vqa",
      type: patient % 2 === 0 ? "organ" : "plane",
      question: "Which?",
      choices,
      target: "A. liver",
      prediction: chosen(patient),
      answerMode: "loglik-sum",
      // By token the second option is the likeliest of every row.
      choiceLogProbs: chosen(patient).startsWith("A") ? [-4, -5, -30, -30] : [-6, -5, -30, -30],
      choiceTokens: [2, 5, 3, 3],
    },
    {
      id: `r${patient}`,
      case: `case ${patient}`,
      subject: `patient ${patient}`,
      task: "report",
      question: "Write.",
      target: "a cyst in the liver",
      prediction: patient === 0 ? "nothing" : "a cyst in the liver",
      answerMode: "generate",
    },
  ]).flat();
}

const wordRows: readonly Row[] = ownRows(() => "A. liver")
  .filter(({ task }) => task === "closed-vqa")
  .map(({ choiceLogProbs: _logs, choiceTokens: _tokens, ...row }, at) => ({
    ...row,
    id: String(row.id),
    answerMode: "generate",
    prediction: at < 2 ? "no idea" : "B. spleen",
  }));
const own = partOf(ownRows((patient) => (patient < 6 ? "A. liver" : "B. spleen")));
const words = partOf(wordRows);

/** A pool that nobody may start. */
const none = {
  pool: () => {
    throw new Error("no worker is needed");
  },
} as unknown as LazyPool;

function judging(change: Partial<Judging> = {}): Judging {
  const resolved = resolvedWith();
  const tasks = {
    report: { metrics: ["rouge1"] },
    "closed-vqa": { metrics: ["accuracy"] },
  } as const;
  return {
    world: freshWorld(),
    resolved: { ...resolved, config: { ...resolved.config, tasks } } as Judging["resolved"],
    tasks: ["report", "closed-vqa"] satisfies readonly TaskId[],
    pool: none,
    take: async (steps) => await Promise.resolve(atOnce(steps)),
    provenance: ["run:r/c", "data:0123"],
    ...change,
  };
}

async function aggregated(job: Judging) {
  const scored = await scoreStage(job, { own, words });
  return aggregatedOf(await aggregateStage(job, { own, words }, scored));
}
const valueNamed = (entries: Awaited<ReturnType<typeof aggregated>>["scorecard"], metric: string) =>
  entries.find((entry) => entry.metric === metric)?.value;

describe("the scores of items", () => {
  it("are one row an item, with every metric in every mode", async () => {
    const { rows } = await scoreStage(judging(), { own, words });
    expect(rows).toHaveLength(2 * patients);
    const [report, closed] = [rows.find(({ id }) => id === "r0"), rows.find(({ id }) => id === "c7")];
    expect(report).toEqual({
      id: "r0",
      task: "report",
      scores: { rouge1: 0 },
    });
    expect(closed?.scores).toMatchObject({
      "accuracy.micro": 0,
      "accuracy.micro.loglik-token": 0,
      "accuracy.micro.generate": 0,
      "unparsed.generate": 0,
    });
  });

  it("need no worker, but for metrics of a reference library", async () => {
    const test = await newJob();
    const { pool } = await test.attempt();
    const resolved = resolvedWith();
    const tasks = { report: { metrics: ["rouge1", "meteor"] } };
    const job = judging({
      resolved: { ...resolved, config: { ...resolved.config, tasks } } as Judging["resolved"],
      tasks: ["report"],
      pool: { pool: async () => await Promise.resolve(pool) } as unknown as LazyPool,
    });
    const reports = partOf(own.rows.filter(({ task }) => task === "report"));
    const scored = await scoreStage(job, { own: reports, words: null });
    expect(scored.result).toEqual([["report/meteor", "scripted-meteor"]]);
    const { scorecard } = aggregatedOf(
      await aggregateStage({ ...job, pool: none }, { own: reports, words: null }, scored),
    );
    const meteor = scorecard.find(({ metric }) => metric === "meteor");
    const items = scored.rows.map((row) => (row.scores as Readonly<Record<string, number>>).meteor ?? 0);
    expect(meteor?.value).toBeCloseTo(items.reduce((sum, one) => sum + one, 0) / patients, 12);
    expect(meteor?.signature).toContain("scripted-meteor");
  });

  it("are kept: the same rows are not scored again, other metrics are", async () => {
    const job = judging();
    await scoreStage(job, { own, words });
    const again = await scoreStage({ ...job, pool: none }, { own, words });
    expect(again.cached).toBe(true);
    const reports = partOf(own.rows.filter(({ task }) => task === "report"));
    const fewer = await scoreStage({ ...job, tasks: ["report"] }, { own: reports, words: null });
    expect(fewer.cached).toBe(false);
  });
});

describe("the scorecard of an evaluation", () => {
  it("has the accuracy of each mode under its own name", async () => {
    const { scorecard } = await aggregated(judging());
    expect(valueNamed(scorecard, "accuracy.micro")).toBe(6 / 8);
    expect(valueNamed(scorecard, "accuracy.micro.loglik-token")).toBe(0);
    expect(valueNamed(scorecard, "accuracy.micro.generate")).toBe(0);
    expect(valueNamed(scorecard, "type.organ.generate")).toBe(0);
    expect(valueNamed(scorecard, "unparsed.generate")).toBe(2 / 8);
    expect(valueNamed(scorecard, "rouge1")).toBe(7 / 8);
  });

  it("names the mode in row, entry and signature, and what else fixes the number", async () => {
    const { scorecard } = await aggregated(judging());
    for (const [metric, mode] of [
      ["accuracy.micro", "loglik-sum"],
      ["accuracy.micro.loglik-token", "loglik-token"],
      ["accuracy.micro.generate", "generate"],
    ]) {
      const entry = scorecard.find((one) => one.metric === metric);
      expect(entry?.answerMode).toBe(mode);
      expect(entry?.signature).toContain(`|answer:${mode}|run:r/c|data:0123|`);
      expect([entry?.n, entry?.clusters, entry?.unit]).toEqual([8, 8, "patient"]);
    }
  });

  it("holds the modes against each other on the same questions", async () => {
    const { comparison } = await aggregated(judging());
    const micro = comparison.find(({ metric }) => metric === "accuracy.micro");
    expect(micro).toMatchObject({
      a: "loglik-sum",
      b: "generate",
      first: 0.75,
      second: 0,
      difference: -0.75,
      n: 8,
      // Six patients differ, all of them one way: 2 x 2^2 of 2^8 patterns.
      p: 8 / 256,
    });
  });

  it("has no other mode and no comparison where nothing has options", async () => {
    const reports = partOf(own.rows.filter(({ task }) => task === "report"));
    const job = judging({ tasks: ["report"] });
    const scored = await scoreStage(job, { own: reports, words: null });
    const { scorecard, comparison } = aggregatedOf(
      await aggregateStage(job, { own: reports, words: null }, scored),
    );
    expect(new Set(scorecard.map(({ task }) => task))).toEqual(new Set(["report"]));
    expect(comparison).toEqual([]);
  });

  it("is read back as it was made", async () => {
    const job = judging();
    const scored = await scoreStage(job, { own, words });
    const first = aggregatedOf(await aggregateStage(job, { own, words }, scored));
    const again = await aggregateStage(job, { own, words }, scored);
    expect(again.cached).toBe(true);
    expect(aggregatedOf(again)).toEqual(first);
  });
});

describe("the gaps of an evaluation", () => {
  const constant = partOf(
    own.rows
      .filter(({ task }) => task === "report")
      .map((row) => ({
        ...row,
        id: String(row.id),
        prediction: "nothing",
      })),
  );
  const majority = partOf(
    own.rows
      .filter(({ task }) => task === "closed-vqa")
      .map(({ choiceLogProbs: _logs, choiceTokens: _tokens, ...row }) => ({
        ...row,
        id: String(row.id),
        answerMode: "generate",
        prediction: "B. spleen",
      })),
  );
  const system = { name: "run", own };

  it("are to each adversary, on the tasks that it answers", async () => {
    const part = await compareStage(judging(), system, [
      { name: "constant-report", part: constant },
      { name: "majority", part: majority },
    ]);
    const { entries } = gapsOf(part);
    const primary = entries.filter((entry) => entry.primary);
    expect(primary.map(({ adversary, metric, first, second }) => [adversary, metric, first, second])).toEqual(
      [
        ["constant-report", "rouge1", 0, 7 / 8],
        ["majority", "accuracy.micro", 0, 6 / 8],
      ],
    );
    expect(part.rows.map(({ id }) => id)).toContain("majority/closed-vqa/accuracy.micro");
  });

  it("leave out an adversary that answers nothing that is compared", async () => {
    const job = judging({ tasks: ["closed-vqa"] });
    const closed = partOf(own.rows.filter(({ task }) => task === "closed-vqa"));
    const part = await compareStage(job, { name: "run", own: closed }, [
      { name: "constant-report", part: constant },
      { name: "majority", part: majority },
    ]);
    expect(new Set(gapsOf(part).entries.map(({ adversary }) => adversary))).toEqual(new Set(["majority"]));
  });
});

describe("items that failed", () => {
  const failed = (id: string): Row => ({
    id,
    error: {
      code: "WIRE_TOO_LARGE",
      message: "too many positions",
    },
  });
  const parts: readonly StagePart[] = [
    partOf([{ id: "a", text: "fine" }, failed("b")]),
    partOf([failed("b"), failed("c")]),
  ];

  it("may be as many as the recipe allows, over all arms", () => {
    expect(() => refuseFailed(parts, 3, "tomoe eval --resume x")).not.toThrow();
    expect(() => refuseFailed([partOf([{ id: "a" }])], 0, "x")).not.toThrow();
  });

  it("end the evaluation where they are one more, with the first and why", async () => {
    const failure = await caught(() => refuseFailed(parts, 2, "tomoe eval --resume x"));
    expect([failure.code, failure.exitCode]).toEqual(["DATA_PREDICTIONS", 65]);
    expect(failure.message).toContain("3 items could not be answered, and evaluation.maxFailed allows 2");
    expect(failure.message).toContain("(first: b, WIRE_TOO_LARGE: too many positions)");
    expect(failure.hint).toContain('"tomoe eval --resume x --from generate"');
    expect(failure.details).toMatchObject({
      failed: 3,
      maxFailed: 2,
    });
  });
});

it("rows of a stage are checked as those of any predictions file", async () => {
  expect(rowsOf(own)).toHaveLength(2 * patients);
  const failure = await caught(() => rowsOf(partOf([{ id: "x", task: "closed-vqa" }])));
  expect(failure.code).toBe("DATA_PREDICTIONS");
});
