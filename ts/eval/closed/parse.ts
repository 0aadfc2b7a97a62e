import { choiceIndex, choiceLetter } from "../../schema/answers/letters.ts";
import { normaliseAnswer, splitWords, stripEnds } from "../metrics/text.ts";
import { namedOptions } from "./letters.ts";
import { type Options, optionOfText, optionsOf, sameAnswer } from "./options.ts";

/** How an answer becomes an option; each is published under its id. */
export const parserNames = ["strict", "lenient", "m3d-compat"] as const;
export type ParserName = (typeof parserNames)[number];

/** Name and version of each parser, for the signature. */
export const parserIds: Readonly<Record<ParserName, string>> = {
  strict: "first-letter-or-exact-text/4",
  lenient: "one-letter-or-one-text/1",
  "m3d-compat": "letter-dot-substring/m3d-bench@63e7200",
};

const loneLetter = /^(?:answer\s*(?:[:=]\s*)?)?[([]?([a-z])[)\].:]?$/i;
const leadingLetter = /^(?:answer\s*(?:[:=]\s*)?)?(?:\(([a-z])\)|\[([a-z])\]|([a-z])[.):](?=\s))/i;

/** An answer, read once for every parser. */
export interface ReadAnswer {
  /** The whole answer is one letter, bare or marked. */
  readonly lone: number | null;
  /** The whole answer is an option's text. */
  readonly text: number | null;
  /** The answer begins with a marked letter. */
  readonly leading: number | null;
  /** Distinct options named by their letters. */
  readonly named: readonly number[];
  /** Two or more distinct letters are named, and the answer is no option's whole text. */
  readonly isHedged: boolean;
  /** One letter, and then exactly the text of another option. */
  readonly isContradicted: boolean;
}

const thereOrNull = (options: Options, letter: string | undefined): number | null => {
  const index = choiceIndex(letter ?? "");
  return options.isThere[index] === true ? index : null;
};

/** What follows a leading letter, bare of its mark: "B. liver" gives "liver", "**B** liver" gives "liver". */
const afterLetter =
  /^(?:answer\s*(?:is\s*)?(?:[:=]\s*)?)?[([{*<"']*[a-z][)\]}*>"'.:,]*\s*[-\u2013\u2014:]?\s*/i;

function contradicts(text: string, letter: number, options: Options): boolean {
  const rest = text.replace(afterLetter, "");
  if (rest === text) return false;
  const other = optionOfText(options, normaliseAnswer(rest));
  return other >= 0 && !sameAnswer(options, other, letter);
}

/** Longest answer whose letters are looked for whole; an option is named at the beginning or the end of one. */
export function readAnswer(answer: string, options: Options): ReadAnswer {
  const text = stripEnds(answer);
  const lone = text.length > 20 ? null : thereOrNull(options, loneLetter.exec(text)?.[1]);
  const same = optionOfText(options, normaliseAnswer(text));
  const lead = leadingLetter.exec(text);
  const leading = lead === null ? null : thereOrNull(options, lead[1] ?? lead[2] ?? lead[3]);
  const capitals = namedOptions(text, options);
  const named = leading === null || capitals.includes(leading) ? capitals : [leading, ...capitals];
  const [letter] = named.length === 1 ? named : [];
  return {
    lone,
    text: same < 0 ? null : same,
    leading,
    named,
    isHedged: same < 0 && named.length > 1,
    isContradicted: same < 0 && letter !== undefined && contradicts(text, letter, options),
  };
}

function strictly({ lone, text, leading, isHedged }: ReadAnswer): number | null {
  if (lone !== null || text !== null) return lone ?? text;
  return isHedged ? null : leading;
}

const negation =
  /(?<![\p{L}\p{N}])(?:no|not|none|never|neither|nor|without|cannot|absent|absence|negative|denies|excluded|unlikely|(?:is|are|was|were|do|does|did|has|have|had|can|could|would|should)n['\u2019]t)(?![\p{L}\p{N}])/iu;

const wordsOf = (text: string): string =>
  ` ${splitWords(
    text
      .normalize("NFKC")
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{M}\p{N}]+/gu, " "),
  ).join(" ")} `;

/** The one option whose whole words stand in the answer; one that lies within a longer one does not count. */
function byWords(answer: string, options: Options): number | null {
  if (!options.hasTexts || negation.test(answer)) return null;
  const said = wordsOf(answer);
  const found = options.present.filter((index) => {
    const words = wordsOf(options.texts[index] ?? "");
    return words.trim() !== "" && said.includes(words);
  });
  const longest = found.filter((index) => {
    const words = wordsOf(options.texts[index] ?? "");
    return !found.some((other) => {
      const longer = wordsOf(options.texts[other] ?? "");
      return longer.length > words.length && longer.includes(words);
    });
  });
  const [first] = longest;
  return first !== undefined && longest.every((index) => sameAnswer(options, first, index)) ? first : null;
}

function leniently(answer: string, read: ReadAnswer, options: Options): number | null {
  if (read.lone !== null || read.text !== null) return read.lone ?? read.text;
  if (read.named.length > 0) return read.named.length === 1 ? (read.named[0] ?? null) : null;
  return byWords(answer, options);
}

/** Options whose letter and a full stop stand anywhere in the answer, as M3D's own scripts look for them. */
export const dottedOptions = (answer: string, options: Options): readonly number[] =>
  options.present.filter((index) => answer.includes(`${choiceLetter(index)}.`));

/**
 * The option that an answer names under the rules of `strict` or `lenient`; null when it names none.
 *
 * `strict`: the whole answer is one letter, bare or marked (`B`, `b.`, `(B)`, `Answer: B`), or exactly an option's
 * text (so "C. difficile" is that option, not the letter C), or begins with a marked letter (`B. `, `B) `, `B: `,
 * `(B)`, `[B]`) and names no other one. `lenient`: the first two; else exactly one letter named anywhere
 * (`namedOptions`); where none is, exactly one option's whole words in an answer without a negation, the longest
 * where one holds another. An option that is missing is never named.
 */
export function optionNamed(
  answer: string,
  read: ReadAnswer,
  options: Options,
  parser: "strict" | "lenient",
): number | null {
  return parser === "strict" ? strictly(read) : leniently(answer, read, options);
}

/** As `optionNamed`, of an answer and its choices. */
export function parseChoice(
  answer: string,
  choices: readonly string[],
  parser: "strict" | "lenient" = "strict",
): number | null {
  const options = optionsOf(choices);
  return optionNamed(answer, readAnswer(answer, options), options, parser);
}
