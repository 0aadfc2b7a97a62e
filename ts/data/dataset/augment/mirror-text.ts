import {
  beforeSide,
  beings,
  curve,
  foreignSide,
  leavable,
  leavers,
  leftAsVerb,
  leftUnclear,
  named,
  otherAbbreviation,
  otherWord,
  rightAsAdverb,
  rightAsCorrect,
  rightUnclear,
  rightUnclearBefore,
  unmirrored,
  unmirroredCapitals,
  unmirroredStart,
} from "./sides.ts";

/** What is said of a mirror image, or why nobody can tell. */
export type Mirrored = { readonly text: string } | { readonly why: string };

/** A run of letters in its text. */
interface Word {
  readonly text: string;
  readonly lower: string;
  /** Place of its first letter, and of what follows its last one. */
  readonly from: number;
  readonly to: number;
  /** True where a digit follows at once: L5. */
  readonly isNumbered: boolean;
}

/** A word with those around it. */
interface Around {
  readonly word: Word;
  /** Of the words before and after it in one phrase; "" where a mark or an end stands between. */
  readonly before: string;
  readonly after: string;
  readonly afterThat: string;
  /** True where a hyphen joins it to the word after, or before, it. */
  readonly joinsNext: boolean;
  readonly joinsLast: boolean;
  /** True for what stands between a comma and a question mark: "..., right?" */
  readonly isTag: boolean;
}

/** A side, another meaning, or nobody can tell. */
type Meaning = "side" | "other" | "unclear";

const hyphens = "-\u2010\u2011\u2012\u2013";
const gap = new RegExp(`^(?:\\s+|[${hyphens}/])$`);
const hyphen = new RegExp(`^[${hyphens}]$`);

/**
 * What a text of English says of the mirror image: left for right and right for left, where they are sides.
 *
 * @returns the reason where a word may or may not be a side, has no counterpart, or is of another language; never a text
 * that does not come back when it is mirrored again.
 */
export function mirrorText(text: string): Mirrored {
  const once = exchanged(text);
  if ("why" in once || once.text === text) return once;
  const back = exchanged(once.text);
  if ("why" in back) return back;
  return back.text === text ? once : { why: "mirrored twice it is another text" };
}

function exchanged(text: string): Mirrored {
  const words = wordsOf(text);
  let made = "";
  let at = 0;
  for (const [index, word] of words.entries()) {
    const other = otherFor(aroundOf(text, words, index));
    if (other === undefined) return { why: `"${phraseOf(text, words, index)}" has no sure mirror image` };
    made += text.slice(at, word.from) + other;
    at = word.to;
  }
  return { text: made + text.slice(at) };
}

function wordsOf(text: string): readonly Word[] {
  return [...text.matchAll(/\p{L}[\p{L}\p{M}]*/gu)].map(({ 0: word, index }) => ({
    text: word,
    lower: word.toLowerCase(),
    from: index,
    to: index + word.length,
    isNumbered: /\d/.test(text[index + word.length] ?? ""),
  }));
}

function phraseOf(text: string, words: readonly Word[], index: number): string {
  return text.slice(words[Math.max(0, index - 1)]?.from, words[index + 1]?.to ?? words[index]?.to);
}

function aroundOf(text: string, words: readonly Word[], index: number): Around {
  const word = words[index] as Word;
  const between = (at: number): string => text.slice(words[at]?.to ?? 0, words[at + 1]?.from ?? text.length);
  const near = (at: number, gapAt: number): string =>
    gap.test(between(gapAt)) ? (words[at]?.lower ?? "") : "";
  const after = near(index + 1, index);
  return {
    word,
    before: index === 0 ? "" : near(index - 1, index - 1),
    after,
    afterThat: after === "" ? "" : near(index + 2, index + 1),
    joinsNext: index + 1 < words.length && hyphen.test(between(index)),
    joinsLast: index > 0 && hyphen.test(between(index - 1)),
    isTag: index > 0 && between(index - 1).startsWith(",") && between(index).startsWith("?"),
  };
}

/** A side within a name of a program: leftKidney, kidneyLeft. */
const insideWord = /^(?:left|right)(?=\p{Lu})|(?<=\p{Ll})(?:Left|Right)(?=\p{Lu}|$)/u;

