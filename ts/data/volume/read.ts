import { TomoeError } from "../../errors.ts";
import { throwIfAborted } from "../../files/index.ts";
import type { HuVerdict, Receipt, Volume } from "../../schema/volume.ts";
import { noteExtent } from "./claims/extent.ts";
import { noteStatedRange } from "./claims/range.ts";
import { calibrated, pictured, placedOptions } from "./claims/stated.ts";
import { requireStrides } from "./claims/strides.ts";
import {
  nearestRas,
  notePlaceholder,
  orientAffine,
  orientationCode,
  spacingDHW,
  toAffineRas,
} from "./geometry.ts";
import { noteMoved } from "./hu/between/displaced.ts";
import { isFlat, noteMisfits } from "./hu/between/misfits.ts";
import { noteBeat, sampledSlices } from "./hu/between/neighbours.ts";
import { noteShuffled } from "./hu/between/shuffled.ts";
import { noteCoarse } from "./hu/coarse.ts";
import { noteBeyond, noteOutside, noteTop } from "./hu/ends.ts";
import { judgeStack } from "./hu/gate.ts";
import { type HuHistogram, huHistogram } from "./hu/histogram.ts";
import { ReadLog } from "./log.ts";
import { type LaidVolume, storedLayout, turnInPlace } from "./orient.ts";
import { candidateAt, formatOf, readers } from "./readers.ts";
import { resampled } from "./resample/apply.ts";
import type { ReadOptions, SourceVolume } from "./source.ts";

/** A scan that was read and judged, its voxels where they were stored. */
export interface ReadScan extends Pick<Volume, "receipt" | "warnings"> {
  readonly laid: LaidVolume;
  /** The volume in RAS axes, in the same memory where it can be: `laid` is not to be used afterwards. */
  turned(): Volume;
}

/**
 * Reads one CT volume: a folder of one DICOM series, one DICOM file, a NIfTI-1/2 file (.nii, .nii.gz), a MetaImage
 * (.mha, .mhd), an NRRD (.nrrd, .nhdr), or a numpy array (.npy) that `options.affineRas` places.
 *
 * Content decides the format, not the name. Axes are permuted and flipped to RAS+ (D grows Superior, H
 * Anterior, W patient Right); nothing is
 * resampled, clamped or guessed. No identity leaves this function.
 * @param path - file or folder.
 * @returns voxels in HU, int16 when exact, with geometry in mm, the HU verdict, the receipt and every
 * warning.
 * @throws TomoeError `PATH_NOT_FOUND`, `IO_FAILED`, `CANCELLED`, or a `DATA_*` code that says why this is not
 * a CT volume.
 */
export async function readVolume(path: string, options: ReadOptions = {}): Promise<Volume> {
  return readVolumeLogged(path, options, new ReadLog(options));
}

/** `readVolume`, with a log of the caller's that keeps what was learned when the scan is refused. */
export async function readVolumeLogged(path: string, options: ReadOptions, log: ReadLog): Promise<Volume> {
  return (await readScan(path, options, log)).turned();
}

/**
 * As `readVolumeLogged`, without turning the voxels: for those who take some of them, or all of them once.
 *
 * @throws TomoeError as `readVolume`.
 */
export async function readScan(path: string, options: ReadOptions, log: ReadLog): Promise<ReadScan> {
  throwIfAborted(options.signal);
  const candidate = await candidateAt(path);
  const format = await formatOf(candidate);
  log.facts.format = format;
  const reader = readers[format];
  if (options.series !== undefined && !reader.holdsSeries)
    throw new TomoeError("USAGE_INVALID", `a series was chosen, but the path is one ${format} file`, {
      hint: "Leave --series out: it is for folders of DICOM series.",
      details: { series: options.series },
    });
  if (options.affineRas !== undefined && reader.statesGeometry)
    throw new TomoeError("USAGE_INVALID", "affineRas is given for a scan that states its own geometry", {
      hint: "Leave it out; it is for formats that state none, such as npy.",
    });
  const read = await reader.read(candidate, placedOptions(options, reader.statesGeometry), log);
  const source = options.calibration === undefined ? read : calibrated(read, options.calibration, log);
  throwIfAborted(options.signal);
  return finish(resampled(source, options.policy ?? {}, log), source, format, options, log);
}

