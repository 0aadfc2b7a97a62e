/**
 * What a text header has between its words: blanks of ASCII. To JavaScript's `\s` and `trim` a byte 0xA0 is one as well,
 * and it is half of a letter (a grave a in UTF-8), or damage. Time grows as the text does, whatever stands in it.
 */
const isBlank = (code: number): boolean => code === 0x20 || (code >= 0x09 && code <= 0x0d);

/** A text without the blanks around it. */
export function trimmed(text: string): string {
  let [from, to] = [0, text.length];
  while (from < to && isBlank(text.charCodeAt(from))) from++;
  while (from < to && isBlank(text.charCodeAt(to - 1))) to--;
  return text.slice(from, to);
}

/** The words of a text, apart by blanks. */
export function wordsOf(text: string): readonly string[] {
  return text.split(/[ \t-\r]+/).filter((word) => word !== "");
}
