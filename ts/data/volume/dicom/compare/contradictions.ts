import { short } from "../../geometry.ts";
import type { ReadLog } from "../../log.ts";
import type { Keyword } from "../elements.ts";
import type { SliceHeader } from "../slice.ts";
import { medianStep } from "./parts.ts";
import type { Traits } from "./traits.ts";

/** A tilt below this is how a straight gantry reads. */
const straightDegrees = 0.5;
/** Two fields that state one length agree to this share. */
const sameLength = 0.02;
/** A field of view is stated to this share: crops and rounding of the diameter are smaller. */
const sameField = 0.1;
/** Slices whose step is this many thicknesses leave room for others between them. */
const gappyStep = 1.5;
/** Overlapping slices step half or a third of their thickness; a step this many times smaller is odd. */
const mostOverlap = 4;
/** Fewer numbers are no row. */
const leastNumbered = 3;
/** Slices that are this share of a stack, or less, are the odd ones in it. */
const fewShare = 0.25;

/**
 * Warns where two fields of the header say the same thing differently, and where the geometry says otherwise: the
 * geometry decides, and the contradiction is told.
 *
 * @param sorted - slices along the normal.
 * @param along - their places in mm, ascending.
 * @param tiltDegrees - how far the stack steps off its normal.
 */
export function noteContradictions(
  sorted: readonly SliceHeader[],
  along: readonly number[],
  tiltDegrees: number,
  log: ReadLog,
): void {
  noteTilt(sorted, tiltDegrees, log);
  noteSteps(sorted, along, log);
  noteField(sorted, log);
  noteCounts(sorted, log);
  notePixelShape(sorted, log);
  noteOrder(sorted, log);
  noteInstanceNumbers(sorted, log);
  noteRescale(sorted, log);
  noteBelonging(sorted, log);
  for (const [keyword, name] of changing) noteBlocks(sorted, keyword, name, log);
}

/** What a series has one of, by the model that DICOM draws of the world: slices that state another are told of, once. */
function noteBelonging(sorted: readonly SliceHeader[], log: ReadLog): void {
  const odd = new Set<SliceHeader>();
  const names: string[] = [];
  for (const name of new Set(sorted.flatMap(({ belonging }) => [...belonging.keys()]))) {
    // A slice that does not state it is told too: it went through other hands than the rest.
    const groups = Map.groupBy(sorted, ({ belonging }) => belonging.get(name));
    if (groups.size < 2) continue;
    names.push(name);
    const [, ...others] = [...groups.values()].toSorted((a, b) => b.length - a.length);
    for (const slice of others.flat()) odd.add(slice);
  }
  if (names.length > 0)
    log.warn(
      "SERIES_BELONGS_TO_SEVERAL",
      `${odd.size} of ${sorted.length} slices state another ${names.slice(0, 4).join(", ")}${names.length > 4 ? ", ..." : ""} than the others or none, of which a series has one: files of another series may lie among them, or an anonymiser did part of the work`,
    );
}

/** What may change from block to block and moves HU or the body with it. */
const changing: readonly (readonly [Parameters<Traits["get"]>[0], string])[] = [
  ["KVP", "the tube voltage"],
  ["ContrastBolusAgent", "the contrast agent"],
  ["PatientPosition", "the patient position"],
  ["ReconstructionDiameter", "the reconstruction diameter"],
  ["ManufacturerModelName", "the scanner model"],
  ["StudyInstanceUID", "the StudyInstanceUID"],
  ["AcquisitionDate", "the acquisition date"],
  ["TemporalPositionIdentifier", "the temporal position"],
  ["ImageType", "the ImageType"],
  ["MultienergyAcquisition", "the multi-energy acquisition"],
  ["FilterType", "the filter"],
  ["ReconstructionAlgorithm", "the reconstruction algorithm"],
  ["DataCollectionDiameter", "the data collection diameter"],
  ["FocalSpots", "the focal spot"],
  ["ScanOptions", "ScanOptions"],
  ["SeriesNumber", "the series number"],
  ["ProtocolName", "the protocol"],
  ["SeriesDescription", "the series description"],
];

