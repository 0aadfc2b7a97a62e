import { TomoeError } from "../../../errors.ts";
import type { AffineRas, HuVerdict, WindowHu } from "../../../schema/volume.ts";
import { type Affine, checkAffine } from "../geometry.ts";
import type { ReadLog } from "../log.ts";
import type { Calibration, ReadOptions, SourceVolume } from "../source.ts";

/** How shades are stored that were not rounded again: half a unit of float32 at 1. */
const roundingOfShades = 2 ** -23;

/**
 * Where a picture's voxels lie as it is shown: column 0 patient right, row 0 anterior, slices upwards, 1 mm apart,
 * for a format that states nothing. It says how slices are turned and no more.
 */
export const shownAffine: AffineRas = [
  [-1, 0, 0, 0],
  [0, -1, 0, 0],
  [0, 0, 1, 0],
  [0, 0, 0, 1],
];

/**
 * A volume with the scaling and geometry that a table beside it states, in place of its header's placeholders.
 *
 * @throws TomoeError `DATA_PIXEL_CALIBRATION` for a scan that is scaled by its own header, which a table would scale
 * twice; `DATA_GEOMETRY` for an affine that no volume can have.
 */
export function calibrated(
  source: SourceVolume,
  { slope, intercept, affineRas }: Calibration,
  log: ReadLog,
): SourceVolume {
  if (source.scaled || source.calibrated)
    throw new TomoeError(
      "DATA_PIXEL_CALIBRATION",
      `a table states slope ${slope} and intercept ${intercept} for a scan that its own header scales already`,
      {
        hint: "Its header's HU hold: read it as the layout whose files are in HU.",
        details: { slope, intercept },
      },
    );
  const affine = columnsOf(affineRas);
  checkAffine(affine, log);
  const { voxels } = source;
  const plain = slope === 1 && intercept === 0;
  const isWhole = Number.isInteger(slope) && Number.isInteger(intercept) && voxels.BYTES_PER_ELEMENT === 2;
  const scaled = plain ? voxels : new Float32Array(voxels.length);
  if (!plain) for (let at = 0; at < voxels.length; at++) scaled[at] = (voxels[at] ?? 0) * slope + intercept;
  log.step("table", { states: "slope, intercept and geometry", slope, intercept });
  return { ...source, ...narrowed(scaled, isWhole), affine, scaled: true, histogram: undefined };
}

/** int16 where every value is a whole number that it holds. */
function narrowed(
  voxels: Int16Array | Float32Array,
  isWhole: boolean,
): { readonly voxels: SourceVolume["voxels"]; readonly exact: true } {
  const fits = isWhole && voxels.every((value) => value >= -32768 && value <= 32767);
  return fits ? { voxels: Int16Array.from(voxels), exact: true } : { voxels, exact: true };
}

function columnsOf([x, y, z]: AffineRas): Affine {
  return {
    columns: [
      [x[0], y[0], z[0]],
      [x[1], y[1], z[1]],
      [x[2], y[2], z[2]],
    ],
    origin: [x[3], y[3], z[3]],
  };
}

/**
 * Lays the shades of a picture over a window of HU, in place of the HU gate.
 *
 * @param window - 0 becomes its low end, 1 its high one.
 * @throws TomoeError `DATA_NOT_CT` when a voxel lies outside 0..1: then it is no such picture.
 */
export function pictured(
  source: SourceVolume,
  { low, high }: WindowHu,
  log: ReadLog,
): { readonly source: SourceVolume; readonly hu: HuVerdict } {
  let [min, max] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const value of source.voxels) {
    if (value < min) min = value;
    if (value > max) max = value;
  }
  if (min < -roundingOfShades || max > 1 + roundingOfShades)
    throw new TomoeError(
      "DATA_NOT_CT",
      `the voxels run from ${min} to ${max}, and a picture of 0..1 is declared`,
      {
        hint: 'Leave intensity "picture" out for scans in HU; divide an 8-bit picture by 255.',
        details: { min, max },
      },
    );
  const voxels = Float32Array.from(
    source.voxels,
    (shade) => low + Math.min(1, Math.max(0, shade)) * (high - low),
  );
  log.step("picture", { shades: [min, max], low, high, huGate: "not asked" });
  const reasons = [
    `a picture, no HU: shades of 0..1 are laid over ${low}..${high}, and the HU gate was not asked`,
  ];
  const hu = {
    verdict: "suspect",
    min: low + min * (high - low),
    max: low + max * (high - low),
    reasons,
  } as const;
  log.facts.hu = hu;
  return { source: { ...source, voxels, histogram: undefined }, hu };
}

/** The options as a reader takes them: a picture whose format places nothing lies as it is shown. */
export function placedOptions(options: ReadOptions, statesGeometry: boolean): ReadOptions {
  if (options.picture === undefined || statesGeometry || options.affineRas !== undefined) return options;
  return { ...options, affineRas: shownAffine };
}