function finish(
  given: SourceVolume,
  stored: SourceVolume,
  format: Receipt["format"],
  options: ReadOptions,
  log: ReadLog,
): ReadScan {
  const sourceShapeXYZ = stored.shapeXYZ;
  const { shapeXYZ } = given;
  const picture = options.picture === undefined ? undefined : pictured(given, options.picture, log);
  const source = picture?.source ?? given;
  if (readers[format].statesGeometry) notePlaceholder(source.affine, log);
  noteExtent(source.affine, shapeXYZ, source.stackAxisXYZ, log);
  requireStrides(stored.voxels, stored.shapeXYZ);
  const sources = nearestRas(source.affine);
  const affine = orientAffine(source.affine, shapeXYZ, sources);
  const [right, anterior, superior] = sources;
  const shapeDHW = [shapeXYZ[superior.stored], shapeXYZ[anterior.stored], shapeXYZ[right.stored]] as const;
  const sourceOrientation = orientationCode(sources);
  const geometry = { shapeDHW, spacingMmDHW: spacingDHW(affine), affineRas: toAffineRas(affine) };
  Object.assign(log.facts, { sourceOrientation, sourceShapeXYZ, orientation: "RAS", ...geometry });
  log.step("orient", {
    from: sourceOrientation,
    to: "RAS",
    storedAxisOfRAS: sources.map((axis) => "xyz".charAt(axis.stored)),
    flipped: sources.map((axis) => axis.flipped),
  });
  noteType(source, log);
  // Judged slice by slice as they were stored, then turned where they lie.
  const turn = (): Int16Array | Float32Array => {
    const voxels = turnInPlace(source.voxels, shapeXYZ, sources);
    log.onVoxels?.({ voxels, shapeDHW, spacingMmDHW: geometry.spacingMmDHW });
    return voxels;
  };
  let hu: HuVerdict;
  try {
    hu = picture?.hu ?? gate(source, stored, options, log);
  } catch (error) {
    if (log.onVoxels !== undefined) turn();
    throw error;
  }
  const stackAxis = [superior, anterior, right].findIndex((axis) => axis.stored === source.stackAxisXYZ);
  const receipt: Receipt = {
    format,
    sourceDigest: source.sourceDigest,
    sourceOrientation,
    sourceShapeXYZ,
    steps: log.steps,
  };
  const facts = { ...geometry, hu, stackAxis: stackAxis === 0 ? 0 : stackAxis === 1 ? 1 : 2 } as const;
  const { warnings } = log;
  return {
    laid: { voxels: source.voxels, ...facts, layout: storedLayout(shapeXYZ, sources) },
    turned: () => ({ voxels: turn(), ...facts, receipt, warnings }),
    receipt,
    warnings,
  };
}

function noteType(source: SourceVolume, log: ReadLog): void {
  const int16 = source.voxels.BYTES_PER_ELEMENT === 2;
  log.step("voxels", { dtype: int16 ? "int16" : "float32", exact: source.exact });
  if (!int16)
    log.warn(
      "VOXELS_FLOAT32",
      `int16 cannot hold the HU exactly, so they are float32${source.exact ? "" : ", rounded to its 24 bits"}`,
    );
}

/** The verdict on the slices as they are stored, and what neighbours say of each other. */
function judgeStored(stored: SourceVolume, options: ReadOptions, log: ReadLog): HuVerdict {
  const looked = lookedAt(stored);
  noteNeighbours(looked, log);
  return judge(looked, options, log);
}

/**
 * Voxels that are interpolated, or bordered with air, are no witness of their own source: the worse verdict of both
 * holds.
 *
 * @param stored - the source before it was resampled; the source itself where it was not.
 */
function gate(source: SourceVolume, stored: SourceVolume, options: ReadOptions, log: ReadLog): HuVerdict {
  const judged = stored === source ? undefined : judgeStored(stored, options, log);
  const looked = lookedAt(source);
  const { histogram } = looked;
  const { voxels } = source;
  noteStatedRange(source.statedRange, histogram, log);
  const after = judge(looked, options, log);
  const hu =
    judged?.verdict === "suspect"
      ? { ...after, verdict: judged.verdict, reasons: [...new Set([...judged.reasons, ...after.reasons])] }
      : after;
  log.facts.hu = hu;
  log.step("hu-gate", { verdict: hu.verdict, min: hu.min, max: hu.max, reasons: hu.reasons });
  if (hu.verdict === "suspect") log.warn("HU_SUSPECT", hu.reasons.join("; "));
  noteOutside(histogram, log);
  noteTop(voxels, histogram, log);
  noteBeyond(voxels, histogram, log);
  noteCoarse(histogram, log);
  if (judged === undefined) noteNeighbours(looked, log);
  return hu;
}

