import { shown } from "./problems.ts";

/** Objects and lists may stand in each other this deep. */
const deepest = 64;

const quote = 0x22,
  backslash = 0x5c;

/** Place of the quotation mark that ends the string that begins at `start`; the text is valid JSON. */
function endOfString(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let before = at - 1;
    while (text.charCodeAt(before) === backslash) before -= 1;
    if ((at - before) % 2 === 1) return at;
  }
  return text.length - 1;
}

const isKey = (text: string, end: number): boolean => {
  let at = end + 1;
  while (" \t\r\n".includes(text[at] ?? "x")) at += 1;
  return text[at] === ":";
};

/**
 * What JSON.parse takes without a word in a text that is valid JSON, and another reader would not, or reads
 * otherwise: a key that stands twice in one object (the last would win), half a surrogate pair, a depth that
 * overflows stacks.
 *
 * @returns the problem in words; undefined when there is none.
 */
export function hiddenProblem(text: string): string | undefined {
  const keysOf: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const character = text.charCodeAt(at);
    if (character === quote) {
      const end = endOfString(text, at);
      const problem = problemOfString(text, at, end, keysOf.at(-1));
      if (problem !== undefined) return problem;
      at = end;
    } else if (character === 0x7b || character === 0x5b) {
      if (keysOf.length === deepest) return `lists and objects stand more than ${deepest} deep in each other`;
      keysOf.push(character === 0x7b ? new Set() : undefined);
    } else if (character === 0x7d || character === 0x5d) keysOf.pop();
  }
  return undefined;
}

function problemOfString(
  text: string,
  start: number,
  end: number,
  keys: Set<string> | undefined,
): string | undefined {
  const raw = text.slice(start + 1, end);
  const hasEscape = raw.includes("\\");
  const said = hasEscape ? (JSON.parse(`"${raw}"`) as string) : raw;
  if (hasEscape && !said.isWellFormed())
    return `half a surrogate pair stands in ${shown(said)}: no text that another program could hold`;
  if (keys === undefined || !isKey(text, end)) return undefined;
  if (keys.has(said)) return `the key ${shown(said)} stands twice in one object`;
  keys.add(said);
  return undefined;
}
