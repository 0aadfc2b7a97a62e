import { choiceIndex, choiceLetter } from "../../schema/answers/letters.ts";
import { normaliseAnswer } from "../metrics/text.ts";
import { withoutUnseen } from "../rows/names.ts";
import { shown } from "../rows/problems.ts";
import { optionsOf } from "./options.ts";

/** `A. text`, `(A) text`, `A) text`: an option that brings its letter along. */
const lettered = /^\s*(?:\(([a-z])\)|\[([a-z])\]|([a-z])[.):](?=\s))/i;

/** Two options that look equal and are told apart by characters that nobody sees. */
function lookalikes(choices: readonly string[]): string | undefined {
  const { texts, present } = optionsOf(choices);
  const seen = new Map<string, number>();
  for (const at of present) {
    const look = normaliseAnswer(withoutUnseen(choices[at] ?? ""));
    const before = seen.get(look);
    if (before !== undefined && texts[before] !== texts[at])
      return `options ${choiceLetter(before)} and ${choiceLetter(at)} differ in characters that nobody sees alone: ${shown(choices[before] ?? "")}, ${shown(choices[at] ?? "")}`;
    seen.set(look, before ?? at);
  }
  return undefined;
}

/**
 * Options that all bring letters along, those of the list in another order: a letter then names two of them. Fewer
 * than all may be words that begin so, as "C. difficile".
 */
function otherLetters(choices: readonly string[]): string | undefined {
  const { present } = optionsOf(choices);
  const told = present.map((at) => {
    const [, ...letters] = lettered.exec(choices[at] ?? "") ?? [];
    return choiceIndex(letters.find((one) => one !== undefined) ?? "");
  });
  const isListed =
    told.every((index) => index >= 0 && index < choices.length) && new Set(told).size === told.length;
  const wrong = isListed ? present.find((at, index) => told[index] !== at) : undefined;
  if (wrong === undefined) return undefined;
  return `option ${choiceLetter(wrong)} begins with the letter of another: ${shown(choices[wrong] ?? "")}; put them in the order of their letters, or leave the letters out`;
}

/** Why it cannot be told which option an answer or target means; undefined where it can. Two of one text are one. */
export const choicesProblem = (choices: readonly string[]): string | undefined =>
  lookalikes(choices) ?? otherLetters(choices);
