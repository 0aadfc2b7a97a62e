import { defined } from "../../../defined.ts";
import type { PredictDocument, PredictOptions } from "../../../run/index.ts";
import { isMissingOption, tooFewOptions } from "../../../schema/answers/options.ts";
import type { Terminal } from "../../terminal.ts";
import { plainText } from "../../terminal.ts";
import type { Call, GivenFlag, Outcome } from "../../words/command.ts";
import { usage } from "../../words/flags.ts";
import { policyOf } from "../../words/policy.ts";
import { deviceOf, existingRunsDir } from "../../words/run-flags.ts";

/** A question as the command line asked it. */
export type AskedQuestion = PredictOptions["questions"][number];

/** `tomoe predict`: a report of a scan, and answers. */
export async function predict({ arguments: [scan = ""], flags, signal, terminal }: Call): Promise<Outcome> {
  const questions = questionsOf(flags.given);
  const report = flags.has("report");
  if (!report && questions.length === 0)
    throw usage({ name: "predict" }, ["nothing is asked: give --report, --question Q, or both"]);
  const runsDir = existingRunsDir(flags);
  const conductor = await import("../../../run/index.ts");
  terminal.line(terminal.paint("dim", "reading the scan and starting the model"));
  const document = await conductor.predict({
    scan,
    run: flags.text("run") ?? "",
    runsDir,
    report,
    questions,
    device: deviceOf(flags),
    signal,
    ...defined({
      checkpoint: flags.text("checkpoint"),
      series: flags.text("series"),
      resample: policyOf(flags, { name: "predict" }),
    }),
  });
  tellRoutes(terminal, document);
  return { document, text: textOf(document) };
}

/**
 * Pairs each `--choices` with the `--question` before it, in the order they stand.
 *
 * @param given - flags in order; choices are separated by "|".
 * @throws TomoeError `USAGE_INVALID` for choices without a question, twice for one question, fewer than two,
 * empty or repeated.
 */
export function questionsOf(given: readonly GivenFlag[]): readonly AskedQuestion[] {
  const questions: { question: string; choices?: readonly string[] }[] = [];
  const problems: string[] = [];
  for (const { name, value } of given) {
    if (name === "question") {
      if (value.trim() === "") problems.push("--question is blank");
      questions.push({ question: value });
    }
    if (name !== "choices") continue;
    const question = questions.at(-1);
    const choices = value.split("|").map((choice) => choice.trim());
    if (question === undefined) problems.push(`--choices "${value}" stands before any --question`);
    else if (question.choices !== undefined)
      problems.push(`--question "${question.question}" has --choices twice`);
    else question.choices = choices;
    problems.push(...problemsOfChoices(value, choices));
  }
  if (problems.length > 0) throw usage({ name: "predict" }, problems);
  return questions;
}

function problemsOfChoices(value: string, choices: readonly string[]): string[] {
  if (choices.length < 2)
    return [`--choices "${value}" has ${choices.length} option, at least two are needed, separated by "|"`];
  const tooFew = tooFewOptions(choices);
  if (tooFew !== undefined) return [`--choices "${value}": ${tooFew}`];
  const present = choices.filter((choice) => !isMissingOption(choice));
  return new Set(present).size === present.length ? [] : [`--choices "${value}" has the same option twice`];
}

/** Says what the longest answer (`evaluation.maxNewTokens`) cut. */
function tellCuts(terminal: Terminal, { answers, reportTruncated }: PredictDocument): void {
  const cut = [
    ...(reportTruncated ? ["the report"] : []),
    ...answers
      .filter(({ truncated }) => truncated)
      .map(({ question }) => `the answer to "${plainText(question)}"`),
  ];
  if (cut.length > 0)
    terminal.line(
      terminal.paint("yellow", `warning TRUNCATED: ${cut.join(", ")} hit the limit of the generation`),
    );
}

function tellRoutes(terminal: Terminal, document: PredictDocument): void {
  const { answers, warnings, timing } = document;
  tellCuts(terminal, document);
  for (const { code, message } of warnings)
    terminal.line(terminal.paint("yellow", `warning ${code}: ${plainText(message)}`));
  for (const { question, route } of answers) {
    const fallback = route.fallback ? ", a fallback: the text fits no task well" : "";
    terminal.line(
      terminal.paint(
        "dim",
        `"${plainText(question)}" was routed to ${route.task} (confidence ${route.confidence.toFixed(2)}${fallback})`,
      ),
    );
  }
  const { readSeconds, encodeSeconds, generateSeconds } = timing;
  terminal.line(
    terminal.paint(
      "dim",
      `read ${readSeconds.toFixed(2)} s, encode ${encodeSeconds.toFixed(2)} s, generate ${generateSeconds.toFixed(2)} s. Research only, not for clinical use.`,
    ),
  );
}

function textOf({ report, answers }: PredictDocument): string {
  return [
    ...(report === null ? [] : [plainText(report)]),
    ...answers.map(({ question, answer }) => `${plainText(question)}\n  ${plainText(answer)}`),
  ].join("\n\n");
}
