const segmenter = new Intl.Segmenter("en", { granularity: "word" });

/** How `unicodeWords` cuts, for signatures. */
export const wordsId = "tokens:unicode-words(nfkc,lower,intl-segmenter)";

/**
 * Words in every script: compatibility forms folded (NFKC), lower case, cut as Unicode's rules and the dictionaries
 * of ICU cut (also where no spaces stand, as in Japanese or Thai). Marks and spaces are no words.
 */
export function unicodeWords(text: string): readonly string[] {
  const words: string[] = [];
  for (const { segment, isWordLike } of segmenter.segment(text.normalize("NFKC").toLowerCase()))
    if (isWordLike === true) words.push(segment);
  return words;
}

/** True for a text that has letters beyond a-z, which an English-only tokeniser drops. */
export const hasOtherLetters = (text: string): boolean =>
  /[\u0080-\u{10ffff}]/u.test(text) && /(?![A-Za-z])\p{L}/u.test(text);
