import { choiceLetter } from "../../schema/answers/letters.ts";
import { presentOptions, tooFewOptions } from "../../schema/answers/options.ts";
import { didYouMean } from "../../schema/nearest.ts";
import { predicts, type TaskId, taskIds } from "../../schema/task.ts";
import { choicesProblem } from "../closed/choices.ts";
import { targetProblem } from "../closed/target.ts";
import { stripEnds } from "../metrics/text.ts";
import { type Fields, isObject, isText, kindOf, listOf, nameOf, type Tell, textOf } from "./fields.ts";
import { hasControl } from "./names.ts";
import { shown } from "./problems.ts";

/** How an answer was made: as text, or by comparing the options' log-probabilities, summed or for each token. */
export const answerModes = ["generate", "loglik-sum", "loglik-token"] as const;
export type AnswerMode = (typeof answerModes)[number];

/** One line of a predictions file, checked. */
export interface PredictionRow {
  readonly id: string;
  readonly case: string;
  /** Patient, the unit of clustering; the case when absent. */
  readonly subject?: string | undefined;
  readonly task: TaskId;
  /** A type or several, any text. */
  readonly type?: string | readonly string[] | undefined;
  readonly choices?: readonly string[] | undefined;
  /** Where the task predicts a choice: the text of a choice, its letter, or "B. text". */
  readonly target: string;
  /** What the model said; "" is a wrong answer, never a missing one. */
  readonly prediction: string;
  readonly answerMode?: AnswerMode | undefined;
  /** One a choice; null for one that is missing. */
  readonly choiceLogProbs?: readonly (number | null)[] | undefined;
  /** Tokens of each choice, for log-probabilities by token. */
  readonly choiceTokens?: readonly (number | null)[] | undefined;
  /** What a labeller reads in both texts, for the metrics of label vectors. */
  readonly labels?: LabelVectors | undefined;
  /** True where the generation hit its limit: the text is the beginning of an answer. */
  readonly truncated?: boolean | undefined;
  /** What was asked, where it is kept (`RowRules`): no score is of it. */
  readonly question?: string | undefined;
  readonly meta?: Readonly<Record<string, unknown>> | undefined;
}

/** Findings of both texts of a row: 1 present, 0 absent, -1 uncertain. */
export interface LabelVectors {
  readonly target: readonly number[];
  readonly prediction: readonly number[];
  /** Names of the labels, in their order; CT-RATE's 18 where absent. */
  readonly names?: readonly string[] | undefined;
  /** Who labelled: name and version. */
  readonly labeller?: string | undefined;
}

/** Keys of a row in a predictions file; those for the reader (`question`, `route`) are checked and not scored. */
const rowKeys = [
  "id",
  "case",
  "subject",
  "task",
  "type",
  "question",
  "choices",
  "target",
  "prediction",
  "answerMode",
  "choiceLogProbs",
  "choiceTokens",
  "labels",
  "truncated",
  "route",
  "meta",
] as const;

/** What the intervals are made over: the patient, or the case where rows name none. */
export const clusterOf = (row: PredictionRow): string => row.subject ?? row.case;

/** What tells an item from every other: ids are unique within a task. */
export const itemKey = ({ task, id }: Pick<PredictionRow, "task" | "id">): string => `${task} ${id}`;

/** A row's types; none where it has no `type`. */
export const typesOf = ({ type }: Pick<PredictionRow, "type">): readonly string[] =>
  type === undefined ? [] : typeof type === "string" ? [type] : type;

function typeOf(fields: Fields, tell: Tell): string | readonly string[] | undefined {
  const { type } = fields;
  if (type === undefined) return undefined;
  const all = Array.isArray(type) ? type : [type];
  if (!all.every((one) => isText(one) && stripEnds(one) !== "")) {
    tell(`type must be a text or a list of texts that are not empty, found ${kindOf(type)}`);
    return undefined;
  }
  const controlled = all.find((one) => hasControl(one as string)) as string | undefined;
  if (controlled !== undefined)
    tell(`type ${shown(controlled)} holds a control character: a name is one line of text`);
  if (all.length === 0) tell("type is an empty list: leave it out, or name a type");
  else if (new Set(all).size < all.length) tell(`type names one type twice: ${all.map(shown).join(", ")}`);
  return type as string | readonly string[];
}

