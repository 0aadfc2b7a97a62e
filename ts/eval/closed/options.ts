import { choiceLetter } from "../../schema/answers/letters.ts";
import { isMissingOption, presentOptions } from "../../schema/answers/options.ts";
import { normaliseAnswer } from "../metrics/text.ts";

/** The options of a question, as answers are compared with them. */
export interface Options {
  /** How many letters there are. */
  readonly count: number;
  /** Indices of the options that are there, rising. */
  readonly present: readonly number[];
  /** `normaliseAnswer` of each option's text; "" for one that is missing, and where letters alone are known. */
  readonly texts: readonly string[];
  /** Whether each option is there. */
  readonly isThere: readonly boolean[];
  /** Letters of the options that are there. */
  readonly letters: string;
  /** False for a row that knows letters alone. */
  readonly hasTexts: boolean;
  /** 1 / number of options that are there. */
  readonly chance: number;
}

function optionsFrom(choices: readonly string[], hasTexts: boolean): Options {
  const present = presentOptions(choices);
  return {
    count: choices.length,
    present,
    texts: choices.map((choice) => (!hasTexts || isMissingOption(choice) ? "" : normaliseAnswer(choice))),
    isThere: choices.map((choice) => !isMissingOption(choice)),
    letters: present.map(choiceLetter).join(""),
    hasTexts,
    chance: 1 / Math.max(1, present.length),
  };
}

/** The four options A to D of the interface, for a row that has letters alone. */
const lettersAlone = optionsFrom([0, 1, 2, 3].map(choiceLetter), false);

/** Most lists that are remembered: files ask many questions with the same few lists. */
const remembered = 10_000;
const known = new Map<string, Options>();

/** A row's options; a row without choices has four, known by their letters alone. */
export function optionsOf(choices: readonly string[] | undefined): Options {
  if (choices === undefined) return lettersAlone;
  // No separator: any character may stand in an option.
  const key = JSON.stringify(choices);
  const found = known.get(key);
  if (found !== undefined) return found;
  const options = optionsFrom(choices, true);
  if (known.size >= remembered) known.clear();
  known.set(key, options);
  return options;
}

/** True when two options are one answer: the same one, or two of one text. */
export function sameAnswer(options: Options, one: number, other: number): boolean {
  const text = options.texts[one] ?? "";
  return one === other || (text !== "" && text === options.texts[other]);
}

/** The first option that is there whose whole text this is, after `normaliseAnswer`; -1 when none is. */
export function optionOfText(options: Options, said: string): number {
  return said === "" ? -1 : options.texts.indexOf(said);
}
