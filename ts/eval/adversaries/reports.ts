import { overlap } from "../metrics/text.ts";
import { unicodeWords } from "../metrics/words.ts";
import type { Steps } from "../steps.ts";

/** Texts that may become the constant report, and texts that they are compared with: beyond, the time grows and nothing else. */
const candidatesAtMost = 96;
const comparedWith = 192;

interface Counted {
  readonly text: string;
  readonly count: number;
}

const byCount = (one: Counted, other: Counted): number =>
  other.count - one.count || (one.text < other.text ? -1 : 1);

/** Each text once, the commonest first, equals by their letters. */
function counted(texts: readonly string[]): readonly Counted[] {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts].map(([text, count]) => ({ text, count })).sort(byCount);
}

/** So many of a list, evenly spread over it. */
function spread<T>(all: readonly T[], most: number): readonly T[] {
  if (all.length <= most) return all;
  return Array.from({ length: most }, (_, at) => all[Math.floor((at * all.length) / most)]) as readonly T[];
}

/** F-measure of shared words, of texts that are cut once. */
function likeness(one: readonly string[], other: readonly string[]): number {
  const words = one.length + other.length;
  return words === 0 ? 0 : (2 * overlap(one, other)) / words;
}

/**
 * The report that is most like the others of its kind: the highest mean F-measure of shared words with them. Nothing is
 * drawn: the commonest texts are tried, and compared with texts that are evenly spread over all.
 *
 * @returns undefined for no report.
 */
export function* centralReport(reports: readonly string[]): Steps<string | undefined> {
  const candidates = spread(counted(reports), candidatesAtMost);
  const others = spread(reports.toSorted(), comparedWith).map(unicodeWords);
  let best: { readonly text: string; readonly mean: number } | undefined;
  for (const { text } of candidates) {
    yield;
    const words = unicodeWords(text);
    const mean = others.reduce((sum, other) => sum + likeness(words, other), 0) / others.length;
    if (best === undefined || mean > best.mean) best = { text, mean };
  }
  return best?.text;
}

/** Class index of each label of a case. */
type Labels = Readonly<Record<string, number>>;

const keyOf = (labels: Labels): string =>
  JSON.stringify(Object.entries(labels).sort(([one], [other]) => (one < other ? -1 : 1)));

/** Labels that differ between two cases; one that only one of them has differs. */
function distance(one: Labels, other: Labels): number {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].filter((name) => one[name] !== other[name]).length;
}

/**
 * A table from a set of labels to the report that stands most often with it in training; a set that is not in it has
 * the report of the nearest one, by how many labels differ.
 *
 * @returns undefined for no row.
 */
export function reportTable(
  rows: readonly { readonly labels: Labels; readonly report: string }[],
): ((labels: Labels) => string) | undefined {
  const groups = new Map<string, { readonly labels: Labels; readonly reports: string[] }>();
  for (const { labels, report } of rows) {
    const key = keyOf(labels),
      group = groups.get(key) ?? { labels, reports: [] };
    groups.set(key, group);
    group.reports.push(report);
  }
  const sets = [...groups.values()].map(({ labels, reports }) => ({
    labels,
    ...(counted(reports)[0] ?? { text: "", count: 0 }),
  }));
  if (sets.length === 0) return undefined;
  const sorted = sets.sort((one, other) => (keyOf(one.labels) < keyOf(other.labels) ? -1 : 1));
  return (labels) => {
    let best = sorted[0],
      least = Number.POSITIVE_INFINITY;
    for (const set of sorted) {
      const far = distance(set.labels, labels);
      if (far < least || (far === least && set.count > (best?.count ?? 0))) {
        best = set;
        least = far;
      }
    }
    return best?.text ?? "";
  };
}