/** What stands in a word's place; undefined where nobody can tell. */
function otherFor(around: Around): string | undefined {
  const { word } = around;
  const { text, lower } = word;
  if (lower === "left" || lower === "right") {
    const meaning = meaningOf(around);
    if (meaning === "unclear") return undefined;
    return meaning === "other" ? text : likeCase(lower === "left" ? "right" : "left", text);
  }
  const abbreviation = otherAbbreviation.get(text);
  if (abbreviation !== undefined) return abbreviation;
  if (unmirroredCapitals.has(text)) return isVertebra(around) ? text : undefined;
  const pair = otherWord.get(lower);
  if (pair !== undefined) return likeCase(pair, text);
  const [, start, rest] = curve.exec(lower) ?? [];
  if (start !== undefined) return likeCase(`${start === "levo" ? "dextro" : "levo"}${rest ?? ""}`, text);
  const isUnclear =
    insideWord.test(text) ||
    unmirrored.has(lower) ||
    unmirroredStart.test(lower) ||
    foreignSide.test(lower) ||
    (lower === "middle" && around.after === "lobe") ||
    /^(?:lt|rt|lft|rgt)$/.test(lower) ||
    !/^[\p{Script=Latin}\p{Script=Greek}\p{Script=Common}\p{M}]+$/u.test(text);
  return isUnclear ? undefined : text;
}

/** L of L5: a letter with a number, no side. */
const isVertebra = ({ word }: Around): boolean => word.text === "L" && word.isNumbered;

function meaningOf(around: Around): Meaning {
  const { word, after, before, joinsLast, isTag } = around;
  if (
    named.has(after) ||
    (after === "main" && !/^(?:bronchus|bronchi|stem|pulmonary|renal)$/.test(around.afterThat))
  )
    return "unclear";
  if (after === "anterior" && around.afterThat === "descending") return "unclear";
  if (after === "handed" || after === "hander") return "unclear";
  const isJoined = joinsLast && !["to", "than", "and", "or", "mid", "left", "right"].includes(before);
  if (isJoined || isTag) return "unclear";
  return word.lower === "left" ? meaningOfLeft(around) : meaningOfRight(around);
}

function meaningOfLeft({ before, after, afterThat, joinsNext }: Around): Meaning {
  const isThe = before === "the";
  if (leftAsVerb.has(after)) return isThe ? "unclear" : "other";
  if (leavable.has(after)) return isThe ? "side" : leavers.has(before) ? "other" : "unclear";
  if (after === "to" && afterThat === "right") return "side";
  if (after === "in" && /^(?:place|situ)$/.test(afterThat)) return isThe ? "unclear" : "other";
  if (leftUnclear.has(after)) return isThe ? "side" : "unclear";
  if (after === "") return endsPhrase(before);
  const isParticiple = /(?:ed|ing|ly)$/.test(after) && !/^(?:sided|sidedly)$/.test(after);
  return beings.has(before) && isParticiple && !joinsNext ? "unclear" : "side";
}

function meaningOfRight({ before, after, afterThat, joinsNext }: Around): Meaning {
  const isThe = before === "the";
  if (before === "all") return "other";
  if (rightUnclearBefore.has(before)) return "unclear";
  if (rightAsCorrect.has(after)) return isThe && /^(?:away|now|then)$/.test(after) ? "unclear" : "other";
  if (rightAsAdverb.has(after)) return isThe ? "side" : "other";
  if (after === "to" && (afterThat === "left" || joinsNext)) return afterThat === "left" ? "side" : "unclear";
  if (rightUnclear.has(after))
    return isThe && /^[a-z]{2,6}$/.test(after) && !nouns.test(after) ? "side" : "unclear";
  return after === "" ? endsPhrase(before) : "side";
}

/** Words after "the right" that are things. */
const nouns = /^(?:size|amount|time|dose|way|thing|one|person)$/;

/** A side that a phrase ends with: alone, after a mark, or after a word that sides come after. */
function endsPhrase(before: string): Meaning {
  return before === "" || beforeSide.has(before) ? "side" : "unclear";
}

/** A word in the letter case of another one. */
function likeCase(word: string, like: string): string {
  if (like === like.toUpperCase()) return word.toUpperCase();
  return like[0] === like[0]?.toUpperCase() ? `${word[0]?.toUpperCase() ?? ""}${word.slice(1)}` : word;
}
