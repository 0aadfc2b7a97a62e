import { predicts } from "../../schema/task.ts";
import { unicodeWords } from "../metrics/words.ts";
import { shown } from "../rows/problems.ts";
import type { PredictionRow } from "../rows/row.ts";
import type { Warning } from "../rows/together.ts";
import { Pace, type Steps } from "../steps.ts";

/** What of an item tells that its prompt or its answer is not what it should be. */
export interface LintedItem extends Pick<PredictionRow, "id" | "task" | "choices" | "target" | "prediction"> {
  /** The words that asked; what cannot be judged without them is left out. */
  readonly question?: string | undefined;
}

/** Words of a report in a row that its prompt does not have by chance. */
const longRun = 8;

type Words = readonly string[];

const joined = (words: Words): string => ` ${words.join(" ")} `;

/** True where all the words of one text stand, one after another, in another. */
const holds = (words: Words, other: Words): boolean =>
  words.length > 0 && joined(other).includes(joined(words));

/** True where so many words of one text stand in a row in another. */
function sharesRun(words: Words, other: Words): boolean {
  const text = joined(other);
  for (let from = 0; from + longRun <= words.length; from += 1)
    if (text.includes(joined(words.slice(from, from + longRun)))) return true;
  return false;
}

/** The words that a right answer consists of: the option's text, without its letter. */
function answerWords({ target, choices = [] }: LintedItem): Words {
  const letter = /^\(?([A-Z])(?:[).:]\s*|$)/.exec(target)?.[1];
  const option = letter === undefined ? undefined : choices[letter.charCodeAt(0) - 65];
  return unicodeWords(choices.includes(target) ? target : (option ?? target));
}

/** A question that offers answers ("left or right?") holds the right one as it holds the wrong ones. */
function offersAnswers(item: LintedItem, question: Words, answer: Words): boolean {
  const others = (item.choices ?? []).map(unicodeWords).filter((words) => joined(words) !== joined(answer));
  return question.includes("or") || others.some((words) => holds(words, question));
}

interface Rule {
  readonly code: string;
  readonly judges: (item: LintedItem) => boolean;
  readonly finds: (item: LintedItem) => boolean;
  readonly says: string;
}

const rules: readonly Rule[] = [
  {
    code: "PROMPT_HOLDS_ANSWER",
    judges: ({ task, question }) => question !== undefined && !predicts(task, "report"),
    finds: (item) => {
      const question = unicodeWords(item.question ?? ""),
        answer = answerWords(item);
      return holds(answer, question) && !offersAnswers(item, question, answer);
    },
    says: "hold their whole answer, and no other one that is offered: they can be answered by reading",
  },
  {
    code: "PROMPT_HOLDS_REFERENCE",
    judges: ({ task, question }) => question !== undefined && predicts(task, "report"),
    finds: ({ question = "", target }) => sharesRun(unicodeWords(target), unicodeWords(question)),
    says: `hold ${longRun} or more words in a row of the report that is asked for`,
  },
  {
    code: "PREDICTION_HOLDS_REFERENCE",
    judges: ({ task }) => !predicts(task, "choice"),
    finds: ({ target, prediction }) => {
      const wanted = unicodeWords(target),
        said = unicodeWords(prediction);
      return wanted.length >= longRun && said.length > wanted.length && holds(wanted, said);
    },
    says: "are the whole reference and more: look whether it was among what the model was given",
  },
];

/**
 * Looks for prompts that tell their answer, and for references that stand in the predictions.
 *
 * @returns one warning a rule and task that has such items, with how many and the first of them.
 */
export function* lintItems(items: readonly LintedItem[]): Steps<readonly Warning[]> {
  const found = new Map<
    string,
    { readonly rule: Rule; readonly task: string; readonly ids: string[]; of: number }
  >();
  const pace = new Pace();
  for (const item of items) {
    if (pace.isDueFor(item)) yield;
    for (const rule of rules) {
      if (!rule.judges(item)) continue;
      const key = `${rule.code} ${item.task}`;
      const mine = found.get(key) ?? { rule, task: item.task, ids: [], of: 0 };
      found.set(key, mine);
      mine.of += 1;
      if (rule.finds(item)) mine.ids.push(item.id);
    }
  }
  return [...found.values()]
    .filter(({ ids }) => ids.length > 0)
    .map(({ rule, task, ids, of }) => ({
      code: rule.code,
      message: `${ids.length} of ${of} ${rule.code.startsWith("PROMPT") ? "prompts" : "answers"} of ${task} ${rule.says} (first: ${ids.slice(0, 5).map(shown).join(", ")})`,
    }));
}
