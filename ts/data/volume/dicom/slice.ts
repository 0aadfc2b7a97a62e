import { createHash } from "node:crypto";
import { cross, dot, norm, scale, type Vector3 } from "../geometry.ts";
import type { DicomElements, Keyword } from "./elements.ts";
import { isCtStorage, shownModality } from "./object-kind.ts";
import { dicomError } from "./problem.ts";

/** Stored form of the pixels of one slice. */
export interface PixelFormat {
  readonly rows: number;
  readonly columns: number;
  readonly bitsAllocated: 8 | 16;
  readonly bitsStored: number;
  readonly signed: boolean;
}

/**
 * One CT slice: everything that is kept of its header. Ids are one-way digests, used to compare and never
 * shown.
 */
export interface SliceHeader {
  readonly where: string;
  readonly pixels: PixelFormat;
  readonly transferSyntax: string;
  /** LPS mm of the centre of the first pixel. */
  readonly positionLps: Vector3;
  /** LPS direction in which the column index grows, unit length. */
  readonly acrossLps: Vector3;
  /** LPS direction in which the row index grows, unit length. */
  readonly downLps: Vector3;
  /** Unit normal of the slice: across x down. */
  readonly normalLps: Vector3;
  readonly rowSpacingMm: number;
  readonly columnSpacingMm: number;
  readonly thicknessMm: number | undefined;
  readonly gantryTiltDegrees: number | undefined;
  readonly slope: number;
  readonly intercept: number;
  readonly rescaleStated: boolean;
  /** Stored value of padding pixels. */
  readonly padding: number | undefined;
  readonly instance: number | undefined;
  readonly modality: string | undefined;
  readonly localizer: boolean;
  readonly lossy: boolean;
  readonly burnedIn: boolean;
  readonly overlay: boolean;
  readonly rescaleTypeOdd: boolean;
  readonly secondary: boolean;
  readonly encodingDiffers: boolean;
  readonly instanceDigest: string | undefined;
  readonly frameDigest: string | undefined;
  readonly kernelDigest: string | undefined;
  readonly acquisitionDigest: string | undefined;
}

/**
 * Reads and checks what one slice says of itself.
 *
 * @throws TomoeError `DATA_DICOM_PARSE`, `DATA_GEOMETRY`, `DATA_PIXEL_CALIBRATION`, `DATA_UNSUPPORTED`,
 * `DATA_NOT_CT` (colour).
 */
export function sliceHeader(elements: DicomElements): SliceHeader {
  const pixels = pixelFormat(elements);
  const imageType = elements.text("ImageType")?.split("\\") ?? [];
  const modality = elements.text("Modality");
  const rescaleType = elements.text("RescaleType");
  return {
    where: elements.where,
    pixels,
    transferSyntax: elements.transferSyntax,
    ...placement(elements),
    ...calibration(elements),
    thicknessMm: positive(elements, "SliceThickness"),
    gantryTiltDegrees: elements.numbers("GantryDetectorTilt")?.[0],
    padding: paddingValue(elements, pixels),
    instance: wholeNumber(elements.numbers("InstanceNumber")?.[0]),
    modality: modality === undefined ? undefined : shownModality(modality),
    localizer: imageType.some((part) => part.trim() === "LOCALIZER"),
    lossy: elements.text("LossyImageCompression") === "01",
    burnedIn: elements.text("BurnedInAnnotation") === "YES",
    overlay: elements.has("OverlayRows"),
    rescaleTypeOdd: rescaleType !== undefined && rescaleType !== "HU" && rescaleType !== "US",
    secondary: elements.text("SOPClassUID") !== undefined && !isCtStorage(elements),
    encodingDiffers: elements.encodingDiffers,
    instanceDigest: digest(elements, "SOPInstanceUID"),
    frameDigest: digest(elements, "FrameOfReferenceUID"),
    kernelDigest: digest(elements, "ConvolutionKernel"),
    acquisitionDigest: digest(elements, "AcquisitionNumber"),
  };
}

