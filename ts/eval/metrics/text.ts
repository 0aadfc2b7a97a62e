/** Words, whitespace and answers as the lexical metrics compare them. */

/**
 * Whitespace as Python's `str.split()` and `str.strip()` see it; JavaScript's `\s` differs in seven
 * characters.
 */
const pythonSpace = "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

const isSpace = new RegExp(`^[${pythonSpace}]$`);
const runsOfSpace = new RegExp(`[${pythonSpace}]+`);

/**
 * The text without the characters at its two ends that `isStart` and `isEnd` match. By index: a pattern that is
 * anchored at the end looks at a run of n characters n times over.
 */
function trimmed(text: string, isStart: RegExp, isEnd: RegExp): string {
  let start = 0,
    end = text.length;
  while (start < end && isStart.test(text.charAt(start))) start += 1;
  while (end > start && isEnd.test(text.charAt(end - 1))) end -= 1;
  return text.slice(start, end);
}

/** The text without whitespace at its two ends. */
export const stripEnds = (text: string): string => trimmed(text, isSpace, isSpace);

/** Words between runs of whitespace. */
export const splitWords = (text: string): readonly string[] =>
  text.split(runsOfSpace).filter((word) => word !== "");

/**
 * An answer as it is compared: compatibility forms folded (NFKC), lower case, whitespace runs as one space,
 * opening marks at the start and
 * closing marks and stops at the end left out. Signs and units stay: "-5", "50%".
 */
export function normaliseAnswer(text: string): string {
  const folded = splitWords(text.normalize("NFKC").toLowerCase()).join(" ");
  return trimmed(folded, opening, closing);
}

const opening = /^["'([{\u2018\u201c ]$/;
const closing = /^["')\]}\u2019\u201d.,;:!? ]$/;

/** How often each token stands in a list. */
export function counts(tokens: readonly string[]): Map<string, number> {
  const table = new Map<string, number>();
  for (const token of tokens) table.set(token, (table.get(token) ?? 0) + 1);
  return table;
}

/** Tokens two texts share, each as often as it stands in both. */
export function overlap(a: readonly string[], b: readonly string[]): number {
  const inB = counts(b);
  let shared = 0;
  for (const [token, count] of counts(a)) shared += Math.min(count, inB.get(token) ?? 0);
  return shared;
}
