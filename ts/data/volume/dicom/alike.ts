import { TomoeError } from "../../../errors.ts";
import { norm, short, subtract } from "../geometry.ts";
import type { SliceHeader } from "./slice.ts";

/**
 * Slices closer than this are at one place: it is the least voxel spacing that any volume may have, so no two
 * slices of one can be nearer.
 */
export const samePlaceMm = 0.01;

/**
 * Refuses slices that do not belong to one grid: other orientation, size, pixel spacing, frame of reference,
 * kernel, modality.
 *
 * @throws TomoeError `DATA_SERIES_MIXED` naming what differs, in how many slices.
 */
export function requireAlike(slices: readonly SliceHeader[]): void {
  const [first] = slices;
  if (first === undefined) return;
  const groups: readonly (readonly [
    string,
    (slice: SliceHeader) => boolean,
    (slice: SliceHeader) => string,
  ])[] = [
    [
      "matrix",
      (slice) => slice.pixels.rows === first.pixels.rows && slice.pixels.columns === first.pixels.columns,
      (slice) => `${slice.pixels.columns} x ${slice.pixels.rows}`,
    ],
    [
      "kind (localizer or not)",
      (slice) => slice.localizer === first.localizer,
      (slice) => (slice.localizer ? "localizer" : "slice"),
    ],
    [
      "orientation",
      (slice) =>
        norm(subtract(slice.acrossLps, first.acrossLps)) < 1e-3 &&
        norm(subtract(slice.downLps, first.downLps)) < 1e-3,
      (slice) => slice.normalLps.map(short).join(" "),
    ],
    [
      "pixel spacing",
      (slice) =>
        near(slice.rowSpacingMm, first.rowSpacingMm) && near(slice.columnSpacingMm, first.columnSpacingMm),
      (slice) => `${short(slice.rowSpacingMm)} x ${short(slice.columnSpacingMm)} mm`,
    ],
    ["frame of reference", (slice) => slice.frameDigest === first.frameDigest, () => "another"],
    ["reconstruction kernel", (slice) => slice.kernelDigest === first.kernelDigest, () => "another"],
    ["modality", (slice) => slice.modality === first.modality, (slice) => slice.modality ?? "none"],
  ];
  for (const [what, same, show] of groups) {
    const others = slices.filter((slice) => !same(slice));
    const [other] = others;
    if (other === undefined) continue;
    throw new TomoeError(
      "DATA_SERIES_MIXED",
      `${others.length} of ${slices.length} slices differ in ${what}: ${show(other)} (${other.where}) against ${show(first)}`,
      {
        hint: "Put each reconstruction into a folder of its own.",
        details: { differsIn: what, slices: others.length, of: slices.length },
      },
    );
  }
}

function near(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-4 * Math.max(a, b);
}

/**
 * Refuses two slices at one place: copies, or several passes in one series.
 *
 * @param along - mm along the normal, ascending, one a slice.
 * @throws TomoeError `DATA_SERIES_DUPLICATE`, `DATA_SERIES_MIXED`.
 */
export function requireDistinct(sorted: readonly SliceHeader[], along: readonly number[]): void {
  const seen = new Map<string, number>();
  sorted.forEach((slice, index) => {
    const before = slice.instanceDigest === undefined ? undefined : seen.get(slice.instanceDigest);
    if (before !== undefined) throw duplicate(sorted, before, index, along, "are the same object twice");
    if (slice.instanceDigest !== undefined) seen.set(slice.instanceDigest, index);
  });
  for (let index = 1; index < along.length; index++) {
    if ((along[index] ?? 0) - (along[index - 1] ?? 0) >= samePlaceMm) continue;
    const [a, b] = [sorted[index - 1], sorted[index]];
    if (a?.acquisitionDigest !== b?.acquisitionDigest) {
      throw new TomoeError(
        "DATA_SERIES_MIXED",
        `slices ${index} and ${index + 1} of ${sorted.length} lie at one place, ${mm(along[index])} along the normal, and are of two acquisitions: several passes or phases in one series`,
        {
          hint: "Put each pass into a folder of its own.",
          details: { slices: [index, index + 1], positionMm: along[index] ?? null },
        },
      );
    }
    throw duplicate(sorted, index - 1, index, along, "lie at one place");
  }
}

function duplicate(
  sorted: readonly SliceHeader[],
  a: number,
  b: number,
  along: readonly number[],
  what: string,
): TomoeError {
  return new TomoeError(
    "DATA_SERIES_DUPLICATE",
    `slices ${a + 1} and ${b + 1} of ${sorted.length} ${what}, ${mm(along[b])} along the normal${instances(sorted[a], sorted[b])}`,
    {
      hint: "Remove the copy, or separate the reconstructions.",
      details: { slices: [a + 1, b + 1], positionMm: along[b] ?? null },
    },
  );
}

function instances(a: SliceHeader | undefined, b: SliceHeader | undefined): string {
  return a?.instance === undefined || b?.instance === undefined
    ? ""
    : ` (instance numbers ${a.instance} and ${b.instance})`;
}

/** A place along the normal, for a message. */
export function mm(value: number | undefined): string {
  return `${short(value ?? Number.NaN)} mm`;
}