function noteTilt(sorted: readonly SliceHeader[], tiltDegrees: number, log: ReadLog): void {
  const stated = sorted.filter((slice) => Math.abs(slice.gantryTiltDegrees ?? 0) > straightDegrees);
  const degrees = stated[0]?.gantryTiltDegrees;
  if (degrees === undefined || sorted.length < 2) return;
  if (Math.abs(tiltDegrees) > straightDegrees) return;
  log.warn(
    "TILT_DISAGREES",
    `${stated.length} of ${sorted.length} slices state a gantry tilt of ${short(degrees)} degrees, and their positions step straight along the normal; the positions are used`,
  );
}

function noteSteps(sorted: readonly SliceHeader[], along: readonly number[], log: ReadLog): void {
  if (sorted.length < 2) return;
  const step = medianStep(along);
  const between = sorted.find(
    ({ spacingBetweenMm: mm }) => mm !== undefined && Math.abs(mm - step) > sameLength * Math.max(mm, step),
  )?.spacingBetweenMm;
  if (between !== undefined)
    log.warn(
      "SPACING_DISAGREES",
      `SpacingBetweenSlices is ${short(between)} mm, and the positions step ${short(step)} mm; the positions are used`,
    );
  const thickness = sorted[0]?.thicknessMm;
  if (thickness !== undefined && step > gappyStep * thickness)
    log.warn(
      "SLICES_APART",
      `slices of ${short(thickness)} mm lie ${short(step)} mm apart: what lies between them was not scanned, or every second slice is missing`,
    );
  if (thickness !== undefined && step < thickness / mostOverlap)
    log.warn(
      "SLICES_OVERLAP",
      `slices of ${short(thickness)} mm step only ${short(step)} mm: they overlap that much, or the positions are in another unit than mm`,
    );
  noteLocations(sorted, along, log);
}

function noteLocations(sorted: readonly SliceHeader[], along: readonly number[], log: ReadLog): void {
  const stated = sorted.flatMap(({ sliceLocationMm: mm }, index) =>
    mm === undefined ? [] : [{ mm, own: along[index] ?? 0 }],
  );
  const other = stated.slice(1).filter(({ mm, own }, index) => {
    const before = stated[index] ?? { mm, own };
    const step = own - before.own;
    return Math.abs(Math.abs(mm - before.mm) - step) > Math.max(0.1 * step, 0.06);
  }).length;
  if (other > 0)
    log.warn(
      "SLICE_LOCATION_DISAGREES",
      `SliceLocation steps otherwise than ImagePositionPatient between ${other} of ${stated.length - 1} pairs of neighbours; the positions are used`,
    );
}

function noteField(sorted: readonly SliceHeader[], log: ReadLog): void {
  const [first] = sorted;
  if (first?.reconstructionDiameterMm === undefined) return;
  const field = Math.max(
    first.columnSpacingMm * first.pixels.columns,
    first.rowSpacingMm * first.pixels.rows,
  );
  const ratio = field / first.reconstructionDiameterMm;
  if (Math.abs(ratio - 1) > sameField)
    log.warn(
      "FIELD_OF_VIEW_DISAGREES",
      `the picture is ${short(field)} mm wide by its PixelSpacing, and the header states a reconstruction diameter of ${short(first.reconstructionDiameterMm)} mm: it was cropped, or the spacing belongs to another matrix`,
    );
}

function noteCounts(sorted: readonly SliceHeader[], log: ReadLog): void {
  const stated = Math.max(...sorted.map((slice) => slice.imagesInAcquisition ?? 0));
  if (sorted.length > 1 && stated > sorted.length)
    log.warn(
      "FEWER_IMAGES_THAN_STATED",
      `the header states ${stated} images in the acquisition, and ${sorted.length} slices are here`,
    );
}

function notePixelShape(sorted: readonly SliceHeader[], log: ReadLog): void {
  const denied = sorted.filter((slice) => slice.spacingDenied !== undefined);
  const [first] = denied;
  if (first?.spacingDenied !== undefined)
    log.warn(
      "PIXEL_SPACING_DISAGREES",
      `${denied.length} of ${sorted.length} slices state ${first.spacingDenied} beside a PixelSpacing of ${short(first.rowSpacingMm)} x ${short(first.columnSpacingMm)} mm; PixelSpacing is used`,
    );
}

