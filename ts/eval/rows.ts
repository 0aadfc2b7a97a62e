import { z } from "zod";
import { TomoeError } from "../errors.ts";
import { isMissingOption, tooFewOptions } from "../schema/answers/options.ts";
import { predicts, taskIds } from "../schema/task.ts";
import { optionsOf, parseChoice } from "./choice.ts";
import { stripEnds } from "./metrics/text.ts";

/** A name as written: text, or a whole number, which is read as its digits. */
const nameText = z
  .union([z.string().min(1), z.int()], { error: "must be text or a whole number" })
  .transform(String);

/**
 * One line of a predictions file. A run's own file holds keys for the reader beside those that are scored
 * (`question`, `choiceLogProbs`, `route`);
 * any other key is refused, so that a misspelt one is never left out without a word.
 */
export const predictionRowSchema = z
  .strictObject({
    id: nameText,
    case: nameText,
    /** Patient, the unit of clustering; the case when absent. */
    subject: nameText.optional(),
    task: z.enum(taskIds),
    type: nameText.optional(),
    question: z.string().optional(),
    choices: z.array(z.string()).max(26).optional(),
    /** Where the task predicts a choice: the text of a choice, its letter, or "B. text". */
    target: z.string().refine((text) => stripEnds(text) !== "", { error: "must not be blank" }),
    /** What the model said; "" is a wrong answer, never a missing one. */
    prediction: z.string(),
    /** One a choice; null for one that is missing. */
    choiceLogProbs: z.array(z.number().nullable()).optional(),
    route: z.record(z.string(), z.unknown()).optional(),
  })
  .superRefine((row, context) => {
    const tooFew = row.choices === undefined ? undefined : tooFewOptions(row.choices);
    if (tooFew !== undefined) {
      context.addIssue({ code: "custom", path: ["choices"], message: tooFew });
      return;
    }
    if (!predicts(row.task, "choice") || parseChoice(row.target, optionsOf(row)) !== null) return;
    const among =
      row.choices === undefined
        ? "a letter A to D, and the row has no choices"
        : `one of ${JSON.stringify(row.choices.filter((choice) => !isMissingOption(choice)))}, nor the letter of one`;
    context.addIssue({
      code: "custom",
      path: ["target"],
      message: `${JSON.stringify(row.target)} is not ${among}`,
    });
  });
export type PredictionRow = z.output<typeof predictionRowSchema>;

/** What the intervals resample: the patient, or the case where rows name none. */
export const clusterOf = (row: PredictionRow): string => row.subject ?? row.case;

/** Problems listed in a message; the others are counted. */
const listedAtMost = 20;

function refuse(problems: readonly string[], rows: number): TomoeError {
  const listed = problems.slice(0, listedAtMost);
  const more = problems.length > listedAtMost ? [`... and ${problems.length - listedAtMost} more`] : [];
  const count = `${problems.length} ${problems.length === 1 ? "problem" : "problems"} in ${rows} prediction ${rows === 1 ? "row" : "rows"}`;
  return new TomoeError("DATA_PREDICTIONS", `${count}:\n${[...listed, ...more].join("\n")}`, {
    hint: "A row is {id, case, task, type?, choices?, target, prediction}; nothing is scored until every row is right.",
    details: { count: problems.length, problems: listed },
  });
}

interface Placed {
  readonly place: string;
  readonly row: PredictionRow;
}

/** What only shows when rows are seen together. */
function crossProblems(placed: readonly Placed[]): readonly string[] {
  const problems: string[] = [];
  const places = new Map<string, string>();
  const subjects = new Map<string, string | undefined>();
  for (const { place, row } of placed) {
    const key = JSON.stringify([row.task, row.id]);
    const before = places.get(key);
    if (before === undefined) places.set(key, place);
    else problems.push(`${place}: the id "${row.id}" of ${row.task} stands on ${before} already`);
    if (subjects.has(row.case) && subjects.get(row.case) !== row.subject)
      problems.push(
        `${place}: case "${row.case}" has subject ${row.subject ?? "(none)"} here and ${subjects.get(row.case) ?? "(none)"} before`,
      );
    subjects.set(row.case, row.subject);
  }
  const onEvery = (key: "subject" | "type", rows: readonly Placed[]): void => {
    const without = rows.filter(({ row }) => row[key] === undefined);
    if (without.length > 0 && without.length < rows.length)
      problems.push(
        `${without[0]?.place}: ${key} is missing here and on ${without.length - 1} more of ${rows.length} rows: give it on every one, or on none`,
      );
  };
  onEvery("subject", placed);
  onEvery(
    "type",
    placed.filter(({ row }) => predicts(row.task, "choice")),
  );
  return problems;
}

/**
 * Checks rows, all of them before any is scored.
 *
 * @param where - names a row in errors, e.g. its line.
 * @param known - problems found on the way to the values.
 * @throws TomoeError `DATA_PREDICTIONS` listing every problem: a key or value that does not fit, a closed
 * target that names no choice, an id used
 *   twice in a task, a case of two subjects, `subject` or (closed) `type` on some rows alone; `DATA_EMPTY`
 *   for no row.
 */
export function checkRows(
  values: readonly unknown[],
  where: (index: number) => string,
  known: readonly string[] = [],
): readonly PredictionRow[] {
  const problems = [...known];
  const placed: Placed[] = [];
  for (const [index, value] of values.entries()) {
    const parsed = predictionRowSchema.safeParse(value);
    if (parsed.success) placed.push({ place: where(index), row: parsed.data });
    else
      problems.push(
        ...parsed.error.issues.map(
          (issue) => `${where(index)}: ${issue.path.join(".") || "row"}: ${issue.message}`,
        ),
      );
  }
  problems.push(...crossProblems(placed));
  if (problems.length > 0) throw refuse(problems, values.length + known.length);
  if (placed.length === 0)
    throw new TomoeError("DATA_EMPTY", "there are no predictions to score", {
      hint: "Give one JSON object a line: {id, case, task, target, prediction}.",
    });
  return placed.map(({ row }) => row);
}

/**
 * Reads a predictions file's text: one JSON object a line; blank lines and a byte order mark are allowed.
 *
 * @throws TomoeError `DATA_PREDICTIONS` naming every bad line; `DATA_EMPTY`.
 */
export function parsePredictions(text: string): readonly PredictionRow[] {
  const values: unknown[] = [],
    lines: number[] = [],
    broken: string[] = [];
  for (const [index, line] of text
    .replace(/^\uFEFF/, "")
    .split("\n")
    .entries()) {
    if (stripEnds(line) === "") continue;
    try {
      values.push(JSON.parse(line));
      lines.push(index + 1);
    } catch (cause) {
      broken.push(`line ${index + 1}: not JSON: ${(cause as { readonly message: string }).message}`);
    }
  }
  return checkRows(values, (index) => `line ${lines[index] ?? "?"}`, broken);
}
