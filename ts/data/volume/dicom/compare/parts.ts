import { type JsonValue, TomoeError } from "../../../../errors.ts";
import { keyedId } from "../../../../files/index.ts";
import { dot, short } from "../../geometry.ts";
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
export const namedParts = 4;

/**
 * Id of a series or a part in listings, under the project's key: headers hold identity, and a plain digest of them
 * could be found by trying.
 *
 * @throws TomoeError as `keyedId`.
 */
export function partId(fileDigests: readonly string[]): string {
  return keyedId("series", fileDigests.toSorted().join("\n")).slice(0, 16);
}

/**
 * What tells one reconstruction from another: counts, millimetres along the normal, and the field of view.
 *
 * @param differs - what tells it from the other parts, where that may be shown: "acquisition number 2".
 */
export function describePart(slices: readonly SliceHeader[], differs?: string): ListedPart {
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
    firstFile: firstFile(slices),
    ...(differs === undefined ? {} : { differs }),
  };
}

/** Median distance of neighbours in an ascending list. */
export function medianStep(along: readonly number[]): number {
  const steps = along.slice(1).map((place, index) => place - (along[index] ?? 0));
  return steps.toSorted((a, b) => a - b)[Math.floor((steps.length - 1) / 2)] ?? 0;
}

/** The lowest number of its files in name order, which the command of a hint shows. */
function firstFile(slices: readonly SliceHeader[]): number | null {
  const numbers = slices.flatMap(({ where }) => /^file (\d+) of \d+/.exec(where)?.[1] ?? []).map(Number);
  return numbers.length === 0 ? null : Math.min(...numbers);
}

/** A few rows of a listing in words, never more than a message may hold. */
export function partsInWords(parts: readonly ListedPart[]): string {
  const shown = parts.slice(0, namedParts).map(partInWords);
  return parts.length > namedParts
    ? `${shown.join("; ")}; and ${parts.length - namedParts} more`
    : shown.join("; ");
}

function partInWords(row: ListedPart): string {
  const { thicknessMm, stepMm, rangeMm, fieldOfViewMm, differs } = row;
  const pair = (value: JsonValue | undefined, between: string): string | undefined =>
    Array.isArray(value) ? value.map((mm) => short(Number(mm))).join(between) : undefined;
  const range = pair(rangeMm, " to ");
  const [low] = Array.isArray(rangeMm) ? rangeMm : [];
  const field = pair(fieldOfViewMm, " x ");
  const facts = [
    row.modality,
    `${row.slices} ${row.localizer ? "localizer" : "slice"}${row.slices === 1 ? "" : "s"}`,
    ...(typeof differs === "string" ? [differs] : []),
    ...(typeof thicknessMm === "number" ? [`${short(thicknessMm)} mm thick`] : []),
    ...(typeof stepMm === "number" ? [`step ${short(stepMm)} mm`] : []),
    ...(range === undefined
      ? []
      : [`${row.slices === 1 ? `at ${short(Number(low))}` : range} mm along the normal`]),
    ...(field === undefined ? [] : [`field of view ${field} mm`]),
  ];
  return `${row.series} (${facts.join(", ")})`;
}

/**
 * `DATA_SERIES_MIXED` of slices that do not belong to one volume, with an id for each part of them.
 *
 * @param what - the cause, with numbers.
 * @param parts - the slices of each part.
 * @param differs - what tells each part from the others, where that may be shown.
 */
export function mixed(
  what: string,
  parts: readonly (readonly SliceHeader[])[],
  details: { readonly [key: string]: JsonValue },
  differs?: (part: readonly SliceHeader[]) => string | undefined,
): TomoeError {
  const series = parts.filter((part) => part.length > 0).map((part) => describePart(part, differs?.(part)));
  return new TomoeError("DATA_SERIES_MIXED", what, {
    hint: `Read one part with --series ID: ${partsInWords(series)}${series.length > namedParts ? " (--json lists all of them, in details.series)" : ""}.`,
    details: { ...details, series },
  });
}
