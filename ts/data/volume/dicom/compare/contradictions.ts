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
  for (const [keyword, name] of changing) noteBlocks(sorted, keyword, name, log);
}

/** What may change from block to block and moves HU or the body with it. */
const changing: readonly (readonly [Parameters<Traits["get"]>[0], string])[] = [
  ["KVP", "the tube voltage"],
  ["ContrastBolusAgent", "the contrast agent"],
  ["PatientPosition", "the patient position"],
  ["ReconstructionDiameter", "the reconstruction diameter"],
  ["ManufacturerModelName", "the scanner model"],
  ["StudyInstanceUID", "the StudyInstanceUID"],
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
  const between = sorted[0]?.spacingBetweenMm;
  if (between !== undefined && Math.abs(between - step) > sameLength * Math.max(between, step))
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
  const locations = sorted.flatMap((slice) => slice.sliceLocationMm ?? []);
  if (locations.length < sorted.length) return;
  const steps = locations.slice(1).map((place, index) => Math.abs(place - (locations[index] ?? 0)));
  const other = steps.filter((mm, index) => {
    const own = (along[index + 1] ?? 0) - (along[index] ?? 0);
    return Math.abs(mm - own) > Math.max(0.1 * own, 0.06);
  }).length;
  if (other > 0)
    log.warn(
      "SLICE_LOCATION_DISAGREES",
      `SliceLocation steps otherwise than ImagePositionPatient between ${other} of ${steps.length} pairs of neighbours; the positions are used`,
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
