import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { TomoeError } from "../../../../../ts/errors.ts";
import { evaluate } from "../../../../../ts/run/eval/evaluation.ts";
import type { EvalDocument } from "../../../../../ts/run/eval/record/document.ts";
import { caught } from "../../../../support/caught.ts";
import { workerDied } from "../../../../support/scripted-pool.ts";
import { freshFolder } from "../fixtures.ts";
import { spoilableRun } from "../predict/finished-run.ts";
import { asked, evaluated, looking, optionsFor, wholeEvaluation } from "./evaluated.ts";

/** What a document says of the numbers. */
const numbers = ({ scorecard, adversaries, comparison, closed }: EvalDocument) => ({
  scorecard,
  adversaries,
  comparison,
  closed,
});
const recordOf = ({ dir }: EvalDocument) =>
  JSON.parse(readFileSync(join(dir, "eval.json"), "utf8")) as {
    readonly status: string;
    readonly error: unknown;
  };

describe("an evaluation", () => {
  it("has every stage, every mode, every adversary, and all of it on the disk", async () => {
    const { document } = await wholeEvaluation();
    expect(document.stages.map(({ name, cached, failed }) => [name, cached, failed])).toEqual(
      ["generate", "extract", "score", "aggregate", "compare"].map((name) => [name, false, 0]),
    );
    const metrics = document.scorecard.map(({ task, metric }) => `${task}/${metric}`);
    for (const metric of ["accuracy.micro", "accuracy.micro.loglik-token", "accuracy.micro.generate"])
      expect(metrics).toContain(`closed-vqa/${metric}`);
    expect(metrics).toEqual(expect.arrayContaining(["report/rouge1", "report/meteor", "open-vqa/exact"]));
    const pairs = document.adversaries
      .filter(({ primary }) => primary)
      .map(({ adversary, task }) => `${adversary} ${task}`);
    expect(pairs.sort()).toEqual(
      [
        ...["text-only", "blank", "other-scan"].flatMap((name) =>
          ["report", "closed-vqa", "open-vqa"].map((task) => `${name} ${task}`),
        ),
        ...["majority closed-vqa", "majority open-vqa", "constant-report report", "label-table report"],
      ].sort(),
    );
    expect(document.comparison.map(({ a, b }) => `${a} ${b}`)).toContain("loglik-sum generate");
    for (const file of document.files)
      expect([file, existsSync(join(document.dir, file))]).toEqual([file, true]);
    expect(JSON.parse(readFileSync(join(document.dir, "results.json"), "utf8"))).toEqual(
      JSON.parse(JSON.stringify(document)),
    );
    expect(recordOf(document).status).toBe("finished");
  });

  it("states every number with run, data, split and version in its signature", async () => {
    const { document } = await evaluated({ options: { tasks: ["closed-vqa"] } });
    const signatures = [...document.scorecard, ...document.adversaries, ...document.comparison].map(
      ({ signature }) => signature,
    );
    for (const signature of signatures)
      expect(signature).toMatch(
        /\|expected:(\d+) of \1@[0-9a-f]{16}\|run:\S+\/\d{6}-\S+\|data:[0-9a-f]{16}\|split:disjoint\|tomoe:\d/,
      );
    const modes = document.scorecard.filter(({ metric }) => metric.startsWith("accuracy.micro"));
    expect(modes.map(({ answerMode }) => answerMode)).toEqual(["loglik-sum", "loglik-token", "generate"]);
  });

  it("evaluates the tasks that are asked for, and none that the run does not score", async () => {
    const { document } = await evaluated({ options: { tasks: ["open-vqa"] } });
    expect(new Set(document.scorecard.map(({ task }) => task))).toEqual(new Set(["open-vqa"]));
    expect([document.closed, document.comparison]).toEqual([null, []]);
  });

  it("does nothing again that was done, in another evaluation of the same, and comes to the same numbers", async () => {
    const first = await wholeEvaluation();
    const second = await evaluated({ evalsDir: first.evalsDir });
    expect(second.document.evalId).not.toBe(first.document.evalId);
    expect(second.document.stages.every(({ cached }) => cached)).toBe(true);
    expect(numbers(second.document)).toEqual(numbers(first.document));
    expect(second.workers.calls).toEqual([]);
    const digests = ({ stages }: EvalDocument) => stages.map(({ digest }) => digest);
    expect(digests(second.document)).toEqual(digests(first.document));
  });

  it("scores again from any stage without a model", async () => {
    const { evalsDir, document } = await evaluated({ options: { tasks: ["closed-vqa"] } });
    const again = await evaluated({ evalsDir, options: { tasks: ["closed-vqa"], from: "extract" } });
    expect(again.document.stages.map(({ cached }) => cached)).toEqual([true, false, false, false, false]);
    expect(again.workers.calls).toEqual([]);
    expect(numbers(again.document)).toEqual(numbers(document));
  });

  it("asks again what it is told to ask again", async () => {
    const { evalsDir, workers } = await evaluated({ options: { tasks: ["open-vqa"] } });
    const again = await evaluated({ evalsDir, options: { tasks: ["open-vqa"], from: "generate" } });
    expect(asked(again.workers)).toEqual(asked(workers));
  });
});