/** The task that a row names; what is none is told, with the nearest. */
export function taskOf(fields: Fields, tell: Tell): TaskId | undefined {
  const { task } = fields;
  const found = taskIds.find((id) => id === task);
  if (found !== undefined) return found;
  if (task === undefined) tell("task is missing");
  else if (isText(task))
    tell(`task ${shown(task)} is none of ${taskIds.join(", ")}${didYouMean(task.slice(0, 100), taskIds)}`);
  else tell(`task must be text, found ${kindOf(task)}`);
  return undefined;
}

/** Sums of tokens may be off by the last digits of a float32. */
const aboveZero = 1e-4;

const isLogProb = (one: unknown): one is number | null =>
  one === null || (typeof one === "number" && Number.isFinite(one) && one <= aboveZero);
const isTokenCount = (one: unknown): one is number | null =>
  one === null || (Number.isSafeInteger(one) && (one as number) > 0);

/** What only a row whose answer is a choice has. */
function choiceFields(fields: Fields, task: TaskId | undefined, tell: Tell) {
  const choices = listOf(fields, "choices", "texts", isText, tell);
  const perChoice = {
    choiceLogProbs: listOf(
      fields,
      "choiceLogProbs",
      "log-probabilities (0 at most) or null",
      isLogProb,
      tell,
    ),
    choiceTokens: listOf(fields, "choiceTokens", "counts or null", isTokenCount, tell),
  };
  if (task !== undefined && !predicts(task, "choice")) {
    for (const key of ["choices", "choiceLogProbs", "choiceTokens"])
      if (fields[key] !== undefined) tell(`${key} stand on a row of ${task}, whose items have no options`);
    if (typeof fields.answerMode === "string" && fields.answerMode.startsWith("loglik"))
      tell(`answerMode ${fields.answerMode} stands on a row of ${task}, whose items have no options`);
    return { choices, ...perChoice };
  }
  if (choices !== undefined) {
    const problem =
      choices.length > 26
        ? `${choices.length} options, more than letters`
        : (tooFewOptions(choices) ?? choicesProblem(choices));
    if (problem !== undefined) tell(`choices: ${problem}`);
  }
  const options = choices ?? ["A", "B", "C", "D"];
  for (const [key, list] of Object.entries(perChoice)) {
    if (list === undefined) continue;
    if (list.length !== options.length)
      tell(`${key} has ${list.length} entries for ${options.length} options`);
    // All of them are null where an item could not be answered.
    else if (list.some((one) => one !== null))
      for (const at of presentOptions(options))
        if (list[at] === null) tell(`${key} has no number for option ${choiceLetter(at)}, which is there`);
  }
  return { choices, ...perChoice };
}

const isLabel = (one: unknown): one is number => one === 0 || one === 1 || one === -1;

function labelsOf({ labels }: Fields, tell: Tell): LabelVectors | undefined {
  if (labels === undefined) return undefined;
  if (!isObject(labels)) {
    tell(`labels must be an object of vectors, found ${kindOf(labels)}`);
    return undefined;
  }
  const within: Tell = (problem) => tell(`labels: ${problem}`);
  for (const key of Object.keys(labels))
    if (!["target", "prediction", "names", "labeller"].includes(key)) within(`${shown(key)} is no key of it`);
  const target = listOf(labels, "target", "0, 1 or -1", isLabel, within) ?? [],
    prediction = listOf(labels, "prediction", "0, 1 or -1", isLabel, within) ?? [],
    names = listOf(labels, "names", "texts", isText, within);
  if (target.length === 0 || target.length !== prediction.length)
    within(`target and prediction have ${target.length} and ${prediction.length} labels`);
  if (names !== undefined && (names.length !== target.length || new Set(names).size < names.length))
    within(`${names.length} names, not one of its own for each of ${target.length} labels`);
  const { labeller } = labels;
  if (labeller !== undefined && !isText(labeller)) within(`labeller must be text, found ${kindOf(labeller)}`);
  return { target, prediction, names, labeller: isText(labeller) ? labeller : undefined };
}

