import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { defined } from "../../../defined.ts";
import type { EvalDocument, EvalOptions } from "../../../run/index.ts";
import { didYouMean } from "../../../schema/nearest.ts";
import { isTaskId, taskIds } from "../../../schema/task.ts";
import { checkGates, enforceGates, judgeGates } from "../../gates.ts";
import { isRecipePath, loadAsked } from "../../recipe.ts";
import { gapTable } from "../../screen/gap-table.ts";
import { watchRun } from "../../screen/run-watch.ts";
import { scorecardTable } from "../../screen/scorecard-table.ts";
import { withTurns } from "../../turns.ts";
import type { Call, Flags, Outcome } from "../../words/command.ts";
import { usage } from "../../words/flags.ts";
import { cacheOf, deviceOf, existingRunsDir } from "../../words/run-flags.ts";
import { modelProblems } from "../score/exported.ts";
import { tellWarnings } from "../score/run.ts";

/** What an evaluation that is gone on with has been told already. */
const settled = ["data", "checkpoint", "task", "gate", "allow-leak", "device", "runs", "model"];

function checkCall(word: string | undefined, flags: Flags): void {
  const isResume = flags.has("resume");
  const reason = flags.text("allow-leak");
  const problems = [
    ...(word === undefined && !isResume
      ? ["RECIPE.ts, RUN or latest is missing (or give --resume EVAL)"]
      : []),
    ...(word !== undefined && isResume
      ? [`--resume goes on with an evaluation as it is; ${word} cannot stand beside it`]
      : []),
    ...(isResume
      ? settled
          .filter((name) => flags.has(name))
          .map(
            (name) => `--${name} cannot stand beside --resume: an evaluation goes on with what it began with`,
          )
      : []),
    ...flags
      .all("task")
      .filter((task) => !isTaskId(task))
      .map((task) => `there is no task "${task}"${didYouMean(task, taskIds)}`),
    ...(reason !== undefined && reason.trim() === ""
      ? ["--allow-leak needs a reason: it stands in every number"]
      : []),
    ...modelProblems(flags.text("model")),
    ...(flags.text("evals") === "" ? ["--evals names no folder"] : []),
  ];
  if (problems.length > 0) throw usage({ name: "eval" }, problems);
}

/** What is evaluated, and what a file says beside it that flags say too. */
interface Asked extends Pick<EvalOptions, "source" | "data" | "checkpoint"> {
  readonly gates: readonly string[];
}

async function askedOf(word: string | undefined, { flags, signal }: Call): Promise<Asked> {
  const resumed = flags.text("resume");
  if (resumed !== undefined) return { source: { resume: resumed }, gates: [] };
  const name = word ?? "";
  if (!isRecipePath(name)) return { source: { run: name }, gates: [] };
  const found = await loadAsked(name, signal);
  if (found.kind === "evaluation") {
    const { data, checkpoint, gates } = found;
    const place = data === undefined ? undefined : resolve(dirname(name), data);
    return { source: { asked: found }, gates, ...defined({ data: place, checkpoint }) };
  }
  const recipe = { file: name, text: existsSync(name) ? readFileSync(name, "utf8") : "" };
  return { source: { experiment: found, recipe }, gates: [] };
}

/** `tomoe eval`: a run asked everything, scored, and held against adversaries. */
export async function evaluate(call: Call): Promise<Outcome> {
  const {
    arguments: [word],
    flags,
    signal,
    terminal,
  } = call;
  checkCall(word, flags);
  checkGates(flags.all("gate"));
  const asked = await askedOf(word, call);
  const gates = [...asked.gates, ...flags.all("gate")];
  checkGates(gates);
  const runsDir = existingRunsDir(flags);
  const watch = watchRun(terminal, "evaluation");
  try {
    const conductor = await import("../../../run/index.ts");
    const data = flags.text("data");
    const document = await conductor.evaluate({
      source: asked.source,
      runsDir,
      evalsDir: resolve(flags.text("evals") ?? "evals"),
      ...defined({
        data: data === undefined ? asked.data : resolve(data),
        checkpoint: flags.text("checkpoint") ?? asked.checkpoint,
        from: conductor.stageNames.find((name) => name === flags.text("from")),
        allowLeak: flags.text("allow-leak"),
        model: flags.text("model"),
        cache: cacheOf(flags),
      }),
      tasks: flags.all("task").filter(isTaskId),
      gates,
      judge: (limits, numbers) => judgeGates(limits, numbers, "value"),
      device: deviceOf(flags),
      take: (steps) => withTurns(steps, signal),
      signal,
      onProgress: watch.onProgress,
    });
    watch.end();
    tellWarnings(call, document.warnings);
    enforceGates(document.gates, document);
    return { document, text: textOf(document) };
  } finally {
    watch.end();
  }
}

function textOf({ evalId, dir, stages, scorecard, adversaries, rows, files }: EvalDocument): string {
  const told = stages.map(
    ({ name, rows, failed, cached, seconds }) =>
      `${name} ${rows} rows${failed === 0 ? "" : `, ${failed} failed`}, ${cached ? "cached" : `${seconds.toFixed(1)} s`}`,
  );
  return [
    scorecardTable(scorecard),
    "",
    "What the image bought: the system against adversaries, on the same items",
    gapTable(adversaries),
    "",
    `items: ${rows.scored} of ${rows.expected}${rows.failed === 0 ? "" : `; ${rows.failed} answers failed`}`,
    `stages: ${told.join("; ")}`,
    `files: ${files.join(", ")}; research only, not for clinical use`,
    `${evalId} ${dir}`,
  ].join("\n");
}
