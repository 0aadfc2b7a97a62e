import { createHash, type Hash } from "node:crypto";
import { TomoeError } from "../../../errors.ts";
import { throwIfAborted } from "../../../files/index.ts";
import { checkAffine } from "../geometry.ts";
import type { ReadLog } from "../log.ts";
import { type RescaleRun, rescale } from "../rescale.ts";
import { defaultMaxBytes, type ReadOptions, type SourceVolume } from "../source.ts";
import { decodeJpeg2000, type Jpeg2000Facts, type Jpeg2000Image } from "./codecs/jpeg2000.ts";
import { decodeNative, encapsulatedFrame, pixelCoding } from "./pixels.ts";
import { dicomError } from "./problem.ts";
import { findSlices, readAllElements, type SliceFile } from "./series.ts";
import type { SliceHeader } from "./slice.ts";
import { stackSlices } from "./stack.ts";

/**
 * Reads one DICOM CT series (a folder) or one slice (a file) in its stored axes, with the voxels rescaled
 * slice by slice.
 *
 * Stored axes: x = columns, y = rows, z = slices sorted along their normal. Only an allow-list of elements is
 * read, and no id, name, date or
 * description leaves this folder, in results or in messages.
 * @throws TomoeError `DATA_DICOM_PARSE`, `DATA_NOT_CT`, `DATA_UNSUPPORTED`,
 * `DATA_TRANSFER_SYNTAX_UNSUPPORTED`, `DATA_GEOMETRY`, `DATA_SERIES_*`,
 *   `DATA_PIXEL_CALIBRATION`, `DATA_PIXEL_DECODE`, `DATA_TRUNCATED`, `DATA_EMPTY`.
 */
export async function readDicom(
  path: string,
  kind: "file" | "folder",
  options: ReadOptions,
  log: ReadLog,
): Promise<SourceVolume> {
  const maxBytes = options.maxBytes ?? defaultMaxBytes;
  const found = await findSlices(path, kind, options.series, maxBytes, options.signal, log);
  requireCt(found, log);
  const { slices, affine } = stackSlices(found, log);
  const [first] = slices;
  if (first === undefined) throw dicomError("DATA_NOT_CT", "the series holds no slices", {});
  const shapeXYZ = [first.pixels.columns, first.pixels.rows, slices.length] as const;
  checkAffine(affine, log);
  noteHeaders(slices, log);
  const plane = shapeXYZ[0] * shapeXYZ[1];
  if (plane * slices.length * 2 > maxBytes) {
    throw new TomoeError(
      "DATA_UNSUPPORTED",
      `${shapeXYZ.join(" x ")} voxels are above the limit of ${maxBytes} bytes`,
      { hint: "Raise maxBytes of readVolume.", details: { maxBytes } },
    );
  }
  const { stored, sourceDigest } = await readPixels(slices, plane, maxBytes, options.signal, log);
  const runs: readonly RescaleRun[] = slices.map((slice) => ({
    length: plane,
    slope: slice.slope,
    intercept: slice.intercept,
  }));
  log.step("rescale", rescaleFacts(slices));
  return {
    ...rescale(stored, runs),
    format: "dicom",
    shapeXYZ,
    affine,
    stackAxisXYZ: 2,
    sourceDigest,
    storedDtype: `${slices.some((slice) => slice.pixels.signed) ? "" : "u"}int${first.pixels.bitsAllocated}`,
    scaled: runs.some((run) => run.slope !== 1 || run.intercept !== 0),
  };
}

function requireCt(slices: readonly SliceHeader[], log: ReadLog): void {
  const other = slices.find((slice) => slice.modality !== undefined && slice.modality !== "CT");
  if (other !== undefined)
    throw dicomError("DATA_NOT_CT", `${other.where}: the modality is ${other.modality}, not CT`, {
      modality: other.modality ?? "none",
    });
  if (slices.every((slice) => slice.localizer))
    throw dicomError(
      "DATA_NOT_CT",
      `${slices[0]?.where ?? ""}: a localizer (scout) picture, a projection without depth`,
      { imageType: "LOCALIZER" },
    );
  if (slices.some((slice) => slice.modality === undefined))
    log.warn("MODALITY_MISSING", "the header states no Modality; CT is taken on the word of geometry and HU");
}

