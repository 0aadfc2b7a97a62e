import type { Prediction } from "../../../schema/tables/tasks.ts";
import { type TaskId, taskIds, taskRow } from "../../../schema/task.ts";
import { promptTexts } from "../../gen/prompt-texts.ts";

/** What a training text belongs to: a task, or none of them. */
export type PromptClass = TaskId | "none";

/** The classes, tasks first, in the order in which a model's weights hold them. */
export const promptClasses: readonly PromptClass[] = [...taskIds, "none"];

/**
 * One training text; texts of one family are wordings of one line, and are never counted as evidence for each
 * other.
 */
export interface PromptExample<C extends string = PromptClass> {
  readonly text: string;
  readonly choices?: readonly string[];
  readonly label: C;
  readonly family: string;
}

type ListName = keyof typeof promptTexts;

const linesOf = (...lists: readonly ListName[]): readonly string[] =>
  lists.flatMap((list) => promptTexts[list]);

/** The first task whose questions are answered like this; a question of no task belongs to none. */
const questionsOf = (prediction: Prediction): PromptClass =>
  taskIds.find((task) => taskRow(task).asks === "question" && taskRow(task).predicts === prediction) ??
  "none";

/** The first task that is asked for by a request and predicts a report. */
const reports: PromptClass =
  taskIds.find((task) => taskRow(task).asks === "request" && taskRow(task).predicts === "report") ?? "none";
const closed = questionsOf("choice");
const open = questionsOf("answer");

/** Items taken in turn, so that each is used about equally often. */
class Turn {
  readonly #items: readonly string[];
  #next = 0;

  constructor(items: readonly string[]) {
    this.#items = items;
  }

  take(): string {
    const item = this.#items[this.#next % this.#items.length] ?? "";
    this.#next += 1;
    return item;
  }
}

/** Each of `rare`, with the next of `frequent` before it. */
const interleave = (frequent: readonly string[], rare: readonly string[]): readonly string[] =>
  rare.flatMap((term, at) => [frequent[at % frequent.length] ?? "", term]);

/** What fills the gaps of a text, by their names. */
type Gaps = Readonly<Record<string, Turn>>;

const newGaps = (): Gaps => ({
  region: new Turn(linesOf("terms/region")),
  organ: new Turn(interleave(linesOf("terms/organ-often"), linesOf("terms/organ"))),
  finding: new Turn(interleave(linesOf("terms/finding-often"), linesOf("terms/finding"))),
  plane: new Turn(linesOf("terms/plane")),
  phase: new Turn(linesOf("terms/phase")),
  place: new Turn(linesOf("terms/place")),
});

const fill = (line: string, gaps: Gaps): string =>
  line.replace(/\{(\w+)\}/g, (whole, name: string) => gaps[name]?.take() ?? whole);

interface Closing {
  readonly options: Turn;
  readonly layouts: Turn;
}

const closingWith = (options: ListName): Closing => ({
  options: new Turn(linesOf(options)),
  layouts: new Turn(linesOf("options/layouts")),
});

/** The text with options given beside it (even turns) or written into it (odd turns). */
function closeText(
  text: string,
  turn: number,
  closing: Closing,
): { readonly text: string; readonly choices?: readonly string[] } {
  const options = closing.options.take().split(" | ");
  if (turn % 2 === 0) return { text, choices: options };
  return {
    text: closing.layouts
      .take()
      .replace(/\{(\w)\}/g, (_whole, name: string) =>
        name === "q" ? text : (options[Number(name) - 1] ?? ""),
      ),
  };
}

/** The requests of each task that has a list of its own. */
function requestExamples(gaps: Gaps): readonly PromptExample[] {
  const lists: Readonly<Record<string, readonly string[]>> = promptTexts;
  return taskIds.flatMap((label) =>
    (lists[`tasks/${label}`] ?? []).map((family) => ({ text: fill(family, gaps), label, family })),
  );
}

function questionExamples(gaps: Gaps): readonly PromptExample[] {
  const closing = closingWith("options/scan");
  const lines = linesOf(
    "questions/plane",
    "questions/phase",
    "questions/organ",
    "questions/abnormality",
    "questions/location",
    "questions/measure",
    "questions/clinical",
  );
  return lines.flatMap((family, turn): readonly PromptExample[] => {
    const asked = (): PromptExample => ({ text: fill(family, gaps), label: open, family });
    const first = asked();
    return [
      first,
      { ...closeText(first.text, turn, closing), label: closed, family },
      ...(family.includes("{") ? [asked()] : []),
    ];
  });
}

