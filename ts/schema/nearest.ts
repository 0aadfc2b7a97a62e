import { distance } from "fastest-levenshtein";

/**
 * The known words that `word` may be a misspelling of, nearest first: at most a third of its letters differ,
 * in short words two, whatever their case.
 */
export function nearestOf(word: string, known: readonly string[]): readonly string[] {
  const reach = Math.max(2, Math.floor(word.length / 3));
  return known
    .map((name) => ({ name, edits: distance(word.toLowerCase(), name.toLowerCase()) }))
    .filter(({ edits }) => edits <= reach)
    .sort((a, b) => a.edits - b.edits)
    .map(({ name }) => name);
}

/** The known word that `word` is most probably a misspelling of; undefined when none is near. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  return nearestOf(word, known)[0];
}

/** `, did you mean "x"?` or nothing. */
export function didYouMean(word: string, known: readonly string[]): string {
  const found = nearest(word, known);
  return found === undefined ? "" : `, did you mean "${found}"?`;
}
