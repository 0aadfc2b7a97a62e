import { type JsonValue, TomoeError } from "../../../errors.ts";
import { norm, short, subtract } from "../geometry.ts";
import type { ReadLog } from "../log.ts";
import { mixed } from "./compare/parts.ts";
import { allTraits } from "./compare/traits.ts";
import { dicomError } from "./problem.ts";
import type { SliceHeader } from "./slice.ts";

/**
 * Slices closer than this are at one place: it is the least voxel spacing that any volume may have, so no two
 * slices of one can be nearer.
 */
export const samePlaceMm = 0.01;

interface Likeness {
  readonly what: string;
  readonly same: (a: SliceHeader, b: SliceHeader) => boolean;
  readonly show: (slice: SliceHeader) => string;
  /** Whether `show` tells the groups apart, and nothing else that is said of a part does. */
  readonly isShown: boolean;
  /** Where each slice has a value of its own, an anonymiser made it: the warning, the element, what is taken. */
  readonly anonymised?: readonly [code: string, element: string, taken: string];
}

/** What every slice of one grid has in common. */
const likenesses: readonly Likeness[] = [
  {
    what: "matrix",
    same: (a, b) => a.pixels.rows === b.pixels.rows && a.pixels.columns === b.pixels.columns,
    show: (slice) => `${slice.pixels.columns} x ${slice.pixels.rows}`,
    isShown: true,
  },
  {
    what: "kind (localizer or not)",
    same: (a, b) => a.localizer === b.localizer,
    show: (slice) => (slice.localizer ? "localizer" : "slice"),
    isShown: false,
  },
  {
    what: "orientation",
    same: (a, b) =>
      norm(subtract(a.acrossLps, b.acrossLps)) < 1e-3 && norm(subtract(a.downLps, b.downLps)) < 1e-3,
    show: (slice) => slice.normalLps.map(short).join(" "),
    isShown: true,
  },
  {
    what: "pixel spacing",
    same: (a, b) => near(a.rowSpacingMm, b.rowSpacingMm) && near(a.columnSpacingMm, b.columnSpacingMm),
    show: (slice) => `${short(slice.rowSpacingMm)} x ${short(slice.columnSpacingMm)} mm`,
    isShown: true,
  },
  {
    what: "frame of reference",
    same: (a, b) => a.frameDigest === b.frameDigest,
    show: () => "another",
    isShown: false,
    anonymised: [
      "FRAME_UID_PER_SLICE",
      "FrameOfReferenceUID",
      "their positions are taken to be of one frame",
    ],
  },
  {
    what: "patient",
    // A slice that names none is another program's work, not another patient.
    same: (a, b) => {
      const [one, other] = [a.belonging.get("patient id"), b.belonging.get("patient id")];
      return one === undefined || other === undefined || one === other;
    },
    show: () => "another",
    isShown: false,
    anonymised: ["PATIENT_ID_PER_SLICE", "PatientID", "they are taken to be of one patient"],
  },
  {
    what: "reconstruction kernel",
    same: (a, b) => a.kernelDigest === b.kernelDigest,
    show: () => "another",
    isShown: false,
  },
  {
    what: "stack id",
    // Files of one slice each may count stacks as they please; only an object of many frames declares what it holds.
    same: (a, b) =>
      a.frame === undefined ||
      b.frame === undefined ||
      a.traits.get("StackID")?.key === b.traits.get("StackID")?.key,
    show: () => "another",
    isShown: false,
  },
  {
    what: "modality",
    same: (a, b) => a.modality === b.modality,
    show: (slice) => slice.modality ?? "none",
    isShown: false,
  },
];

/**
 * Refuses slices that do not belong to one grid: other orientation, size, pixel spacing, frame of reference,
 * patient, kernel, modality. The odd ones are those that differ from the majority.
 *
 * A frame of reference or a patient of its own in every slice is an anonymiser's, and a warning.
 * @throws TomoeError `DATA_SERIES_MIXED` naming what differs, in how many slices, with an id for each part.
 */
export function requireAlike(slices: readonly SliceHeader[], log: ReadLog): void {
  for (const likeness of likenesses) {
    const [most, ...others] = groupsOf(slices, likeness.same);
    const [usual] = most ?? [];
    const odd = others.flat();
    const [other] = odd;
    if (most === undefined || usual === undefined || other === undefined) continue;
    if (likeness.anonymised !== undefined && slices.length > 2 && others.length === slices.length - 1) {
      const [code, element, taken] = likeness.anonymised;
      log.warn(
        code,
        `every one of the ${slices.length} slices has a ${element} of its own, as an anonymiser leaves them; ${taken}`,
      );
      continue;
    }
    throw mixed(
      `${odd.length} of ${slices.length} slices differ in ${likeness.what}: ${likeness.show(other)} (${other.where}) against ${likeness.show(usual)} in ${most.length} others`,
      [most, ...others],
      { differsIn: likeness.what, slices: odd.length, of: slices.length },
      likeness.isShown ? ([one]) => one && `${likeness.what} ${likeness.show(one)}` : undefined,
    );
  }
}

