import { type JsonValue, TomoeError } from "../../../../errors.ts";
import { keyedId } from "../../../../files/index.ts";
import { dot } from "../../geometry.ts";
import type { SliceHeader } from "../slice.ts";

/** One row of `details.series`: a series of a folder, or a part of one; nothing in it is of a person. */
export interface ListedPart {
  readonly [key: string]: JsonValue;
  /** What `--series` takes. */
  readonly series: string;
  readonly modality: string;
  readonly slices: number;
  readonly localizer: boolean;
}

/** A message and its hint name this many ids at most; `details.series` is the place for all. */
const namedParts = 4;

/**
 * Id of a series or a part in listings, under the project's key: headers hold identity, and a plain digest of them
 * could be found by trying.
 *
 * @throws TomoeError as `keyedId`.
 */
export function partId(fileDigests: readonly string[]): string {
  return keyedId("series", fileDigests.toSorted().join("\n")).slice(0, 16);
}

/** What tells one reconstruction from another: counts, millimetres along the normal, and the field of view. */
export function describePart(slices: readonly SliceHeader[]): ListedPart {
  const [first] = slices;
  const normal = first?.normalLps ?? [0, 0, 1];
  const along = slices.map((slice) => dot(slice.positionLps, normal)).sort((a, b) => a - b);
  const [low, high] = [along[0] ?? 0, along.at(-1) ?? 0];
  const round = (mm: number): number => Math.round(mm * 1000) / 1000;
  return {
    series: partId(slices.map((slice) => slice.fileDigest)),
    modality: first?.modality ?? "none",
    slices: slices.length,
    columns: first?.pixels.columns ?? null,
    rows: first?.pixels.rows ?? null,
    localizer: first?.localizer ?? false,
    thicknessMm: first?.thicknessMm ?? null,
    stepMm: slices.length < 2 ? null : round(medianStep(along)),
    rangeMm: [round(low), round(high)],
    fieldOfViewMm:
      first === undefined
        ? null
        : [
            round(first.columnSpacingMm * first.pixels.columns),
            round(first.rowSpacingMm * first.pixels.rows),
          ],
  };
}

/** Median distance of neighbours in an ascending list. */
export function medianStep(along: readonly number[]): number {
  const steps = along.slice(1).map((place, index) => place - (along[index] ?? 0));
  return steps.toSorted((a, b) => a - b)[Math.floor((steps.length - 1) / 2)] ?? 0;
}

/** A few rows of a listing in words, never more than a message may hold. */
export function partsInWords(parts: readonly ListedPart[]): string {
  const shown = parts
    .slice(0, namedParts)
    .map(
      (row) =>
        `${row.series} (${row.modality}, ${row.slices} slice${row.slices === 1 ? "" : "s"}${row.localizer ? ", localizer" : ""})`,
    );
  return parts.length > namedParts
    ? `${shown.join("; ")}; and ${parts.length - namedParts} more`
    : shown.join("; ");
}

/**
 * `DATA_SERIES_MIXED` of slices that do not belong to one volume, with an id for each part of them.
 *
 * @param what - the cause, with numbers.
 * @param parts - the slices of each part.
 */
export function mixed(
  what: string,
  parts: readonly (readonly SliceHeader[])[],
  details: { readonly [key: string]: JsonValue },
): TomoeError {
  const series = parts.filter((part) => part.length > 0).map(describePart);
  const ids = series.slice(0, namedParts).map((row) => row.series);
  return new TomoeError("DATA_SERIES_MIXED", what, {
    hint: `Read one part with --series ID: ${ids.join(", ")}${series.length > namedParts ? ` or another of the ${series.length} in details.series` : ""}; or put each part into a folder of its own.`,
    details: { ...details, series },
  });
}
