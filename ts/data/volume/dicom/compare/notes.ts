import type { ReadLog } from "../../log.ts";
import type { SliceHeader } from "../slice.ts";

/** A pile of padding at or above this is not told apart from air by its value. */
const airLikeHu = -900;
/** Padding in less than this share of the voxels changes no picture. */
const leastPadding = 0.001;

/** What each slice says of itself that is worth a warning: code, which slices, and what they do. */
const notes: readonly (readonly [string, (slice: SliceHeader) => boolean, string])[] = [
  ["LOSSY_SOURCE", ({ lossy }) => lossy, "went through lossy compression before"],
  [
    "BURNED_IN_ANNOTATION",
    ({ burnedIn }) => burnedIn,
    "are declared to show burned-in text, or are captures that may, and it may name the patient",
  ],
  ["OVERLAY_SKIPPED", ({ overlay }) => overlay, "carry an overlay, which is not read"],
  [
    "RESCALE_ABSENT",
    ({ rescaleStated }) => !rescaleStated,
    "state no rescale; the stored values are taken as HU if the HU gate agrees",
  ],
  ["RESCALE_TYPE_ODD", ({ rescaleTypeOdd }) => rescaleTypeOdd, "declare a rescale type other than HU"],
  [
    "DICOM_ENCODING_DIFFERS",
    ({ encodingDiffers }) => encodingDiffers,
    "encode their elements otherwise than their transfer syntax says; they are read as they are",
  ],
  [
    "CODE_IN_LOWER_CASE",
    ({ recased }) => recased,
    "write a code (Modality, ImageType or another) in small letters, which DICOM has in capitals: another program wrote them",
  ],
  [
    "DICM_MARK_MISSING",
    ({ marked }) => !marked,
    "lack the preamble and DICM mark of a Part 10 file; they are read by what their first elements are",
  ],
  [
    "SECONDARY_CAPTURE",
    ({ secondary }) => secondary,
    "are not of the CT image class, though they have its geometry",
  ],
  [
    "PHOTOMETRIC_INVERTED",
    ({ inverted }) => inverted,
    "are MONOCHROME1, to be displayed inverted; their HU are as stored",
  ],
  [
    "META_UID_DISAGREES",
    ({ metaDiffers }) => metaDiffers,
    "name another object in their meta information than in their data set: one of the two was rewritten",
  ],
  [
    "ORIENTATION_DISAGREES",
    ({ sidesDenied }) => sidesDenied,
    "name other sides of the patient in PatientOrientation than in ImageOrientationPatient, which is used",
  ],
];

/** Says what is odd in the headers of slices that are read all the same. */
export function noteHeaders(slices: readonly SliceHeader[], log: ReadLog): void {
  const of = (number: number): string =>
    `${number} of ${slices.length} slice${slices.length === 1 ? "" : "s"}`;
  for (const [code, test, what] of notes) {
    const number = slices.filter(test).length;
    if (number > 0) log.warn(code, `${of(number)} ${what}`);
  }
  noteDerived(slices, of, log);
  noteMalformed(slices, of, log);
  noteOverruled(slices, of, log);
  const thicknesses = [
    ...new Set(slices.flatMap((slice) => (slice.thicknessMm === undefined ? [] : [slice.thicknessMm]))),
  ];
  if (thicknesses.length > 1)
    log.warn(
      "SLICE_THICKNESS_VARIES",
      `slices are ${Math.min(...thicknesses)} to ${Math.max(...thicknesses)} mm thick`,
    );
}

function noteDerived(slices: readonly SliceHeader[], of: (number: number) => string, log: ReadLog): void {
  const projected = slices.filter((slice) => slice.projection !== undefined);
  const derived = slices.filter((slice) => slice.derived).length;
  const [first] = projected;
  if (first !== undefined)
    log.warn(
      "PROJECTED_IMAGE",
      `${of(projected.length)} are derived, a ${first.projection ?? ""} by ImageType, and no plain CT slices`,
    );
  else if (derived > 0)
    log.warn(
      "DERIVED_IMAGE",
      `${of(derived)} are DERIVED by ImageType: another program made them from the scanner's slices`,
    );
}

function noteOverruled(slices: readonly SliceHeader[], of: (number: number) => string, log: ReadLog): void {
  const overruled = slices.filter((slice) => slice.overruled.length > 0);
  const names = new Set(overruled.flatMap((slice) => slice.overruled));
  if (names.size > 0)
    log.warn(
      "FRAME_GROUPS_OVERRULE",
      `${of(overruled.length)} state ${[...names].join(", ")} otherwise in their functional groups than the object does for all: the groups are used`,
    );
}

function noteMalformed(slices: readonly SliceHeader[], of: (number: number) => string, log: ReadLog): void {
  const keywords = [...new Set(slices.flatMap((slice) => slice.malformed))];
  if (keywords.length === 0) return;
  const number = slices.filter((slice) => slice.malformed.length > 0).length;
  const named = `${keywords.slice(0, 4).join(", ")}${keywords.length > 4 ? ", ..." : ""}`;
  log.warn(
    "ELEMENT_MALFORMED",
    `${of(number)} hold a malformed value (${named}), which decides neither grid nor HU and counts as absent`,
  );
}

/** How many stored values of a slice are declared padding that does not look like air. */
export function paddedIn(
  { padding, slope, intercept }: Pick<SliceHeader, "padding" | "slope" | "intercept">,
  stored: Int16Array | Uint16Array | Int32Array,
): number {
  let padded = 0;
  if (padding === undefined || padding * slope + intercept < airLikeHu) return padded;
  for (let at = 0; at < stored.length; at++) if (stored[at] === padding) padded++;
  return padded;
}

/**
 * Names declared padding that does not look like air: in a window it looks like tissue or metal.
 *
 * @param padded - what `paddedIn` found in each slice.
 * @param plane - pixels of a slice.
 */
export function notePadding(
  slices: readonly SliceHeader[],
  padded: readonly number[],
  plane: number,
  log: ReadLog,
): void {
  const values = new Set<number>();
  for (const [index, { padding = 0, slope, intercept }] of slices.entries())
    if ((padded[index] ?? 0) > 0) values.add(padding * slope + intercept);
  const share = padded.reduce((sum, here) => sum + here, 0) / (plane * slices.length);
  if (share >= leastPadding)
    log.warn(
      "PADDING_VALUES",
      `${(100 * share).toFixed(1)} % of the voxels are declared padding of ${[...values].slice(0, 3).join(", ")} HU, which is no tissue; they are left as they are`,
    );
}

/** What the receipt says of the rescale. */
export function rescaleFacts(slices: readonly SliceHeader[]): {
  readonly [fact: string]: number | boolean | readonly number[];
} {
  const distinct = (values: readonly number[]): readonly number[] =>
    [...new Set(values)].sort((a, b) => a - b);
  const padded = slices.flatMap((slice) =>
    slice.padding === undefined
      ? []
      : [{ stored: slice.padding, hu: slice.padding * slice.slope + slice.intercept }],
  );
  return {
    stated: slices.every((slice) => slice.rescaleStated),
    slopes: distinct(slices.map((slice) => slice.slope)),
    intercepts: distinct(slices.map((slice) => slice.intercept)),
    paddingStored: distinct(padded.map(({ stored }) => stored)),
    paddingHu: distinct(padded.map(({ hu }) => hu)),
  };
}