/** A value that may only be compared. */
export function digest(elements: DicomElements, keyword: Keyword): string | undefined {
  const text = elements.text(keyword);
  return text === undefined ? undefined : createHash("sha256").update(text).digest("hex");
}

function pixelFormat(elements: DicomElements): PixelFormat {
  const frames = elements.numbers("NumberOfFrames")?.[0] ?? 1;
  if (frames !== 1)
    throw elements.problem(
      `${frames} frames in one file; multi-frame CT is not read yet`,
      "NumberOfFrames",
      "DATA_UNSUPPORTED",
    );
  const samples = elements.uint16("SamplesPerPixel") ?? 1;
  const photometric = elements.text("PhotometricInterpretation") ?? "MONOCHROME2";
  if (samples !== 1 || !photometric.startsWith("MONOCHROME")) {
    throw dicomError(
      "DATA_NOT_CT",
      `${elements.where}: a colour picture (${samples} samples a pixel), not a CT slice`,
      { samples },
    );
  }
  if (photometric !== "MONOCHROME2")
    throw elements.problem(
      "the pixels are stored inverted (MONOCHROME1), which CT never is",
      "PhotometricInterpretation",
      "DATA_UNSUPPORTED",
    );
  if (elements.pixels === undefined)
    throw elements.problem(
      "the pixels are floating point or missing, which CT Image objects do not have",
      "PixelData",
      "DATA_UNSUPPORTED",
    );
  const rows = elements.needUint16("Rows");
  const columns = elements.needUint16("Columns");
  if (rows === 0 || columns === 0)
    throw elements.problem(`the picture has ${rows} rows and ${columns} columns`, "Rows");
  const bitsAllocated = elements.needUint16("BitsAllocated");
  const bitsStored = elements.uint16("BitsStored") ?? bitsAllocated;
  const highBit = elements.uint16("HighBit") ?? bitsStored - 1;
  if (bitsAllocated !== 8 && bitsAllocated !== 16)
    throw elements.problem(
      `${bitsAllocated} bits are allocated for a pixel; 8 and 16 are read`,
      "BitsAllocated",
      "DATA_UNSUPPORTED",
    );
  if (bitsStored < 1 || bitsStored > bitsAllocated)
    throw elements.problem(`BitsStored is ${bitsStored} of ${bitsAllocated} bits allocated`, "BitsStored");
  if (highBit !== bitsStored - 1)
    throw elements.problem(
      `HighBit is ${highBit} where ${bitsStored} stored bits end at ${bitsStored - 1}`,
      "HighBit",
    );
  const representation = elements.needUint16("PixelRepresentation");
  if (representation > 1)
    throw elements.problem(
      `PixelRepresentation is ${representation}, neither 0 nor 1`,
      "PixelRepresentation",
    );
  return { rows, columns, bitsAllocated, bitsStored, signed: representation === 1 };
}

function placement(
  elements: DicomElements,
): Pick<
  SliceHeader,
  "positionLps" | "acrossLps" | "downLps" | "normalLps" | "rowSpacingMm" | "columnSpacingMm"
> {
  const position = exactly(elements, "ImagePositionPatient", 3);
  const [ax = 0, ay = 0, az = 0, dx = 0, dy = 0, dz = 0] = exactly(elements, "ImageOrientationPatient", 6);
  const spacing = exactly(elements, "PixelSpacing", 2);
  const [rowSpacingMm = 0, columnSpacingMm = 0] = spacing;
  if (!(rowSpacingMm > 0 && columnSpacingMm > 0))
    throw elements.problem(`PixelSpacing is ${spacing.join(" x ")} mm`, "PixelSpacing", "DATA_GEOMETRY");
  const across: Vector3 = [ax, ay, az];
  const down: Vector3 = [dx, dy, dz];
  if (
    Math.abs(norm(across) - 1) > 1e-3 ||
    Math.abs(norm(down) - 1) > 1e-3 ||
    Math.abs(dot(across, down)) > 1e-3
  ) {
    throw elements.problem(
      "the two directions of ImageOrientationPatient are not unit vectors at a right angle",
      "ImageOrientationPatient",
      "DATA_GEOMETRY",
    );
  }
  const acrossLps = scale(across, 1 / norm(across));
  const downLps = scale(down, 1 / norm(down));
  const normal = cross(acrossLps, downLps);
  return {
    positionLps: [position[0] ?? 0, position[1] ?? 0, position[2] ?? 0],
    acrossLps,
    downLps,
    normalLps: scale(normal, 1 / norm(normal)),
    rowSpacingMm,
    columnSpacingMm,
  };
}