function asideProblems(fields: Fields, tell: Tell): void {
  for (const key of Object.keys(fields))
    if (!(rowKeys as readonly string[]).includes(key))
      tell(`${shown(key)} is no key of a row${didYouMean(key.slice(0, 100), rowKeys)}`);
  const { question, route, meta, answerMode, truncated } = fields;
  if (question !== undefined && !isText(question)) tell(`question must be text, found ${kindOf(question)}`);
  for (const [key, value] of Object.entries({ route, meta }))
    if (value !== undefined && !isObject(value)) tell(`${key} must be an object, found ${kindOf(value)}`);
  if (truncated !== undefined && typeof truncated !== "boolean")
    tell(`truncated must be true or false, found ${kindOf(truncated)}`);
  if (answerMode !== undefined && !(answerModes as readonly unknown[]).includes(answerMode))
    tell(`answerMode must be one of ${answerModes.join(", ")}, found ${kindOf(answerMode)}`);
}

/** What a row may lack. */
export interface RowRules {
  /** A row of expected items: it needs no `prediction`. */
  readonly isExpected?: boolean;
  /** Open rows with a blank target are read, to be dropped and named by the profile. */
  readonly dropsEmpty?: boolean;
  /** Questions and `meta` are kept, for an export: of a million rows they are memory that no score needs. */
  readonly keepsQuestions?: boolean;
}

/**
 * One row of a predictions file, or of a set of expected items, which has no `prediction`.
 *
 * @param tell - is told each problem: a key that is missing, unknown, or of another kind; a target that names no
 * option, or two.
 * @returns the row; undefined when a problem was told.
 */
export function readRow(
  value: unknown,
  tell: Tell,
  { isExpected = false, dropsEmpty = false, keepsQuestions = false }: RowRules = {},
): PredictionRow | undefined {
  let isRight = true;
  const wrong = (problem: string): void => {
    isRight = false;
    tell(problem);
  };
  if (!isObject(value)) {
    wrong(`a row is one JSON object, found ${kindOf(value)}`);
    return undefined;
  }
  asideProblems(value, wrong);
  const task = taskOf(value, wrong);
  const row = {
    id: nameOf(value, "id", wrong),
    case: nameOf(value, "case", wrong),
    ...(value.subject === undefined ? {} : { subject: nameOf(value, "subject", wrong) }),
    type: typeOf(value, wrong),
    ...choiceFields(value, task, wrong),
    target: textOf(value, "target", wrong),
    prediction: isExpected && value.prediction === undefined ? "" : textOf(value, "prediction", wrong),
    answerMode: value.answerMode as AnswerMode | undefined,
    labels: labelsOf(value, wrong),
    ...(value.truncated === true ? { truncated: true } : {}),
    question: keepsQuestions ? (value.question as string | undefined) : undefined,
    meta: keepsQuestions ? (value.meta as PredictionRow["meta"]) : undefined,
  };
  const isDropped = dropsEmpty && task !== undefined && predicts(task, "answer");
  if (isText(value.target) && stripEnds(value.target) === "" && !isDropped) wrong("target is blank");
  if (!isRight || task === undefined) return undefined;
  const problem = predicts(task, "choice") ? targetProblem(row.target, row.choices) : undefined;
  if (problem !== undefined) wrong(problem);
  return isRight ? present({ ...row, task }) : undefined;
}

/** Without the keys that have no value: a million rows hold none in vain. */
function present(row: PredictionRow): PredictionRow {
  const entries = Object.entries(row).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as unknown as PredictionRow;
}
