import { choiceIndex, choiceLetter } from "../../schema/answers/letters.ts";
import { normaliseAnswer, stripEnds } from "../metrics/text.ts";
import { shown } from "../rows/problems.ts";
import { type Options, optionOfText, optionsOf, sameAnswer } from "./options.ts";

/** `B`, `b.`, `(B)`: a letter alone. */
const letterAlone = /^[([]?([a-z])[)\].:]?$/i;
/** `B. text`, `(B) text`: a letter and the text of its option. */
const letterAndText = /^(?:\(([a-z])\)|\[([a-z])\]|([a-z])[.):](?=\s))(.*)$/is;

const letterIndex = (options: Options, letter: string): number => {
  const index = choiceIndex(letter);
  return options.isThere[index] === true ? index : -1;
};

interface Named {
  readonly index: number;
  readonly problem?: string;
}

function namedBy(target: string, options: Options): Named {
  const text = stripEnds(target);
  const byText = optionOfText(options, normaliseAnswer(text));
  const alone = letterAlone.exec(text)?.[1];
  const byLetter = alone === undefined ? -1 : letterIndex(options, alone);
  if (byText >= 0 && byLetter >= 0 && !sameAnswer(options, byText, byLetter))
    return {
      index: -1,
      problem: `target ${shown(target)} is the text of option ${choiceLetter(byText)} and the letter of another: write "${choiceLetter(byText)}. ..." with the option's text, or the letter alone where no text is one`,
    };
  if (byText >= 0 || byLetter >= 0) return { index: byText >= 0 ? byText : byLetter };
  const both = letterAndText.exec(text);
  if (both === null) return { index: -1 };
  const letter = letterIndex(options, both[1] ?? both[2] ?? both[3] ?? "");
  const rest = normaliseAnswer(both[4] ?? "");
  if (letter >= 0 && options.hasTexts && rest !== options.texts[letter])
    return {
      index: -1,
      problem: `target ${shown(target)} names the letter ${choiceLetter(letter)}, whose option is ${shown(options.texts[letter] ?? "")}: letter and text disagree`,
    };
  return { index: letter };
}

/** Index of the option that a target names: by its letter, its text, or "B. text"; -1 when it names none, or two. */
export function targetIndex(target: string, options: Options): number {
  return namedBy(target, options).index;
}

/**
 * Why a target names no option; undefined when it names one.
 *
 * It may not be a text that is also another option's letter, a letter with another option's text, or an option
 * that is missing.
 */
export function targetProblem(target: string, choices: readonly string[] | undefined): string | undefined {
  const options = optionsOf(choices);
  const { index, problem } = namedBy(target, options);
  if (problem !== undefined || index >= 0) return problem;
  const among =
    choices === undefined
      ? "a letter A to D, and the row has no choices"
      : `one of ${options.present.map((at) => shown(choices[at] ?? "")).join(", ")}, nor the letter of one`;
  return `target ${shown(target)} is not ${among}`;
}
