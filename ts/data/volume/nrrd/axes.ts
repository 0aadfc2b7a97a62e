import { norm, short, type Vector3 } from "../geometry.ts";
import type { ReadLog } from "../log.ts";
import { trimmed, wordsOf } from "../raw/blanks.ts";
import { headerError } from "../raw/header.ts";
import type { NrrdField, NrrdFields } from "./fields.ts";

const agreeSpacing = 1e-3;
/** Slices whose step is this many thicknesses leave room for others between them. */
const gappyStep = 1.5;
/** Overlapping slices step half or a third of their thickness; a step this many times smaller is odd. */
const mostOverlap = 4;
const centerings = ["cell", "node", "none", "???"];

type Directions = readonly (Vector3 | undefined)[];

/**
 * Warns where fields that say something of each axis contradict the space directions, which are used: spacings, axis
 * mins and maxs, thicknesses, units, and centerings.
 *
 * @throws TomoeError `DATA_HEADER` for a field that does not speak of each axis, a thickness that is none, or no known
 * centering.
 */
export function noteAxes(values: NrrdFields["values"], directions: Directions, log: ReadLog): void {
  noteSpacings(values, directions, log);
  noteEnds(values, directions, log);
  noteThickness(values, directions, log);
  noteUnits(values, directions, log);
  noteCenterings(values, directions, log);
}

/** The words of a field that has one for each axis. */
function perAxis(values: NrrdFields["values"], field: NrrdField, count: number): readonly string[] {
  const text = values.get(field);
  if (text === undefined) return [];
  const words = [...text.matchAll(/"[^"]*"|[^ \t-\r]+/g)].map(([word]) => trimmed(word.replaceAll('"', "")));
  if (words.length !== count)
    throw headerError(`${field} holds ${words.length} words where there are ${count} axes`);
  return words;
}

function noteSpacings(values: NrrdFields["values"], directions: Directions, log: ReadLog): void {
  const spacings = wordsOf(values.get("spacings") ?? "");
  const differs = spacings.some((text, axis) => {
    const direction = directions[axis];
    const mm = Number(text);
    return direction !== undefined && Math.abs(mm - norm(direction)) > agreeSpacing * norm(direction);
  });
  if (differs)
    log.warn(
      "NRRD_SPACINGS_DIFFER",
      `spacings and space directions disagree on the size of a voxel; ${directions.map((v) => (v === undefined ? "none" : short(norm(v)))).join(" x ")} of the directions is used`,
    );
}

/** Ends of an axis say where it lies, in a space of its own beside that of the directions. */
function noteEnds(values: NrrdFields["values"], directions: Directions, log: ReadLog): void {
  const isStated = (["axismins", "axismaxs"] as const).some((field) =>
    perAxis(values, field, directions.length).some(
      (word, axis) => directions[axis] !== undefined && !/^nan$/i.test(word),
    ),
  );
  if (isStated)
    log.warn(
      "NRRD_AXIS_ENDS_UNUSED",
      "axis mins and axis maxs place an axis that has a space direction a second time; the direction and the space origin are used",
    );
}

function noteThickness(values: NrrdFields["values"], directions: Directions, log: ReadLog): void {
  const words = perAxis(values, "thicknesses", directions.length);
  if (words.some((word) => !/^nan$/i.test(word) && !(Number(word) > 0)))
    throw headerError("thicknesses holds a word that is no length, nor NaN where none is known");
  const thicknesses = words.map(Number);
  const thick = thicknesses.findIndex(
    (mm, axis) => mm > 0 && mostOverlap * norm(directions[axis] ?? [mm, 0, 0]) < mm,
  );
  if (thick >= 0)
    log.warn(
      "SLICES_OVERLAP",
      `slices of ${short(thicknesses[thick] ?? 0)} mm (thicknesses) step only ${short(norm(directions[thick] ?? [0, 0, 0]))} mm: they overlap that much, or one of the two is in another unit than mm`,
    );
  const apart = thicknesses.findIndex(
    (mm, axis) => mm > 0 && norm(directions[axis] ?? [0, 0, 0]) > gappyStep * mm,
  );
  const step = directions[apart];
  if (step !== undefined)
    log.warn(
      "SLICES_APART",
      `slices of ${short(thicknesses[apart] ?? 0)} mm (thicknesses) lie ${short(norm(step))} mm apart: what lies between them was not scanned, or every second slice is missing`,
    );
}

/** Units of each axis, an older field than space units. */
function noteUnits(values: NrrdFields["values"], directions: Directions, log: ReadLog): void {
  const words = perAxis(values, "units", directions.length).filter(
    (_, axis) => directions[axis] !== undefined,
  );
  const known = values.get("spaceunits")?.match(/"([^"]*)"/)?.[1] ?? "mm";
  if (words.some((word) => word !== "" && word !== "???" && word !== known))
    log.warn(
      "NRRD_UNITS_DIFFER",
      `units says another unit of an axis than ${values.has("spaceunits") ? "space units" : "the millimetres that are taken"}; units is not used`,
    );
}

function noteCenterings(values: NrrdFields["values"], directions: Directions, log: ReadLog): void {
  const field = values.has("centerings") ? "centerings" : "centers";
  const words = perAxis(values, field, directions.length).map((word) => word.toLowerCase());
  if (words.some((word) => !centerings.includes(word)))
    throw headerError(`${field} holds a word that is no centering (cell, node, none)`);
  const ofSpace = new Set(words.filter((_, axis) => directions[axis] !== undefined));
  if (ofSpace.has("node"))
    log.warn(
      "NRRD_CENTERING_NODE",
      `${field} says that samples are nodes, where those of a scan fill cells; the space origin is where the first one's centre lies, by either`,
    );
}
