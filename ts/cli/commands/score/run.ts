import type {
  AnswerMode,
  ChosenBy,
  PredictionRow,
  Profile,
  ScoreOptions,
  Warning,
} from "../../../eval/index.ts";
import { didYouMean } from "../../../schema/nearest.ts";
import { everyMetricOf, metricNames, type TaskId, taskIds } from "../../../schema/task.ts";
import { checkGates, enforceGates, judgeGates } from "../../gates.ts";
import { measureElsewhere } from "../../measured/measured.ts";
import { givenWeights } from "../../measured/weights.ts";
import { checkOutputs, type Output, showsQuestions, writeOutputs } from "../../outputs.ts";
import { type Input, inputOf, readNamed } from "../../predictions.ts";
import { scorecardTable } from "../../screen/scorecard-table.ts";
import { plainText } from "../../terminal.ts";
import { withTurns } from "../../turns.ts";
import type { Call, Outcome } from "../../words/command.ts";
import { usage } from "../../words/flags.ts";
import { guarded, heldAgainst, judgedFiles } from "./beside.ts";
import { checkModel, exportedOf, nameOf } from "./exported.ts";

/** The metrics of `--metrics`, for each task that can have some; undefined without the flag. */
function metricsAsked(call: Call, rows: readonly PredictionRow[]): ScoreOptions["tasks"] {
  const asked = call.flags
    .text("metrics")
    ?.split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");
  if (asked === undefined) return undefined;
  const problems = asked
    .filter((name) => !(metricNames as readonly string[]).includes(name))
    .map((name) => `there is no metric "${name}"${didYouMean(name, metricNames)}`);
  if (asked.length === 0) problems.push("--metrics names none");
  if (problems.length > 0)
    throw usage({ name: "score" }, [...problems, `metrics are ${metricNames.join(", ")}`]);
  const here = taskIds.filter((task) => rows.some((row) => row.task === task));
  const chosen = here.map((task): readonly [TaskId, readonly string[]] => [
    task,
    asked.filter((name) => (everyMetricOf(task) as readonly string[]).includes(name)),
  ]);
  const unused = asked.filter((name) => !chosen.some(([, metrics]) => metrics.includes(name)));
  if (unused.length > 0)
    throw usage({ name: "score" }, [
      `no row is of a task that ${unused.join(", ")} judges (rows are of ${here.join(", ")})`,
    ]);
  return Object.fromEntries(
    chosen.filter(([, metrics]) => metrics.length > 0).map(([task, metrics]) => [task, { metrics }]),
  );
}

/** The rows of tasks that are scored, and a warning for those that no metric was asked for. */
function rowsAsked(
  rows: readonly PredictionRow[],
  tasks: ScoreOptions["tasks"],
): { readonly rows: readonly PredictionRow[]; readonly warnings: readonly Warning[] } {
  if (tasks === undefined) return { rows, warnings: [] };
  const left = taskIds
    .map((task) => ({
      task,
      count: rows.filter((row) => row.task === task && tasks[task] === undefined).length,
    }))
    .filter(({ count }) => count > 0);
  return {
    rows: rows.filter((row) => tasks[row.task] !== undefined),
    warnings: left.map(({ task, count }) => ({
      code: "TASK_NOT_SCORED",
      message: `${count} rows of ${task} are not scored: no metric of it was asked for`,
    })),
  };
}

/** Tells warnings to people. */
export function tellWarnings({ terminal }: Pick<Call, "terminal">, warnings: readonly Warning[]): void {
  for (const { code, message } of warnings)
    terminal.line(plainText(`${terminal.paint("yellow", "warning:")} ${code}: ${message}`));
}

/** Tasks that judges said something of are scored too, be it by them alone. */
function withJudged(tasks: ScoreOptions["tasks"], judged: readonly TaskId[]): ScoreOptions["tasks"] {
  if (tasks === undefined) return undefined;
  return { ...Object.fromEntries(judged.map((task) => [task, { metrics: [] }])), ...tasks };
}

interface Ready {
  readonly profile: Profile;
  readonly answer: AnswerMode | undefined;
  readonly outputs: readonly Output[];
}

type Prepared = Awaited<ReturnType<typeof prepared>>;

