import type { Options } from "./options.ts";

/** What may not stand beside a letter that names an option. */
const joined = /[\p{L}\p{M}\p{N}'\u2019\u02bc]/u;

const closing = /^[.):\]}*>]/;
const joinedOn = /^\s*(?:or\b|and\b|\/)\s*[A-Z](?![\p{L}\p{N}'\u2019\u02bc])/u;
const introduced = /(?:answer|option|choice)\s*(?:is\b\s*)?(?::\s*)?$/i;

/** Letters that are words of English too. */
const words = "AI";

/** How much text before a letter can introduce it. */
const reach = 40;

function isNamedWord(text: string, at: number): boolean {
  const after = text.slice(at + 1, at + 1 + reach);
  return (
    closing.test(after) ||
    text.slice(at + 1).trim() === "" ||
    joinedOn.test(after) ||
    introduced.test(text.slice(Math.max(0, at - reach), at))
  );
}

const charBefore = (text: string, at: number): string => {
  const low = text.charCodeAt(at - 1);
  return low >= 0xdc00 && low <= 0xdfff ? text.slice(at - 2, at) : (text[at - 1] ?? "");
};

const charAfter = (text: string, at: number): string => {
  const point = text.codePointAt(at + 1);
  return point === undefined ? "" : String.fromCodePoint(point);
};

/**
 * The distinct options that an answer names by their capital letters, in the order in which they are first named.
 *
 * A letter names its option where it stands alone: no letter, digit or apostrophe beside it, compatibility forms
 * folded first (NFKC). `A` and `I` are words too: they name one only before `.`, `)`, `:`, `]`, `}`, `*` or `>`, at
 * the answer's end, before "or", "and" or "/" and another letter, or after "answer", "option" or "choice". Options
 * that are missing are never named.
 */
export function namedOptions(answer: string, options: Options): readonly number[] {
  const text = answer.normalize("NFKC");
  const named: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const index = text.charCodeAt(at) - 65;
    if (index < 0 || index > 25 || options.isThere[index] !== true || named.includes(index)) continue;
    if (joined.test(charBefore(text, at)) || joined.test(charAfter(text, at))) continue;
    if (words.includes(text[at] ?? "") && !isNamedWord(text, at)) continue;
    named.push(index);
  }
  return named;
}