function noteHeaders(slices: readonly SliceHeader[], log: ReadLog): void {
  const count = (test: (slice: SliceHeader) => boolean): number => slices.filter(test).length;
  const of = (number: number): string =>
    `${number} of ${slices.length} slice${slices.length === 1 ? "" : "s"}`;
  const notes: readonly (readonly [string, number, string])[] = [
    ["LOSSY_SOURCE", count((slice) => slice.lossy), "went through lossy compression before"],
    [
      "BURNED_IN_ANNOTATION",
      count((slice) => slice.burnedIn),
      "are declared to show burned-in text, which may name the patient",
    ],
    ["OVERLAY_SKIPPED", count((slice) => slice.overlay), "carry an overlay, which is not read"],
    [
      "RESCALE_ABSENT",
      count((slice) => !slice.rescaleStated),
      "state no rescale; the stored values are taken as HU if the HU gate agrees",
    ],
    ["RESCALE_TYPE_ODD", count((slice) => slice.rescaleTypeOdd), "declare a rescale type other than HU"],
    [
      "DICOM_ENCODING_DIFFERS",
      count((slice) => slice.encodingDiffers),
      "encode their elements otherwise than their transfer syntax says; they are read as they are",
    ],
    [
      "SECONDARY_CAPTURE",
      count((slice) => slice.secondary),
      "are not of the CT image class, though they have its geometry",
    ],
  ];
  for (const [code, number, what] of notes) if (number > 0) log.warn(code, `${of(number)} ${what}`);
  const thicknesses = [
    ...new Set(slices.flatMap((slice) => (slice.thicknessMm === undefined ? [] : [slice.thicknessMm]))),
  ];
  if (thicknesses.length > 1)
    log.warn(
      "SLICE_THICKNESS_VARIES",
      `slices are ${Math.min(...thicknesses)} to ${Math.max(...thicknesses)} mm thick`,
    );
}

function rescaleFacts(slices: readonly SliceHeader[]): {
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

interface StoredPixels {
  readonly stored: Int16Array | Uint16Array | Int32Array;
  readonly sourceDigest: string;
}

/** Decodes every slice into one array; source bytes are hashed in sorted order. */
async function readPixels(
  slices: readonly SliceFile[],
  plane: number,
  maxBytes: number,
  signal: AbortSignal | undefined,
  log: ReadLog,
): Promise<StoredPixels> {
  const codings = slices.map((slice) => pixelCoding(slice.transferSyntax, slice.where));
  const stored = storedArray(slices, plane * slices.length);
  const hash: Hash = createHash("sha256");
  const compressed: { readonly index: number; readonly image: Jpeg2000Image }[] = [];
  let trailing = 0;
  for (const [index, slice] of slices.entries()) {
    throwIfAborted(signal);
    const elements = await readAllElements(slice.path, slice.where, maxBytes);
    hash.update(elements.bytes);
    if (codings[index] === "native")
      trailing += decodeNative(elements, slice.pixels, stored, index * plane) > 0 ? 1 : 0;
    else
      compressed.push({
        index,
        image: { where: slice.where, bytes: encapsulatedFrame(elements), format: slice.pixels },
      });
  }
  if (trailing > 0)
    log.warn(
      "TRAILING_BYTES",
      `${trailing} of ${slices.length} slices hold bytes after their last pixel, which were not read`,
    );
  if (compressed.length > 0) {
    const facts = await decodeJpeg2000(
      compressed.map(({ image }) => image),
      (at, values) => stored.set(values, (compressed[at]?.index ?? 0) * plane),
      signal,
    );
    noteCodestreams(
      facts,
      compressed.map(({ image }) => image),
      log,
    );
  }
  log.step("read", {
    container: "dicom",
    slices: slices.length,
    transferSyntaxes: [...new Set(slices.map((slice) => slice.transferSyntax))].sort(),
    bitsStored: [...new Set(slices.map((slice) => slice.pixels.bitsStored))].sort(),
  });
  return { stored, sourceDigest: hash.digest("hex") };
}

function storedArray(slices: readonly SliceFile[], length: number): Int16Array | Uint16Array | Int32Array {
  if (slices.every((slice) => slice.pixels.signed)) return new Int16Array(length);
  return slices.some((slice) => slice.pixels.signed) ? new Int32Array(length) : new Uint16Array(length);
}

function noteCodestreams(
  facts: readonly Jpeg2000Facts[],
  images: readonly Jpeg2000Image[],
  log: ReadLog,
): void {
  const lossy = facts.filter((fact) => !fact.reversible).length;
  const sign = facts.filter((fact, at) => fact.signed !== images[at]?.format.signed).length;
  const depth = facts.filter((fact, at) => fact.bits !== images[at]?.format.bitsStored).length;
  if (lossy > 0)
    log.warn(
      "LOSSY_COMPRESSION",
      `${lossy} of ${facts.length} slices are stored with lossy JPEG 2000; their HU are approximate`,
    );
  if (sign > 0)
    log.warn(
      "J2K_SIGN_DIFFERS",
      `${sign} of ${facts.length} codestreams have another sign than the header; the header's is used on the codestream's bits`,
    );
  if (depth > 0)
    log.warn(
      "J2K_DEPTH_DIFFERS",
      `${depth} of ${facts.length} codestreams have another bit depth than the header; the codestream's is used`,
    );
}