/** Everything that is read, and every problem of it, before a number is computed. */
async function prepared(call: Call, { profile, answer, outputs }: Ready) {
  const { judgedTasks, profileRow } = await import("../../../eval/index.ts");
  const weights = givenWeights("score", call.flags.all("weights"));
  const read = await readNamed(call.arguments[0] ?? "", call, {
    dropsEmpty: profileRow(profile).dropsEmpty,
    keepsQuestions: showsQuestions(outputs),
  });
  const guard = await guarded(call, read);
  const held = await heldAgainst(call, read);
  const judged = await judgedFiles(call, held.rows);
  const tasks = withJudged(metricsAsked(call, held.rows), judgedTasks(judged.judges));
  const asked = rowsAsked(held.rows, tasks);
  const idle = [...weights.keys()].filter(
    (metric) => !Object.values(tasks ?? {}).some((task) => task?.metrics.includes(metric)),
  );
  if (idle.length > 0)
    throw usage({ name: "score" }, [`--weights of ${idle.join(", ")}, which --metrics does not ask for`]);
  const elsewhere = await measureElsewhere(call, asked.rows, { profile, tasks, weights });
  const options: ScoreOptions = {
    profile,
    answer,
    expected: held.signature,
    provenance: guard.provenance,
    measured: elsewhere.measured,
    judged: judged.judges,
    ...(tasks === undefined ? {} : { tasks }),
  };
  return {
    read,
    rows: asked.rows,
    expected: held.expected,
    options,
    inputs: [
      inputOf("rows", read),
      ...held.inputs,
      ...judged.inputs,
      ...elsewhere.files.map((file): Input => ({ role: "weights", ...file })),
    ],
    warnings: [
      ...read.warnings,
      ...guard.warnings,
      ...held.warnings,
      ...asked.warnings,
      ...elsewhere.warnings,
    ],
  };
}

/** What names the option of a closed answer in a picture of all of them, under a profile and answer mode. */
function chosenBy(profile: Profile, answer: AnswerMode | undefined): ChosenBy {
  if (answer === "loglik-sum" || answer === "loglik-token") return answer;
  return profile === "lenient" ? "lenient" : "strict";
}

/** Everything that is computed of the rows. */
async function scoredOf(call: Call, { read, rows, options, expected, inputs, warnings }: Prepared) {
  const { closedPicture, scoreRows } = await import("../../../eval/index.ts");
  const { flags, signal } = call;
  const scored = await withTurns(scoreRows(rows, options), signal);
  const closed = await withTurns(closedPicture(rows, chosenBy(options.profile, options.answer)), signal);
  const gates = judgeGates(flags.all("gate"), scored.entries, "value");
  return {
    ok: true as const,
    scorecard: scored.entries,
    closed,
    rows: { given: read.rows.length, expected, scored: scored.scored, dropped: scored.dropped },
    inputs,
    warnings: [...warnings, ...scored.warnings],
    ...(gates.length === 0 ? {} : { gates }),
  };
}

/** Writes what was found to the files of `--out`. */
async function written(
  call: Call,
  outputs: readonly Output[],
  { read, rows, options }: Prepared,
  document: Awaited<ReturnType<typeof scoredOf>>,
): Promise<void> {
  const { latexScorecard, renderScorecard, rowsUnder } = await import("../../../eval/index.ts");
  const { scorecard: entries, closed, gates = [], warnings } = document;
  await writeOutputs(
    outputs,
    {
      json: () => document,
      md: () => renderScorecard(entries),
      tex: () => latexScorecard(entries, read.digest),
      html: async () =>
        (await import("../../../run/index.ts")).scorePage({
          name: nameOf(read.source),
          digest: read.digest,
          entries,
          closed,
          by: chosenBy(options.profile, options.answer),
          rows: rowsUnder(rows, options.profile).rows,
          dropped: document.rows.dropped.length,
          gates,
          warnings,
        }),
      exported: () => exportedOf(call, { read, rows, options, entries }),
    },
    call.signal,
  );
}

/** `tomoe score`: a scorecard for predictions, with nothing computed anew. */
export async function score(call: Call): Promise<Outcome> {
  const { answerModes, profileNames } = await import("../../../eval/index.ts");
  const { flags } = call;
  const profile: Profile = profileNames.find((name) => name === flags.text("profile")) ?? "strict";
  const answer: AnswerMode | undefined = answerModes.find((name) => name === flags.text("answer"));
  checkGates(flags.all("gate"));
  const outputs = checkOutputs("score", flags.all("out"), { isExportable: true });
  checkModel(flags.text("model"), outputs);
  const ready = await prepared(call, { profile, answer, outputs });
  const document = await scoredOf(call, ready);
  tellWarnings(call, document.warnings);
  await written(call, outputs, ready, document);
  enforceGates(document.gates ?? [], document);
  return {
    document,
    text: `${scorecardTable(document.scorecard)}\n\nsignatures: --json or --out; research only, not for clinical use`,
  };
}
