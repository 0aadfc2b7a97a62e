import { isTomoeError, TomoeError } from "../../../../errors.ts";
import { printable } from "../../../../files/index.ts";
import { nearest } from "../../../../schema/nearest.ts";
import { waysApart } from "../alike.ts";
import { interleaved } from "../compare/alternate.ts";
import { type ListedPart, partId, partsInWords } from "../compare/parts.ts";
import type { SliceHeader } from "../slice.ts";
import { alongNormal } from "../stack.ts";

/** Parts of parts are looked for this deep: two causes may mix in one series. */
const deepestPart = 3;
/** So many letters of an id tell which one was meant. */
const leastPrefix = 4;

/** A series, or a part of one, that was asked for. */
export interface FoundPart<T extends SliceHeader> {
  readonly slices: readonly T[];
  /** Slices of the same series that are of another part. */
  readonly others: number;
}

/**
 * The series with this id, or the part of one: a stack, a phase, the slices of one matrix.
 *
 * @param series - slices of each series, without pages.
 * @param listing - what the folder holds, for the refusal.
 * @throws TomoeError `USAGE_INVALID` for an id that is none, with the listing and the nearest one.
 */
export function partById<T extends SliceHeader>(
  series: readonly (readonly T[])[],
  wanted: string,
  folder: string,
  listing: readonly ListedPart[],
): FoundPart<T> {
  const known = new Set<string>();
  for (const slices of series) {
    const found = partOf(slices, wanted, 0, known);
    if (found !== undefined) return { slices: found, others: slices.length - found.length };
  }
  const meant = meantBy(wanted, [...listing.map((row) => row.series), ...known]);
  throw new TomoeError(
    "USAGE_INVALID",
    `there is no series ${JSON.stringify(wanted)} in ${printable(folder)}${meant === undefined ? "" : `, did you mean ${meant}?`}; it holds ${partsInWords(listing)}`,
    {
      hint: "Ids change when files are added or removed; list them again without --series.",
      details: { path: folder, series: listing },
    },
  );
}

function partOf<T extends SliceHeader>(
  slices: readonly T[],
  wanted: string,
  depth: number,
  known: Set<string>,
): readonly T[] | undefined {
  const id = partId(slices.map((slice) => slice.fileDigest));
  if (id === wanted) return slices;
  if (slices.length > 1) known.add(id);
  if (depth === deepestPart || slices.length < 2) return undefined;
  const beat = interleaved(alongNormal(slices).map(({ slice }) => slice));
  for (const parts of [...(beat === undefined ? [] : [beat.parts]), ...waysApart(slices)])
    for (const part of parts) {
      const found = partOf(part, wanted, depth + 1, known);
      if (found !== undefined) return found;
    }
  return undefined;
}

function meantBy(wanted: string, known: readonly string[]): string | undefined {
  const word = wanted.toLowerCase();
  const begun = word.length < leastPrefix ? undefined : known.find((id) => id.startsWith(word));
  return begun ?? nearest(word, known);
}

/** Slices of a series whose headers are all read; none where one is refused, since it has no parts then. */
export function readable<T>(read: () => readonly T[]): readonly T[] {
  try {
    return read();
  } catch (error) {
    if (isTomoeError(error)) return [];
    throw error;
  }
}
