import type { TaskId } from "../../../schema/task.ts";
import { everydayLines } from "./background-everyday.ts";
import { requestLines } from "./background-requests.ts";
import { technicalLines } from "./background-technical.ts";
import {
  everydayNounTerms,
  imagingNounTerms,
  questionFrameLines,
  reportFrameLines,
} from "./contrast-frames.ts";
import {
  everydayFindingTerms,
  everydayOrganTerms,
  findingTerms,
  organTerms,
  phaseTerms,
  placeTerms,
  planeTerms,
  regionTerms,
} from "./lexicon.ts";
import { clinicalQuestionLines } from "./more-questions.ts";
import { optionLayoutLines, otherOptionLines, scanOptionLines, vagueQuestionLines } from "./option-sets.ts";
import { locationQuestionLines, measureQuestionLines } from "./place-questions.ts";
import { reportPromptLines } from "./report-prompts.ts";
import {
  abnormalityQuestionLines,
  organQuestionLines,
  phaseQuestionLines,
  planeQuestionLines,
} from "./scan-questions.ts";

/** What a training text belongs to: a task, or none of them. */
export const promptClasses = ["report", "closed-vqa", "open-vqa", "none"] as const satisfies readonly (
  | TaskId
  | "none"
)[];
export type PromptClass = (typeof promptClasses)[number];

/**
 * One training text; texts of one family are wordings of one line, and are never counted as evidence for each
 * other.
 */
export interface PromptExample {
  readonly text: string;
  readonly choices?: readonly string[];
  readonly label: PromptClass;
  readonly family: string;
}

const linesOf = (...blocks: readonly string[]): readonly string[] =>
  blocks.flatMap((block) => block.split("\n")).filter((line) => line !== "");
const termsOf = (...blocks: readonly string[]): readonly string[] =>
  blocks
    .flatMap((block) => block.split(/[,\n]/))
    .map((term) => term.trim())
    .filter((term) => term !== "");

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

type Slots = Readonly<Record<string, Turn>>;

const newSlots = (): Slots => ({
  region: new Turn(termsOf(regionTerms)),
  organ: new Turn(interleave(termsOf(everydayOrganTerms), termsOf(organTerms))),
  finding: new Turn(interleave(termsOf(everydayFindingTerms), termsOf(findingTerms))),
  plane: new Turn(termsOf(planeTerms)),
  phase: new Turn(termsOf(phaseTerms)),
  place: new Turn(termsOf(placeTerms)),
});

const fill = (line: string, slots: Slots): string =>
  line.replace(/\{(\w+)\}/g, (whole, name: string) => slots[name]?.take() ?? whole);

interface Closing {
  readonly options: Turn;
  readonly layouts: Turn;
}

/** The text with options given beside it (even turns) or written into it (odd turns). */
function closeText(
  text: string,
  turn: number,
  closing: Closing,
): { readonly text: string; readonly choices?: readonly string[] } {
  const options = closing.options.take().split("|");
  if (turn % 2 === 0) return { text, choices: options };
  return {
    text: closing.layouts
      .take()
      .replace(/\{(\w)\}/g, (_whole, name: string) =>
        name === "q" ? text : (options[Number(name) - 1] ?? ""),
      ),
  };
}

function questionExamples(slots: Slots): readonly PromptExample[] {
  const closing: Closing = {
    options: new Turn(linesOf(scanOptionLines)),
    layouts: new Turn(linesOf(optionLayoutLines)),
  };
  const lines = linesOf(
    planeQuestionLines,
    phaseQuestionLines,
    organQuestionLines,
    abnormalityQuestionLines,
    locationQuestionLines,
    measureQuestionLines,
    clinicalQuestionLines,
  );
  return lines.flatMap((family, turn): readonly PromptExample[] => {
    const open = (): PromptExample => ({ text: fill(family, slots), label: "open-vqa", family });
    const first = open();
    return [
      first,
      { ...closeText(first.text, turn, closing), label: "closed-vqa", family },
      ...(family.includes("{") ? [open()] : []),
    ];
  });
}

function backgroundExamples(): readonly PromptExample[] {
  const closing: Closing = {
    options: new Turn(linesOf(otherOptionLines)),
    layouts: new Turn(linesOf(optionLayoutLines)),
  };
  return linesOf(everydayLines, technicalLines, requestLines).flatMap(
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
  const layouts = new Turn(linesOf(optionLayoutLines));
  const [scan, other] = [
    { options: new Turn(linesOf(scanOptionLines)), layouts },
    { options: new Turn(linesOf(otherOptionLines)), layouts },
  ];
  return linesOf(vagueQuestionLines).flatMap((text): readonly PromptExample[] =>
    [0, 1].flatMap((turn): readonly PromptExample[] => [
      { ...closeText(text, turn, scan), label: "closed-vqa", family: text },
      { ...closeText(text, turn, other), label: "none", family: `${text} not` },
    ]),
  );
}

/**
 * Frames filled with a medical term belong to a task, with an everyday one to none; then every term of the
 * lexicon once, so that none is missed.
 */
function contrastExamples(): readonly PromptExample[] {
  const everyday = new Turn(termsOf(everydayNounTerms));
  const imaging = new Turn(termsOf(imagingNounTerms));
  const medical = new Turn(
    interleave(termsOf(everydayOrganTerms, everydayFindingTerms), termsOf(organTerms, findingTerms)),
  );
  const closing: Closing = {
    options: new Turn(linesOf(scanOptionLines)),
    layouts: new Turn(linesOf(optionLayoutLines)),
  };
  const put = (frame: string, noun: Turn): string => frame.replace(/\{x\}/g, () => noun.take());
  const both = (frame: string, label: PromptClass, noun: Turn): readonly PromptExample[] => [
    { text: put(frame, noun), label, family: frame },
    { text: put(frame, noun), label, family: `${frame} 2` },
    { text: put(frame, everyday), label: "none", family: `${frame} not` },
    { text: put(frame, everyday), label: "none", family: `${frame} nor` },
  ];
  const questions = linesOf(questionFrameLines).flatMap((frame, turn): readonly PromptExample[] => [
    ...both(frame, "open-vqa", medical),
    { ...closeText(put(frame, medical), turn, closing), label: "closed-vqa", family: frame },
  ]);
  const frames = new Turn(linesOf(questionFrameLines));
  const sweep = (nouns: readonly string[], label: PromptClass): readonly PromptExample[] =>
    nouns.map((noun) => {
      const frame = frames.take();
      return { text: frame.replaceAll("{x}", noun), label, family: `${frame} ${noun}` };
    });
  return [
    ...questions,
    ...linesOf(reportFrameLines).flatMap((frame) => both(frame, "report", imaging)),
    ...sweep(termsOf(organTerms, findingTerms), "open-vqa"),
    ...sweep(termsOf(everydayNounTerms), "none"),
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
 * The corpus the default policy is trained on: reports, questions with and without options, and text of no
 * task.
 */
export function defaultPromptExamples(): readonly PromptExample[] {
  const slots = newSlots();
  const reports = linesOf(reportPromptLines).map(
    (line): PromptExample => ({ text: fill(line, slots), label: "report", family: line }),
  );
  const blank: PromptExample = { text: "", label: "none", family: "" };
  const examples = [
    ...reports,
    ...questionExamples(slots),
    ...vagueExamples(),
    ...contrastExamples(),
    ...backgroundExamples(),
    blank,
  ];
  return [...examples, ...misspeltExamples(examples)];
}
