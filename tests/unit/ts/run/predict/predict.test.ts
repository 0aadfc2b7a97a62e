import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { TomoeError } from "../../../../../ts/errors.ts";
import { type PredictOptions, predict } from "../../../../../ts/run/predict/predict.ts";
import { caught } from "../../../../support/caught.ts";
import type { Script } from "../../../../support/scripted-model.ts";
import { ScriptedWorkers, workerDied } from "../../../../support/scripted-pool.ts";
import { freshFolder, plainPolicy, resolvedWith } from "../fixtures.ts";
import { type FinishedRun, finishedRun } from "./finished-run.ts";

let run: FinishedRun;
const before = process.env.TMPDIR;
beforeAll(async () => {
  // What predict leaves behind shows in a folder of the test's own.
  process.env.TMPDIR = freshFolder();
  run = await finishedRun();
});
afterAll(() => {
  if (before === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = before;
});

const choices = ["axial", "coronal", "sagittal", "oblique"];

function asked(change: Partial<PredictOptions> = {}, script: Script = {}) {
  const workers = new ScriptedWorkers(script);
  const options: PredictOptions = {
    scan: run.scan,
    run: "latest",
    runsDir: run.runsDir,
    report: true,
    questions: [{ question: "Which organ?" }, { question: "Which plane?", choices }],
    device: "cpu",
    policy: plainPolicy(),
    signal: new AbortController().signal,
    workers,
    ...change,
  };
  return { options, workers };
}

/** Folders that predict made and did not remove. */
const leftBehind = (): readonly string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith("tomoe-predict-"));