function noteOrder(sorted: readonly SliceHeader[], log: ReadLog): void {
  const numbers = sorted.flatMap(({ traits }) => traits.get("InStackPositionNumber")?.number ?? []);
  const steps = numbers.slice(1).map((number, index) => number - (numbers[index] ?? 0));
  if (steps.some((step) => step <= 0) && steps.some((step) => step >= 0))
    log.warn(
      "STACK_ORDER_DISAGREES",
      "the frames' numbers in their stack (InStackPositionNumber) run otherwise than their positions; the positions are used",
    );
  const parts = sorted[0]?.traits.get("InConcatenationTotalNumber")?.number ?? 1;
  const objects = new Set(sorted.map(({ fileDigest }) => fileDigest)).size;
  if (objects < parts)
    log.warn(
      "FEWER_IMAGES_THAN_STATED",
      `the header states a concatenation of ${parts} objects, and ${objects} of them ${objects === 1 ? "is" : "are"} here`,
    );
}

/** Numbers of their own that skip some: slices that once lay between these, where positions alone look regular. */
function noteInstanceNumbers(sorted: readonly SliceHeader[], log: ReadLog): void {
  const numbers = sorted.flatMap(({ traits }) => traits.get("InstanceNumber")?.number ?? []);
  if (numbers.length < sorted.length || numbers.length < leastNumbered) return;
  const steps = numbers.slice(1).map((number, index) => number - (numbers[index] ?? 0));
  if (steps.some((step) => step <= 0) && steps.some((step) => step >= 0)) {
    log.warn(
      "INSTANCE_ORDER_DISAGREES",
      "the instance numbers run otherwise than the positions along the stack; the positions are used",
    );
    return;
  }
  const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
  const missing = high - low + 1 - numbers.length;
  if (missing > 0)
    log.warn(
      "INSTANCE_NUMBERS_SKIP",
      `the instance numbers run from ${low} to ${high} along the stack, and ${missing} of that row ${missing === 1 ? "is" : "are"} not here, though the positions step regularly: every so many slices may have been left out`,
    );
}

/** A rescale of its own in each slice is usual; one that all but a few slices share is not. */
function noteRescale(sorted: readonly SliceHeader[], log: ReadLog): void {
  const key = ({ slope, intercept, pixels }: SliceHeader): string => `${slope}/${intercept}/${pixels.signed}`;
  const counts = new Map<string, number>();
  for (const slice of sorted) counts.set(key(slice), (counts.get(key(slice)) ?? 0) + 1);
  const [usual] = [...counts].reduce((a, b) => (b[1] > a[1] ? b : a), ["", 0]);
  const odd = sorted.flatMap((slice, index) => (key(slice) === usual ? [] : [index + 1]));
  const [first] = odd;
  const [one, other] = [sorted[(first ?? 0) - 1], sorted.find((slice) => key(slice) === usual)];
  if (one === undefined || other === undefined || odd.length > fewShare * sorted.length) return;
  const said = ({ slope, intercept, pixels }: SliceHeader): string =>
    `slope ${short(slope)}, intercept ${short(intercept)}, ${pixels.signed ? "signed" : "unsigned"}`;
  log.warn(
    "RESCALE_ODD_IN_FEW",
    `${odd.length} of ${sorted.length} slices state another calibration than the others (slice ${first}: ${said(one)}; the others: ${said(other)}); each is read by its own`,
  );
}

function noteBlocks(sorted: readonly SliceHeader[], keyword: Keyword, name: string, log: ReadLog): void {
  const keys = sorted.map((slice) => slice.traits.get(keyword)?.key);
  const changes = keys.flatMap((key, index) => (index > 0 && key !== keys[index - 1] ? [index] : []));
  const [first] = changes;
  if (first === undefined || changes.length > sorted.length / 4) return;
  log.warn(
    "SERIES_CHANGES",
    `${name} changes ${changes.length === 1 ? "once" : `${changes.length} times`} along the stack, first between slices ${first} and ${first + 1} of ${sorted.length}`,
  );
}
