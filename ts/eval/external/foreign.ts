import { choiceLetter } from "../../schema/answers/letters.ts";
import { isTaskId, taskThat } from "../../schema/task.ts";
import { shown } from "../rows/problems.ts";

export type Fields = Readonly<Record<string, unknown>>;
export type Tell = (problem: string) => void;

/** A file of another program whose lines or samples are read as rows. */
export interface ForeignFormat {
  readonly name: string;
  /** True for the first object of such a file. */
  readonly fits: (value: Fields) => boolean;
  /**
   * The keys of a prediction row.
   *
   * @param tell - is told what cannot be read as one answer to one question.
   * @returns undefined for an object that repeats another item, as it says itself.
   */
  readonly fields: (value: Fields, tell: Tell) => Fields | undefined;
}

export const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

export const isText = (value: unknown): value is string => typeof value === "string";

const firstOf = (from: Fields, keys: readonly string[]): unknown =>
  keys.map((key) => from[key]).find((value) => value !== undefined && value !== null && value !== "");

/** What a row says where its program names no case: each item is then a case of its own, and a warning tells it. */
export const noCase = "caseIsItem";

/**
 * Case, patient, types and task as a program keeps them beside an item. A key `subject` is no patient: benchmarks call
 * their categories so.
 */
export function besides(from: Fields, id: unknown, hasChoices: boolean): Fields {
  const scan = firstOf(from, ["case", "case_id"]),
    patient = firstOf(from, ["patient", "patient_id", "subject_id"]),
    type = firstOf(from, ["type", "types", "category", "question_type"]);
  const { task } = from;
  return {
    case: scan ?? id,
    ...(scan === undefined ? { [noCase]: true } : {}),
    ...(patient === undefined ? {} : { subject: patient }),
    ...(type === undefined ? {} : { type }),
    task: isText(task) && isTaskId(task) ? task : taskThat(hasChoices ? "choice" : "answer"),
  };
}

/** What a text holds as JSON; undefined for any other text. */
export function jsonIn(value: unknown): unknown {
  if (!isText(value)) return value;
  try {
    return JSON.parse(value) as unknown;
  } catch {
    return undefined;
  }
}

/**
 * What our own exports keep of an answer beside it, where one is read again: mode, log-probabilities, label vectors and
 * that it was cut. Programs whose values are texts keep them as JSON.
 */
export function answeredBy(from: Fields): Fields {
  const { answerMode, truncated } = from;
  const lists = ["choiceLogProbs", "choiceTokens"].flatMap((key) => {
    const list = jsonIn(from[key]);
    return Array.isArray(list) ? [[key, list] as const] : [];
  });
  // Others call lists of findings so.
  const labels = jsonIn(from.labels);
  return {
    ...(isText(answerMode) ? { answerMode } : {}),
    ...Object.fromEntries(lists),
    ...(isObject(labels) && "target" in labels && "prediction" in labels ? { labels } : {}),
    ...(truncated === true || truncated === "true" ? { truncated: true } : {}),
  };
}

/** The one text that is right; several are told. */
export function onlyTarget(value: unknown, tell: Tell): unknown {
  if (!Array.isArray(value)) return value;
  if (value.length === 1) return value[0] as unknown;
  tell(`${value.length} texts are right: a row has one target`);
  return undefined;
}

/** A target that is the number of an option, counted from 0, as its letter; one that may be an option's text too is told. */
export function letterOfIndex(target: unknown, choices: readonly unknown[], tell: Tell): unknown {
  const index = isText(target) && /^\d{1,2}$/.test(target) ? Number(target) : target;
  if (typeof index !== "number" || !Number.isInteger(index)) return target;
  if (isText(target) && choices.includes(target)) {
    if (choices[index] === target) return choiceLetter(index);
    tell(`target ${shown(target)} is the text of an option and may be the number of another`);
    return undefined;
  }
  if (index >= 0 && index < choices.length) return choiceLetter(index);
  tell(`target ${index} is no number of ${choices.length} options, counted from 0`);
  return undefined;
}

/** A failed item is an empty answer that says why. */
export const failed = (why: unknown): Fields => ({
  prediction: "",
  meta: { error: isText(why) ? why.slice(0, 2000) : why },
});