describe("predict", () => {
  it("hands series and policy of the scan to the reader", async () => {
    const { options } = asked({ resample: { tilt: "resample" } });
    expect((await predict(options)).warnings).toContainEqual({
      code: "POLICY_UNUSED",
      message: expect.stringContaining("tilt=resample changed nothing") as string,
    });
    const chosen = await caught(() => predict(asked({ series: "0123456789abcdef" }).options));
    expect([chosen.code, chosen.message]).toEqual([
      "USAGE_INVALID",
      expect.stringContaining("one nifti file"),
    ]);
  });

  it("says of the report and of each answer whether the limit cut it", async () => {
    const { options } = asked({}, { cuts: (text) => text.startsWith(" words") });
    const { reportTruncated, answers } = await predict(options);
    expect([reportTruncated, answers.map(({ truncated }) => truncated)]).toEqual([true, [true, false]]);
    const whole = await predict(asked().options);
    expect([whole.reportTruncated, whole.answers.some(({ truncated }) => truncated)]).toEqual([false, false]);
  });

  it("writes a report and answers each question by its own route, with the receipt of the scan", async () => {
    const { options, workers } = asked();
    const document = await predict(options);
    expect(document).toMatchObject({
      ok: true,
      runId: run.folder.runId,
      checkpoint: "000005-specific-00000002",
      report: expect.stringMatching(/^words [0-9a-f]{4}$/) as string,
      reportRoute: { task: "report" },
      answers: [
        { question: "Which organ?", choice: null, choiceLogProbs: null, route: { task: "open-vqa" } },
        {
          question: "Which plane?",
          choice: expect.stringMatching(/^[ABCD]$/) as string,
          route: { task: "closed-vqa" },
        },
      ],
      receipt: { format: "nifti" },
      intendedUse: "research only, not for clinical use",
    });
    expect(document.answers[1]?.choiceLogProbs).toHaveLength(4);
    expect(document.timing.encodeSeconds).toBe(1);
    expect(document.timing.readSeconds).toBeGreaterThan(0);
    expect(workers.calls).toEqual([
      "require",
      "0 load 000005-specific-00000002 without optimizer",
      "0 score 1",
      "0 generate 2",
      "0 close",
    ]);
    expect([workers.ends, leftBehind()]).toEqual([["stop"], []]);
  });

  it("asks one rank that may write nothing into the run", async () => {
    const { options, workers } = asked();
    await predict(options);
    expect(workers.started).toEqual([
      expect.objectContaining({
        ranks: 1,
        attempt: 0,
        runId: run.folder.runId,
        threads: 1,
        roots: [
          { name: "cache", path: expect.any(String) as string, writable: false },
          { name: "checkpoints", path: run.folder.paths.checkpoints, writable: false },
        ],
      }),
    ]);
  });

  it("asks for a report in the recipe's words, after the questions, and says which they were", async () => {
    const prompts: string[] = [];
    const { options } = asked({}, { says: ({ prompt }) => `${prompts.push(prompt)} words` });
    const document = await predict(options);
    const { reportRequest } = resolvedWith().config.evaluation;
    expect(prompts).toContain(reportRequest);
    expect(document.reportRequest).toBe(reportRequest);
  });

  it("has no report where none is asked for, and no answers where nothing is", async () => {
    const answers = await predict(asked({ report: false }).options);
    expect([answers.report, answers.reportRoute, answers.answers.length]).toEqual([null, null, 2]);
    const report = await predict(asked({ questions: [] }).options);
    expect([typeof report.report, report.answers]).toEqual(["string", []]);
  });

  it("answers the same twice, and otherwise by another checkpoint", async () => {
    const first = await predict(asked().options);
    const again = await predict(asked().options);
    expect({ ...again, timing: null }).toEqual({ ...first, timing: null });
    const older = await predict(asked({ checkpoint: "000004-shared-00000006" }).options);
    expect(older.report).not.toBe(first.report);
    expect(older.receipt).toEqual(first.receipt);
  });

  it("refuses an empty report, asked for by us or by a question, and takes an empty answer for an answer", async () => {
    const says: Script = { says: ({ task }) => (task === "report" ? " \n" : "spleen") };
    const failure = await caught(() => predict(asked({}, says).options));
    expect([failure.code, failure.exitCode, failure.what]).toEqual([
      "GENERATION_EMPTY",
      70,
      "the model wrote an empty report",
    ]);
    expect(failure.hint).toBe("The run is hardly trained; train longer, or use another run.");
    expect(failure.details).toEqual({ runId: run.folder.runId, route: "report" });
    const wanted = { report: false, questions: [{ question: "Write me a report, please." }] };
    expect((await caught(() => predict(asked(wanted, says).options))).code).toBe("GENERATION_EMPTY");
    const silent: Script = { says: ({ task }) => (task === "report" ? "a report" : "") };
    expect((await predict(asked({}, silent).options)).answers[0]?.answer).toBe("");
  });

  it("refuses a scan that is none or is not there, before any worker is started", async () => {
    const folder = freshFolder();
    const noScan = join(folder, "notes.nii");
    writeFileSync(noScan, "these are no voxels");
    mkdirSync(join(folder, "empty"));
    for (const [scan, code] of [
      [noScan, /^DATA_/],
      [join(folder, "gone.nii"), /^PATH_NOT_FOUND$/],
      [join(folder, "empty"), /^DATA_/],
    ] as const) {
      const { options, workers } = asked({ scan });
      expect((await caught(() => predict(options))).code).toMatch(code);
      expect([workers.started, leftBehind()]).toEqual([[], []]);
    }
  });

  it("reports a missing run before it looks for Python, and Python before it reads the scan", async () => {
    const noPython = new TomoeError("ENVIRONMENT", "no Python", { hint: "Run: npm run setup." });
    const missing = asked({ run: "nothing" });
    missing.workers.require = async () => await Promise.reject(noPython);
    expect((await caught(() => predict(missing.options))).code).toBe("RUN_NOT_FOUND");
    const bare = asked({ scan: "gone.nii" });
    bare.workers.require = async () => await Promise.reject(noPython);
    await expect(predict(bare.options)).rejects.toBe(noPython);
  });

  it("ends its worker and leaves nothing behind when the worker fails", async () => {
    const says: Script = {
      says: () => {
        throw workerDied();
      },
    };
    const { options, workers } = asked({}, says);
    expect((await caught(() => predict(options))).code).toBe("WORKER_DIED");
    expect([workers.ends, leftBehind()]).toEqual([["stop"], []]);
  });
});
