import type { AnswerMode, PredictionRow, Profile, ScoreOptions, Warning } from "../../../eval/index.ts";
import { didYouMean } from "../../../schema/nearest.ts";
import { everyMetricOf, metricNames, type TaskId, taskIds } from "../../../schema/task.ts";
import { enforceGates, judgeGates } from "../../gates.ts";
import { measureElsewhere } from "../../measured.ts";
import { checkOutputs, writeOutputs } from "../../outputs.ts";
import { type Input, inputOf, type Predictions, readNamed } from "../../predictions.ts";
import { scorecardTable } from "../../screen/scorecard-table.ts";
import { plainText } from "../../terminal.ts";
import { withTurns } from "../../turns.ts";
import type { Call, Outcome } from "../../words/command.ts";
import { usage } from "../../words/flags.ts";

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

interface Held {
  readonly rows: readonly PredictionRow[];
  readonly expected: number | null;
  readonly signature: string | undefined;
  readonly inputs: readonly Input[];
  readonly warnings: readonly Warning[];
}

async function heldAgainst(call: Call, given: Predictions): Promise<Held> {
  const name = call.flags.text("against");
  if (name === undefined) {
    if (call.flags.has("missing"))
      throw usage({ name: "score" }, ["--missing says what to do with expected items: give --against too"]);
    return { rows: given.rows, expected: null, signature: undefined, inputs: [], warnings: [] };
  }
  const { holdAgainst } = await import("../../../eval/index.ts");
  const expected = await readNamed(name, call, { file: "expected", isExpected: true });
  const missing = call.flags.text("missing") === "wrong" ? "wrong" : "refuse";
  const held = holdAgainst(given.rows, expected.rows, missing);
  const n = expected.rows.length;
  return {
    rows: held.rows,
    expected: n,
    inputs: [inputOf("expected", expected)],
    signature: `${n - held.missing} of ${n}@${expected.digest.slice(0, 16)}`,
    warnings:
      held.missing === 0
        ? []
        : [
            {
              code: "MISSING_SCORED_WRONG",
              message: `${held.missing} of ${n} expected items have no prediction and are scored as empty answers`,
            },
          ],
  };
}

/** Tells warnings to people. */
export function tellWarnings({ terminal }: Pick<Call, "terminal">, warnings: readonly Warning[]): void {
  for (const { code, message } of warnings)
    terminal.line(plainText(`${terminal.paint("yellow", "warning:")} ${code}: ${message}`));
}

/** `tomoe score`: a scorecard for predictions, with nothing computed anew. */
export async function score(call: Call): Promise<Outcome> {
  const { profileNames, profileRow, renderScorecard, scoreRows, answerModes, latexScorecard } = await import(
    "../../../eval/index.ts"
  );
  const { flags, signal } = call;
  const profile: Profile = profileNames.find((name) => name === flags.text("profile")) ?? "strict";
  const answer: AnswerMode | undefined = answerModes.find((name) => name === flags.text("answer"));
  const outputs = checkOutputs("score", flags.all("out"));
  const read = await readNamed(call.arguments[0] ?? "", call, { dropsEmpty: profileRow(profile).dropsEmpty });
  const held = await heldAgainst(call, read);
  const tasks = metricsAsked(call, held.rows);
  const asked = rowsAsked(held.rows, tasks);
  const elsewhere = await measureElsewhere(call, asked.rows, { profile, tasks });
  const options = {
    profile,
    answer,
    expected: held.signature,
    measured: elsewhere.measured,
    ...(tasks === undefined ? {} : { tasks }),
  };
  const scored = await withTurns(scoreRows(asked.rows, options), signal);
  const warnings = [
    ...read.warnings,
    ...held.warnings,
    ...asked.warnings,
    ...elsewhere.warnings,
    ...scored.warnings,
  ];
  const rows = {
    given: read.rows.length,
    expected: held.expected,
    scored: scored.scored,
    dropped: scored.dropped,
  };
  const gates = judgeGates(flags.all("gate"), scored.entries, "value");
  const document = {
    ok: true as const,
    scorecard: scored.entries,
    rows,
    inputs: [inputOf("rows", read), ...held.inputs],
    warnings,
    ...(gates.length === 0 ? {} : { gates }),
  };
  tellWarnings(call, warnings);
  await writeOutputs(outputs, {
    json: () => document,
    md: () => renderScorecard(scored.entries),
    tex: () => latexScorecard(scored.entries, read.digest),
  });
  enforceGates(gates, document);
  return {
    document,
    text: `${scorecardTable(scored.entries)}\n\nsignatures: --json or --out; research only, not for clinical use`,
  };
}