/** A volume with what several looks at its voxels share. */
interface LookedAt {
  readonly source: SourceVolume;
  readonly histogram: HuHistogram;
  /** Voxels of a slice. */
  readonly plane: number;
  /** Some of the voxels of each slice. */
  readonly sampled: readonly Float32Array[];
}

function lookedAt(source: SourceVolume): LookedAt {
  const { voxels, histogram = huHistogram(voxels) } = source;
  const plane = source.shapeXYZ[0] * source.shapeXYZ[1];
  return { source, histogram, plane, sampled: sampledSlices(voxels, plane) };
}

function noteNeighbours({ source, plane, sampled }: LookedAt, log: ReadLog): void {
  noteCopies(source, log);
  noteMisfits(source.voxels, source.shapeXYZ, log);
  noteMoved(source.voxels, source.shapeXYZ, log);
  noteShuffled(source.voxels, source.shapeXYZ, log);
  noteBeat(sampled, plane, log);
}

/** Says when neighbouring slices hold the same voxels, which noise never gives: a copy that fills a gap. */
function noteCopies({ voxels, shapeXYZ: [x, y, z] }: SourceVolume, log: ReadLog): void {
  const bytes = Buffer.from(voxels.buffer, voxels.byteOffset, voxels.byteLength);
  const width = x * y * voxels.BYTES_PER_ELEMENT;
  const slice = (index: number): Buffer => bytes.subarray(index * width, (index + 1) * width);
  const copies = Array.from({ length: z - 1 }, (_, index) => index + 1).filter(
    (index) =>
      slice(index).equals(slice(index - 1)) && !isFlat(voxels.subarray(index * x * y, (index + 1) * x * y)),
  );
  const [first] = copies;
  if (first !== undefined)
    log.warn(
      "SLICES_IDENTICAL",
      `${copies.length} of ${z} slices hold the voxels of the slice before, to the last one (the first is slice ${first + 1}): a copy in place of a scan`,
    );
}

/** The header's own word comes before any histogram. */
function declaredOther(what: string, { min, max }: HuHistogram): TomoeError {
  return new TomoeError("DATA_NOT_HU", `the header declares ${what}, not Hounsfield units`, {
    hint: "Give the scan itself; if these are HU, correct that field of the header.",
    details: { cause: "declared", min, max },
  });
}

/** The cause that is certain: voxels that are HU as soon as the two bytes of each change places. */
function asSwapped(source: SourceVolume, refused: TomoeError): TomoeError | undefined {
  if (source.scaled || source.voxels.BYTES_PER_ELEMENT !== 2 || !/^u?int16$/.test(source.storedDtype))
    return undefined;
  const bytes = Buffer.from(
    Buffer.from(source.voxels.buffer, source.voxels.byteOffset, source.voxels.byteLength),
  );
  bytes.swap16();
  const voxels = new Int16Array(bytes.buffer, bytes.byteOffset, source.voxels.length);
  const [x, y] = source.shapeXYZ;
  try {
    if (judgeStack(voxels, x * y, { storedDtype: "int16", scaled: false }).verdict !== "ok") return undefined;
  } catch (error) {
    if (error instanceof TomoeError && error.code === "DATA_NOT_HU") return undefined;
    throw error;
  }
  return new TomoeError(
    "DATA_NOT_HU",
    `the two bytes of each voxel stand the other way round: swapped, the voxels are Hounsfield units, and as the header says their order they are not (${refused.what})`,
    {
      hint: "Write the scan again in the byte order that its header declares, or correct the header's word for it.",
      details: { ...refused.details, cause: "byte-order" },
    },
  );
}

function judge(looked: LookedAt, options: ReadOptions, log: ReadLog): HuVerdict {
  const { source, histogram, plane, sampled } = looked;
  try {
    if (source.declared !== undefined) throw declaredOther(source.declared, histogram);
    const evidence = {
      storedDtype: source.storedDtype,
      scaled: source.scaled,
      calibrated: source.calibrated,
    };
    return judgeStack(source.voxels, plane, evidence, histogram, sampled);
  } catch (error) {
    if (!(error instanceof TomoeError) || error.code !== "DATA_NOT_HU") throw error;
    const swapped = asSwapped(source, error);
    if (swapped !== undefined && options.huGate !== "record") throw swapped;
    const { min, max } = error.details;
    const range = { min: Number(min), max: Number(max) };
    const reasons = [(swapped ?? error).what];
    log.facts.hu = { verdict: "refused", ...range, reasons };
    if (options.huGate !== "record") throw error;
    return { verdict: "suspect", ...range, reasons };
  }
}