function backgroundExamples(): readonly PromptExample[] {
  const closing = closingWith("options/other");
  return linesOf("none/everyday", "none/technical", "none/requests").flatMap(
    (text, at): readonly PromptExample[] => {
      const plain: PromptExample = { text, label: "none", family: text };
      return at % 3 === 0
        ? [plain, { ...closeText(text, at / 3, closing), label: "none", family: text }]
        : [plain];
    },
  );
}

/** Questions that say nothing by themselves: their options decide. */
function vagueExamples(): readonly PromptExample[] {
  const scan = closingWith("options/scan");
  const other: Closing = { ...closingWith("options/other"), layouts: scan.layouts };
  return linesOf("questions/vague").flatMap((text): readonly PromptExample[] =>
    [0, 1].flatMap((turn): readonly PromptExample[] => [
      { ...closeText(text, turn, scan), label: closed, family: text },
      { ...closeText(text, turn, other), label: "none", family: `${text} not` },
    ]),
  );
}

/**
 * Frames filled with a medical term belong to a task, with an everyday one to none; then every term once, so
 * that none is missed.
 */
function contrastExamples(): readonly PromptExample[] {
  const everyday = new Turn(linesOf("nouns/everyday"));
  const imaging = new Turn(linesOf("nouns/imaging"));
  const medical = new Turn(
    interleave(linesOf("terms/organ-often", "terms/finding-often"), linesOf("terms/organ", "terms/finding")),
  );
  const closing = closingWith("options/scan");
  const put = (frame: string, noun: Turn): string => frame.replace(/\{x\}/g, () => noun.take());
  const both = (frame: string, label: PromptClass, noun: Turn): readonly PromptExample[] => [
    { text: put(frame, noun), label, family: frame },
    { text: put(frame, noun), label, family: `${frame} 2` },
    { text: put(frame, everyday), label: "none", family: `${frame} not` },
    { text: put(frame, everyday), label: "none", family: `${frame} nor` },
  ];
  const questions = linesOf("frames/question").flatMap((frame, turn): readonly PromptExample[] => [
    ...both(frame, open, medical),
    { ...closeText(put(frame, medical), turn, closing), label: closed, family: frame },
  ]);
  const frames = new Turn(linesOf("frames/question"));
  const sweep = (nouns: readonly string[], label: PromptClass): readonly PromptExample[] =>
    nouns.map((noun) => {
      const frame = frames.take();
      return { text: frame.replaceAll("{x}", noun), label, family: `${frame} ${noun}` };
    });
  return [
    ...questions,
    ...linesOf("frames/report").flatMap((frame) => both(frame, reports, imaging)),
    ...sweep(linesOf("terms/organ", "terms/finding"), open),
    ...sweep(linesOf("nouns/everyday"), "none"),
  ];
}

/**
 * The text as a hurried hand types it: in every third word of four letters or more two letters swapped, one
 * left out, or one doubled.
 *
 * @param turn - which word is spoilt first, and how.
 */
function misspell(text: string, turn: number): string {
  let at = turn;
  return text.replace(/\p{L}{4,}/gu, (word) => {
    at += 1;
    if (at % 3 !== 0) return word;
    const from = 1 + ((at * 7) % (word.length - 2));
    const [head, one, two, tail] = [
      word.slice(0, from),
      word.charAt(from),
      word.charAt(from + 1),
      word.slice(from + 2),
    ];
    const spelt = [`${two}${one}`, two, `${one}${one}${two}`];
    return `${head}${spelt[(at + turn) % spelt.length] ?? ""}${tail}`;
  });
}

/** A misspelt copy of every eighth text. */
const misspeltExamples = (examples: readonly PromptExample[]): readonly PromptExample[] =>
  examples
    .filter((_example, at) => at % 8 === 0)
    .map((example, turn) => ({ ...example, text: misspell(example.text, turn) }));

/**
 * The texts the default policy is trained on: requests, questions with and without options, and text of no
 * task.
 */
export function defaultPromptExamples(): readonly PromptExample[] {
  const gaps = newGaps();
  const blank: PromptExample = { text: "", label: "none", family: "" };
  const examples = [
    ...requestExamples(gaps),
    ...questionExamples(gaps),
    ...vagueExamples(),
    ...contrastExamples(),
    ...backgroundExamples(),
    blank,
  ];
  return [...examples, ...misspeltExamples(examples)];
}