function exactly(elements: DicomElements, keyword: Keyword, count: number): readonly number[] {
  const values = elements.numbers(keyword);
  if (values === undefined)
    throw elements.problem(
      `${keyword} is missing, so the slice has no place in the body`,
      keyword,
      "DATA_GEOMETRY",
    );
  if (values.length !== count || !values.every(Number.isFinite))
    throw elements.problem(
      `${keyword} has ${values.length} values, not ${count} finite ones`,
      keyword,
      "DATA_GEOMETRY",
    );
  return values;
}

function calibration(elements: DicomElements): Pick<SliceHeader, "slope" | "intercept" | "rescaleStated"> {
  if (elements.has("ModalityLUTSequence"))
    throw elements.problem(
      "a modality lookup table stands where CT has slope and intercept",
      "ModalityLUTSequence",
      "DATA_PIXEL_CALIBRATION",
    );
  const slope = oneNumber(elements, "RescaleSlope");
  const intercept = oneNumber(elements, "RescaleIntercept");
  if (slope === 0)
    throw elements.problem(
      "RescaleSlope is 0, so every voxel would be equal",
      "RescaleSlope",
      "DATA_PIXEL_CALIBRATION",
    );
  if ((slope === undefined) !== (intercept === undefined))
    throw elements.problem(
      "only one of RescaleSlope and RescaleIntercept is present",
      "RescaleSlope",
      "DATA_PIXEL_CALIBRATION",
    );
  return { slope: slope ?? 1, intercept: intercept ?? 0, rescaleStated: slope !== undefined };
}

function oneNumber(
  elements: DicomElements,
  keyword: "RescaleSlope" | "RescaleIntercept",
): number | undefined {
  let values: readonly number[] | undefined;
  try {
    values = elements.numbers(keyword);
  } catch {
    throw elements.problem(`${keyword} is not a decimal number`, keyword, "DATA_PIXEL_CALIBRATION");
  }
  if (values === undefined) return undefined;
  const [value] = values;
  if (values.length !== 1 || value === undefined || !Number.isFinite(value))
    throw elements.problem(`${keyword} is not one finite number`, keyword, "DATA_PIXEL_CALIBRATION");
  return value;
}

function positive(elements: DicomElements, keyword: Keyword): number | undefined {
  const value = elements.numbers(keyword)?.[0];
  return value !== undefined && value > 0 ? value : undefined;
}

function wholeNumber(value: number | undefined): number | undefined {
  return value !== undefined && Number.isSafeInteger(value) ? value : undefined;
}

/**
 * PixelPaddingValue in the sign of the pixels; its VR (US or SS) is not trusted, since implicit files have
 * none.
 */
function paddingValue(elements: DicomElements, pixels: PixelFormat): number | undefined {
  const raw = elements.uint16("PixelPaddingValue");
  if (raw === undefined) return undefined;
  return signExtend(raw, pixels.signed ? pixels.bitsAllocated : 16, pixels.signed);
}

/** The number that the low `bits` of `raw` stand for. */
export function signExtend(raw: number, bits: number, signed: boolean): number {
  return signed ? (raw << (32 - bits)) >> (32 - bits) : raw & (2 ** bits - 1);
}
