import { closest, distance } from "fastest-levenshtein";

/** The known word that `word` is probably a misspelling of; undefined when none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (known.length === 0) return undefined;
  const found = closest(word, [...known]);
  return distance(word, found) <= Math.max(2, Math.floor(found.length / 3)) ? found : undefined;
}

/** `, did you mean "x"?` or nothing. */
export function didYouMean(word: string, known: readonly string[]): string {
  const found = nearest(word, known);
  return found === undefined ? "" : `, did you mean "${found}"?`;
}