describe("an evaluation that is stopped", () => {
  it("ends at once with the command that goes on, and then does only what is missing", async () => {
    const whole = await wholeEvaluation();
    const stop = new AbortController();
    let calls = 0;
    const script = {
      ...looking,
      logProbs: (...words: Parameters<NonNullable<typeof looking.logProbs>>) => {
        calls += 1;
        // Within the third arm that compares options.
        if (calls === 20) stop.abort(new TomoeError("CANCELLED", "stopped", { hint: "-" }));
        return looking.logProbs?.(...words) ?? [];
      },
    };
    const first = await optionsFor({ script, options: { signal: stop.signal } });
    const failure = await caught(() => evaluate(first.whole));
    const { evalId, resume } = failure.details as { readonly evalId: string; readonly resume: string };
    expect([failure.code, failure.exitCode]).toEqual(["CANCELLED", 130]);
    expect(failure.hint).toContain(`tomoe eval --resume ${evalId} --evals ${first.whole.evalsDir}`);
    expect(resume).toContain(evalId);
    const rest = await evaluated({ evalsDir: first.whole.evalsDir, options: { source: { resume: evalId } } });
    expect(rest.document.evalId).toBe(evalId);
    expect(numbers(rest.document)).toEqual(numbers(whole.document));
    expect(asked(rest.workers).length).toBeGreaterThan(0);
    expect(asked(rest.workers).length).toBeLessThan(asked(whole.workers).length);
  });

  it("by a signal to terminate, or to stop for later, ends as these do", async () => {
    const begun = await evaluated({ options: { tasks: ["open-vqa"] } });
    for (const [code, exit] of [
      ["TERMINATED", 143],
      ["STOPPED_RESUMABLE", 75],
    ] as const) {
      const signal = AbortSignal.abort(new TomoeError(code, "stopped", { hint: "-" }));
      const { whole } = await optionsFor({});
      const failure = await caught(() =>
        evaluate({
          ...whole,
          evalsDir: begun.evalsDir,
          source: { resume: begun.document.evalId },
          from: "generate",
          signal,
        }),
      );
      expect([failure.code, failure.exitCode]).toEqual([code, exit]);
    }
  });
});

describe("workers of an evaluation", () => {
  it("that die are replaced, and the numbers are the same", async () => {
    const whole = await wholeEvaluation();
    let isDead = false;
    const { document, notices } = await evaluated({
      script: {
        ...looking,
        says: (...words) => {
          if (!isDead) {
            isDead = true;
            throw workerDied();
          }
          return looking.says?.(...words) ?? "";
        },
      },
    });
    expect(notices.filter((text) => text.includes("restart 1/2"))).toHaveLength(1);
    expect(numbers(document)).toEqual(numbers(whole.document));
  });

  it("that die too often end it with 69, the command that goes on, and what was answered kept", async () => {
    const { whole } = await optionsFor({
      script: {
        ...looking,
        says: () => {
          throw workerDied();
        },
      },
    });
    const failure = await caught(() => evaluate(whole));
    expect([failure.code, failure.exitCode]).toEqual(["WORKER_DIED", 69]);
    expect(failure.hint).toContain("tomoe eval --resume");
    const { evalId, dir } = failure.details as { readonly evalId: string; readonly dir: string };
    expect(recordOf({ dir } as EvalDocument)).toMatchObject({
      status: "failed",
      error: { code: "WORKER_DIED" },
    });
    const rest = await evaluated({ evalsDir: whole.evalsDir, options: { source: { resume: evalId } } });
    expect(rest.document.stages).toHaveLength(5);
  });
});

