import { predicts } from "../../schema/task.ts";
import type { DatasetCase } from "./case.ts";

/** Words of a text: runs of letters, in lower case, each once. */
function wordsOf(text: string): ReadonlySet<string> {
  return new Set(text.toLowerCase().match(/\p{L}+/gu));
}

/** Words of a case's reports and captions; null where it has none. */
function wordsOfCase({ items }: DatasetCase): ReadonlySet<string> | null {
  const captions = items.filter((item) => predicts(item.task, "report")).map((item) => item.target);
  return captions.length === 0 ? null : wordsOf(captions.join(" "));
}

/**
 * Words that stand in a share of the captions between two bounds, in alphabetical order; a case with several
 * captions counts once, one without does not.
 *
 * @param bounds - shares, both included.
 */
export function captionWords(
  cases: readonly DatasetCase[],
  bounds: { readonly least: number; readonly most: number },
): readonly string[] {
  const captions = cases.map(wordsOfCase).filter((words) => words !== null);
  const counts = new Map<string, number>();
  for (const words of captions) for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count >= bounds.least * captions.length && count <= bounds.most * captions.length)
    .map(([word]) => word)
    .sort();
}

/** What a batch says of a case's words: the places in `words` of those that its captions have. */
export function wordLabels(
  entry: DatasetCase,
  words: readonly string[],
): { readonly hasCaption: boolean; readonly words: readonly number[] } {
  const found = words.length === 0 ? null : wordsOfCase(entry);
  return {
    hasCaption: found !== null,
    words: words.flatMap((word, place) => (found?.has(word) === true ? [place] : [])),
  };
}
