import { TomoeError } from "../../../errors.ts";
import { type Affine, geometryError, lpsToRas, scale, type Vector3 } from "../geometry.ts";
import type { ReadLog } from "../log.ts";
import { trimmed, wordsOf } from "../raw/blanks.ts";
import { headerError, numbersIn } from "../raw/header.ts";
import { noteAxes } from "./axes.ts";
import type { NrrdFields } from "./fields.ts";

/** Which stored axes are of space, and where they lie. */
export interface NrrdSpace {
  readonly shapeXYZ: readonly [number, number, number];
  /** Stored index (x, y, z) -> RAS+ mm. */
  readonly affine: Affine;
}

const spaces: ReadonlyMap<string, "RAS" | "LAS" | "LPS"> = new Map([
  ["right-anterior-superior", "RAS"],
  ["ras", "RAS"],
  ["left-anterior-superior", "LAS"],
  ["las", "LAS"],
  ["left-posterior-superior", "LPS"],
  ["lps", "LPS"],
]);
/** Spaces of the format that name no side of the patient, or time beside space. */
const sideless =
  /^(scanner-xyz|3d-right-handed|3d-left-handed|(right|left)-(anterior|posterior)-superior)(-time)?$|^(rast|last|lpst)$/;
const mmOf: ReadonlyMap<string, number> = new Map([
  ["", 1],
  ["mm", 1],
  ["millimeter", 1],
  ["millimeters", 1],
  ["um", 0.001],
  ["micron", 0.001],
  ["cm", 10],
  ["m", 1000],
]);

/**
 * The three axes of space of an NRRD file and its affine. Axes without a direction hold one value.
 *
 * @throws TomoeError `DATA_GEOMETRY` where no space says which side is left, or a direction is missing;
 * `DATA_HEADER`, `DATA_UNSUPPORTED` for more than one volume.
 */
export function nrrdSpace({ values }: NrrdFields, sizes: readonly number[], log: ReadLog): NrrdSpace {
  const world = readWorld(values);
  const directions = readDirections(values, sizes.length);
  const axes = directions.flatMap((direction, axis) =>
    direction === undefined ? [] : [{ axis, direction }],
  );
  const [x, y, z] = axes;
  if (x === undefined || y === undefined || z === undefined || axes.length > 3)
    throw geometryError(
      `${axes.length} of ${sizes.length} stored axes have a space direction, where a volume has three`,
      "Give one 3D volume with three space directions.",
      { axes: axes.length },
    );
  if (sizes.some((size, axis) => directions[axis] === undefined && size !== 1))
    throw new TomoeError(
      "DATA_UNSUPPORTED",
      `the file holds ${sizes.join(" x ")} values: several for a voxel, or more than one volume`,
      { hint: "Give one 3D volume with one number a voxel.", details: { sizes } },
    );
  checkKinds(
    values,
    axes.map(({ axis }) => axis),
    sizes.length,
  );
  noteAxes(values, directions, log);
  const mm = readUnit(values, log);
  const origin = values.get("spaceorigin");
  if (origin === undefined)
    log.warn("ORIGIN_UNSTATED", "the header does not say where the first voxel lies; 0, 0, 0 mm is taken");
  const stored: Affine = {
    columns: [scale(x.direction, mm), scale(y.direction, mm), scale(z.direction, mm)],
    origin: scale(origin === undefined ? [0, 0, 0] : vectorIn("space origin", origin), mm),
  };
  log.step("affine", { source: "space directions", world, mmPerUnit: mm });
  const size = (axis: number): number => sizes[axis] ?? 0;
  return { shapeXYZ: [size(x.axis), size(y.axis), size(z.axis)], affine: toRas(stored, world) };
}

function readWorld(values: NrrdFields["values"]): "RAS" | "LAS" | "LPS" {
  const space = values.get("space")?.toLowerCase();
  const world = spaces.get(space ?? "");
  if (space !== undefined && values.has("spacedimension"))
    throw headerError("the NRRD header has both space and space dimension, which say different things");
  if (world !== undefined) return world;
  if (space !== undefined && !sideless.test(space)) throw headerError("space names no space of NRRD");
  throw geometryError(
    space === undefined
      ? "the NRRD header names no space, so it does not say which side is left"
      : `the NRRD header's space is ${space}, which does not say which side is left, or has time in it`,
    "Convert the scan again from DICOM, or write a space (LPS, RAS or LAS) that you know to be right.",
    {},
  );
}

function readDirections(values: NrrdFields["values"], dimension: number): readonly (Vector3 | undefined)[] {
  const text = values.get("spacedirections");
  if (text === undefined)
    throw geometryError(
      "the NRRD header has no space directions: how its axes lie is not known",
      "Convert the scan again from its source.",
      {},
    );
  const words = text.match(/none|\([^()]*\)/gi) ?? [];
  if (trimmed(text.replace(/none|\([^()]*\)/gi, "")) !== "" || words.length !== dimension)
    throw headerError(`space directions holds ${words.length} vectors where there are ${dimension} axes`);
  return words.map((word) => (/none|nan/i.test(word) ? undefined : vectorIn("space directions", word)));
}

function vectorIn(field: string, text: string): Vector3 {
  const inside = /^\(([^()]*)\)$/.exec(trimmed(text))?.[1];
  if (inside === undefined) throw headerError(`${field} holds something that is no vector (x,y,z)`);
  const [x = 0, y = 0, z = 0] = numbersIn(field, inside.replaceAll(",", " "), 3);
  return [x, y, z];
}

/** Two words for one axis: a direction says that it is of space. */
function checkKinds(values: NrrdFields["values"], axes: readonly number[], dimension: number): void {
  const text = values.get("kinds");
  if (text === undefined) return;
  const kinds = wordsOf(text.toLowerCase());
  if (kinds.length !== dimension)
    throw headerError(`kinds holds ${kinds.length} words where there are ${dimension} axes`);
  if (axes.some((axis) => !["domain", "space", "none", "???"].includes(kinds[axis] ?? "")))
    throw headerError("kinds says of an axis with a space direction that it is not of space");
}

function readUnit(values: NrrdFields["values"], log: ReadLog): number {
  const text = values.get("spaceunits");
  if (text === undefined) return 1;
  const words = [...text.matchAll(/"([^"]*)"/g)].map(([, word = ""]) => trimmed(word).toLowerCase());
  const [first = "", ...rest] = words;
  const mm = mmOf.get(first);
  if (words.length !== 3 || mm === undefined || rest.some((word) => word !== first))
    throw headerError('space units is not one unit of length for three axes, such as "mm" "mm" "mm"');
  if (mm !== 1) log.warn("NRRD_UNIT_CONVERTED", `the header's unit is ${first}; converted to mm`);
  return mm;
}

function toRas(affine: Affine, world: "RAS" | "LAS" | "LPS"): Affine {
  if (world === "RAS") return affine;
  if (world === "LPS") return lpsToRas(affine);
  const turn = (v: Vector3): Vector3 => [-v[0], v[1], v[2]];
  const [x, y, z] = affine.columns;
  return { columns: [turn(x), turn(y), turn(z)], origin: turn(affine.origin) };
}
