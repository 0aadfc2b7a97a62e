/** Scripts that are written without spaces: each of their characters counts as a word. */
const unspaced = ["Han", "Hiragana", "Katakana", "Thai", "Lao", "Khmer", "Myanmar"]
  .map((script) => `\\p{Script=${script}}`)
  .join("");

const run = `(?:(?![${unspaced}])[\\p{L}\\p{N}\\p{M}])+`;

/** An apostrophe between letters, and a full stop or comma between digits, belong to the word. */
const joint = "(?:(?<=\\p{L}\\p{M}*)['\\u2019](?=\\p{L})|(?<=\\p{N})[.,](?=\\p{N}))";

const word = new RegExp(`[${unspaced}]\\p{M}*|${run}(?:${joint}${run})*`, "gu");

/** How `unicodeWords` cuts, for signatures. */
export const wordsId = "tokens:unicode-words(nfkc,lower,letters+marks+digits,unspaced-scripts:character)";

/**
 * Words in every script: compatibility forms folded (NFKC), lower case, runs of letters, marks and digits with the
 * apostrophes, decimal points and commas inside them; each character of a script that is written without spaces
 * (Chinese, Japanese, Thai, Lao, Khmer, Burmese). By Unicode's classes alone, with no dictionary, so that another
 * program finds the same words.
 */
export const unicodeWords = (text: string): readonly string[] =>
  text.normalize("NFKC").toLowerCase().match(word) ?? [];

/** True for a text that has letters beyond a-z, which an English-only tokeniser drops. */
export const hasOtherLetters = (text: string): boolean =>
  /[\u0080-\u{10ffff}]/u.test(text) && /(?![A-Za-z])\p{L}/u.test(text);