/** Slices that are the same in one respect together, the largest group first; of equal ones the earliest. */
function groupsOf<T extends SliceHeader>(
  slices: readonly T[],
  same: (a: SliceHeader, b: SliceHeader) => boolean,
): readonly T[][] {
  const groups: T[][] = [];
  for (const slice of slices) {
    const group = groups.find(([first]) => first !== undefined && same(slice, first));
    if (group === undefined) groups.push([slice]);
    else group.push(slice);
  }
  return groups.toSorted((a, b) => b.length - a.length);
}

/** Every way in which headers divide slices into a few parts: by a likeness, or by a trait. */
export function waysApart<T extends SliceHeader>(slices: readonly T[]): readonly (readonly T[][])[] {
  const byTrait = allTraits.map(
    ({ keyword }) =>
      (a: SliceHeader, b: SliceHeader): boolean =>
        a.traits.get(keyword)?.key === b.traits.get(keyword)?.key,
  );
  return [...likenesses.map(({ same }) => same), ...byTrait]
    .map((same) => groupsOf(slices, same))
    .filter((groups) => groups.length > 1);
}

function near(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-4 * Math.max(a, b);
}

/**
 * Refuses slices at one place: copies, several passes in one series, or positions that are no positions.
 *
 * One SOPInstanceUID on slices at different places cannot be what it says, and is a warning.
 * @param along - mm along the normal, ascending, one a slice.
 * @throws TomoeError `DATA_GEOMETRY` when all lie at one place, `DATA_SERIES_DUPLICATE`, `DATA_SERIES_MIXED`.
 */
export function requireDistinct(
  sorted: readonly SliceHeader[],
  along: readonly number[],
  log: ReadLog,
): void {
  const together = along.flatMap((place, index) =>
    index > 0 && place - (along[index - 1] ?? 0) < samePlaceMm ? [index] : [],
  );
  const [first] = together;
  if (first === undefined) {
    noteInstances(sorted, log);
    return;
  }
  const [a, b] = [sorted[first - 1], sorted[first]];
  if (a === undefined || b === undefined) return;
  const differs = allTraits.filter(
    ({ keyword, rule }) => rule === "stays" && a.traits.get(keyword)?.key !== b.traits.get(keyword)?.key,
  );
  const copies =
    a.fileDigest === b.fileDigest ||
    (a.instanceDigest !== undefined && a.instanceDigest === b.instanceDigest);
  if (sorted.length > 2 && together.length === sorted.length - 1 && differs.length === 0 && !copies)
    throw dicomError(
      "DATA_GEOMETRY",
      `all ${sorted.length} slices state one ImagePositionPatient, ${mm(along[0])} along the normal: where each of them lies is not told`,
      { slices: sorted.length, positionMm: along[0] ?? null },
      "Export the series again with the positions the scanner wrote; SliceLocation and numbers are no positions.",
    );
  if (differs.length > 0) throw passes(sorted, along, first, differs);
  throw duplicate(sorted, first, along, copies);
}

function passes(
  sorted: readonly SliceHeader[],
  along: readonly number[],
  index: number,
  differs: typeof allTraits,
): TomoeError {
  const [telling] = differs;
  const names = [...new Set(differs.map(({ name }) => name))].slice(0, 3).join(", ");
  const key = (slice: SliceHeader): string | undefined =>
    telling === undefined ? undefined : slice.traits.get(telling.keyword)?.key;
  return mixed(
    `slices ${index} and ${index + 1} of ${sorted.length} lie at one place, ${mm(along[index])} along the normal, and are of two acquisitions (${names} differ): several passes or phases in one series`,
    groupsOf(sorted, (a, b) => key(a) === key(b)),
    { slices: [index, index + 1], positionMm: along[index] ?? null, differsIn: telling?.name ?? "" },
    ([one]) => {
      const number = telling === undefined ? undefined : one?.traits.get(telling.keyword)?.number;
      const isShown = telling?.as !== "time" && number !== undefined;
      return isShown ? `${telling?.name ?? ""} ${short(number)}` : undefined;
    },
  );
}

function duplicate(
  sorted: readonly SliceHeader[],
  index: number,
  along: readonly number[],
  areCopies: boolean,
): TomoeError {
  const [a, b] = [sorted[index - 1], sorted[index]];
  const details: { readonly [key: string]: JsonValue } = {
    slices: [index, index + 1],
    positionMm: along[index] ?? null,
  };
  return new TomoeError(
    "DATA_SERIES_DUPLICATE",
    `slices ${index} and ${index + 1} of ${sorted.length} ${areCopies ? "are the same object twice" : "lie at one place"}, ${mm(along[index])} along the normal${instances(a, b)}: ${a?.where ?? ""} and ${b?.where ?? ""}`,
    {
      hint: areCopies
        ? "Move one of the two files away."
        : "Move one of each pair away: nothing in their headers tells two passes or reconstructions apart, so neither has an id for --series.",
      details,
    },
  );
}

function noteInstances(sorted: readonly SliceHeader[], log: ReadLog): void {
  const named = sorted.flatMap((slice) => slice.instanceDigest ?? []);
  const distinct = new Set(named).size;
  if (distinct < named.length)
    log.warn(
      "INSTANCE_UID_REPEATED",
      `${named.length} slices at ${named.length} places share ${distinct} SOPInstanceUID${distinct === 1 ? "" : "s"}, which cannot name different objects: an anonymiser's; places tell the slices apart`,
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
