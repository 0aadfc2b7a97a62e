import { choiceIndex, choiceLetter } from "../schema/answers/letters.ts";
import { isMissingOption, presentOptions } from "../schema/answers/options.ts";
import { normaliseAnswer, stripEnds } from "./metrics/text.ts";

/**
 * `strict`: what the answer begins with decides. `m3d-compat`: the benchmark's own lenient substring rule.
 */
export type Profile = "strict" | "m3d-compat";

/** What of a row decides whether its answer is right. */
export interface ChoiceRow {
  readonly choices?: readonly string[] | undefined;
  readonly target: string;
  readonly prediction: string;
}

/** Name and version of each parser, for the signature. */
export const parserIds: Readonly<Record<Profile, string>> = {
  strict: "first-letter-or-exact-text/3",
  "m3d-compat": "letter-dot-substring/m3d-bench@63e7200",
};

/** The four options A to D of the interface, for a row that has letters alone. */
const lettersAlone: readonly string[] = [0, 1, 2, 3].map(choiceLetter);

/** A row's options; a row without them has four, known by their letters alone. */
export const optionsOf = (row: Pick<ChoiceRow, "choices">): readonly string[] => row.choices ?? lettersAlone;

/**
 * Index of the choice an answer names, or null when it names none.
 *
 * Rules, in order:
 * 1. the whole answer is one letter, bare or marked: `B`, `b`, `B.`, `(B)`, `Answer: B`;
 * 2. the whole answer is the text of a choice that is not missing, after `normaliseAnswer`: so "C. difficile"
 * is that choice, not the letter C;
 * 3. the answer begins with a marked letter: `B. ...`, `B) ...`, `B: ...`, `(B) ...`, `Answer: B. ...`; what
 * follows does not count.
 * Anything else is unparsed and counts as wrong: "A mass", "the answer is B", and the letter or the text of an
 * option that is missing.
 */
export function parseChoice(answer: string, choices: readonly string[]): number | null {
  const text = stripEnds(answer);
  const named = (pattern: RegExp): number | null => {
    const letter = pattern
      .exec(text)
      ?.slice(1)
      .find((part) => part !== undefined);
    const index = choiceIndex(letter ?? "");
    const option = choices[index];
    return option === undefined || isMissingOption(option) ? null : index;
  };
  const lone = named(/^(?:answer\s*[:=]?\s*)?[([]?([a-z])[)\].:]?$/i);
  if (lone !== null) return lone;
  const said = normaliseAnswer(text);
  const same = choices.findIndex(
    (choice) => said !== "" && !isMissingOption(choice) && normaliseAnswer(choice) === said,
  );
  if (same >= 0) return same;
  return named(/^(?:answer\s*[:=]?\s*)?(?:\(([a-z])\)|\[([a-z])\]|([a-z])[.):](?=\s))/i);
}

/** What an answer counts for. */
export interface ChoiceVerdict {
  readonly correct: boolean;
  readonly parsed: boolean;
  /** 1 / number of choices that are not missing. */
  readonly chance: number;
}

/**
 * Judges a row whose target names one of its choices, as `checkRows` makes sure.
 *
 * Under `m3d-compat` an answer is right when the target's letter and a full stop stand anywhere in it, so one
 * that lists every option is right.
 */
export function judgeChoice(row: ChoiceRow, profile: Profile): ChoiceVerdict {
  const options = optionsOf(row);
  const target = parseChoice(row.target, options) ?? -1;
  const present = presentOptions(options);
  const chance = 1 / Math.max(1, present.length);
  if (profile === "m3d-compat") {
    const held = present.filter((index) => row.prediction.includes(`${choiceLetter(index)}.`));
    return { correct: held.includes(target), parsed: held.length > 0, chance };
  }
  const answer = parseChoice(row.prediction, options);
  if (answer === null) return { correct: false, parsed: false, chance };
  // Two choices of the same text are one answer.
  const sameText =
    row.choices !== undefined &&
    normaliseAnswer(options[answer] ?? "") === normaliseAnswer(options[target] ?? "");
  return { correct: answer === target || sameText, parsed: true, chance };
}