describe("items that cannot be answered", () => {
  const failing = (id: RegExp) => ({
    ...looking,
    says: (...words: Parameters<NonNullable<typeof looking.says>>) => {
      if (id.test(words[0].queryId))
        throw new TomoeError("WIRE_TOO_LARGE", "too many positions", { hint: "Shorten the prompt." });
      return looking.says?.(...words) ?? "";
    },
  });

  it("are rows with their reason, and end it with 65 once the recipe allows no more of them", async () => {
    const { whole } = await optionsFor({ script: failing(/test-00001:report/) });
    const failure = await caught(() => evaluate(whole));
    expect([failure.code, failure.exitCode]).toEqual(["DATA_PREDICTIONS", 65]);
    // The same item in each arm: own, text only, blank, another scan.
    expect(failure.message).toContain("4 items could not be answered, and evaluation.maxFailed allows 0");
    expect(failure.message).toContain("WIRE_TOO_LARGE: too many positions");
    expect(failure.hint).toContain("--from generate");
  });
});

it("items that failed and are allowed to are counted out of the expected ones in every signature", async () => {
  const script = {
    ...looking,
    says: (...words: Parameters<NonNullable<typeof looking.says>>) => {
      if (/test-00001:report/.test(words[0].queryId))
        throw new TomoeError("WIRE_TOO_LARGE", "too many positions", { hint: "Shorten the prompt." });
      return looking.says?.(...words) ?? "";
    },
  };
  const asked = {
    kind: "evaluation",
    run: "latest",
    tasks: { report: { metrics: ["rouge1"] } },
    evaluation: { maxFailed: 9 },
    gates: [],
  } as const;
  const { document } = await evaluated({ script, options: { source: { asked } } });
  const { expected, scored, failed } = document.rows;
  expect([scored, failed > 0]).toEqual([expected, true]);
  for (const { signature } of [...document.scorecard, ...document.adversaries])
    expect(signature).toContain(`|expected:${expected - 1} of ${expected}@`);
});

describe("the gates of an evaluation", () => {
  it("are judged over the numbers and the gaps to adversaries, and stand in the document", async () => {
    const gates = ["closed-vqa/accuracy.micro>=0", "closed-vqa/accuracy.micro.over.other-scan.ciLow>0.99"];
    const { document } = await evaluated({ options: { gates } });
    expect(document.gates.map(({ gate, held }) => [gate, held])).toEqual([
      [gates[0], true],
      [gates[1], false],
    ]);
  });
});

describe("what an evaluation refuses", () => {
  it("is a run that is not there, a checkpoint that it does not have, and a task that it does not score", async () => {
    const refusal = async (options: Parameters<typeof optionsFor>[0]["options"]): Promise<string> => {
      const { whole } = await optionsFor({ options });
      const { code, message } = await caught(() => evaluate(whole));
      expect(readdirSync(whole.evalsDir)).toEqual(["stages"]);
      return `${code} ${message}`;
    };
    expect(await refusal({ source: { run: "nobody" } })).toContain("RUN_NOT_FOUND");
    expect(await refusal({ checkpoint: "000099-x-00000001" })).toContain("USAGE_INVALID");
  });

  it("is an evaluation that is not there, with those that are", async () => {
    const { evalsDir, document } = await evaluated({ options: { tasks: ["open-vqa"] } });
    const { whole } = await optionsFor({
      evalsDir,
      options: { source: { resume: "20260101-000000-none-abcd" } },
    });
    const failure = await caught(() => evaluate(whole));
    expect(failure.code).toBe("RUN_NOT_FOUND");
    expect(failure.hint).toContain(document.evalId);
  });
});

it("a run of an older version, without a list of its training cases, is compared as far as that goes", async () => {
  const run = await spoilableRun();
  rmSync(join(run.folder.dir, "trained-on.json"));
  const { document } = await evaluated({
    run,
    options: { tasks: ["open-vqa"] },
    evalsDir: join(freshFolder(), "e"),
  });
  expect(document.warnings.map(({ code }) => code)).toContain("LEAK_PARTLY_CHECKED");
  expect(document.scorecard[0]?.signature).toContain("split:not-fully-compared");
});
