import { hash } from "node:crypto";
import { declaredQuantity, projection } from "./compare/declared.ts";
import { sidesDenied } from "./compare/patient-orientation.ts";
import { spacingDenied } from "./compare/pixel-shape.ts";
import { type Placement, placement } from "./compare/placement.ts";
import { statedRescale } from "./compare/rescale.ts";
import { storedRange, storedValue } from "./compare/stated-values.ts";
import { type Traits, traitsOf } from "./compare/traits.ts";
import type { DicomElements, Keyword } from "./elements.ts";
import { type Belonging, comparable } from "./encoding/allowed.ts";
import { isCtStorage, isScoutType, secondaryCapture, shownModality } from "./object-kind.ts";
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
export interface SliceHeader extends Placement {
  readonly where: string;
  /** Of a multi-frame object, counted from 0; undefined for a file of one slice. */
  readonly frame: number | undefined;
  readonly pixels: PixelFormat;
  readonly transferSyntax: string;
  readonly thicknessMm: number | undefined;
  readonly gantryTiltDegrees: number | undefined;
  readonly slope: number;
  readonly intercept: number;
  readonly rescaleStated: boolean;
  /** Stored value of padding pixels. */
  readonly padding: number | undefined;
  /** Smallest and largest stored value, as the header states them. */
  readonly storedRange: readonly [number, number] | undefined;
  readonly instance: number | undefined;
  readonly modality: string | undefined;
  readonly localizer: boolean;
  readonly lossy: boolean;
  readonly burnedIn: boolean;
  readonly overlay: boolean;
  readonly rescaleTypeOdd: boolean;
  /** What the header declares the values to be instead of HU. */
  readonly quantity: string | undefined;
  /** How the picture was derived, where it is no plain slice: "MIP", "average". */
  readonly projection: string | undefined;
  readonly derived: boolean;
  /** MONOCHROME1: shown inverted, stored as ever. */
  readonly inverted: boolean;
  readonly marked: boolean;
  /** Compared elements whose value is malformed; they count as absent. */
  readonly malformed: readonly Keyword[];
  /** What an object states for all frames that the groups of this one state otherwise. */
  readonly overruled: readonly Keyword[];
  readonly secondary: boolean;
  readonly encodingDiffers: boolean;
  /** True where a code is not written in capitals. */
  readonly recased: boolean;
  /** What states another size or shape of a pixel than PixelSpacing, which is used. */
  readonly spacingDenied: string | undefined;
  /** True where PatientOrientation names other sides than the directions do, which are used. */
  readonly sidesDenied: boolean;
  /** True where the file's meta information names another object than the data set. */
  readonly metaDiffers: boolean;
  readonly sliceLocationMm: number | undefined;
  readonly spacingBetweenMm: number | undefined;
  readonly reconstructionDiameterMm: number | undefined;
  readonly imagesInAcquisition: number | undefined;
  /** Of the file's beginning: equal for copies of one file. */
  readonly fileDigest: string;
  readonly instanceDigest: string | undefined;
  readonly frameDigest: string | undefined;
  readonly kernelDigest: string | undefined;
  /** Of what a series has one of, a digest each: the patient, the study, the scanner, and what its values are. */
  readonly belonging: ReadonlyMap<Belonging | "rescale type", string>;
  /** What tells one acquisition from another. */
  readonly traits: Traits;
}

/**
 * Reads and checks what one slice says of itself.
 *
 * @param fileDigest - of the beginning of its file.
 * @throws TomoeError `DATA_DICOM_PARSE`, `DATA_GEOMETRY`, `DATA_PIXEL_CALIBRATION`, `DATA_UNSUPPORTED`,
 * `DATA_NOT_CT` (colour).
 */
export function sliceHeader(elements: DicomElements, fileDigest: string): SliceHeader {
  const pixels = pixelFormat(elements);
  const text = (keyword: Keyword): string | undefined => elements.lenient(keyword, (e) => e.text(keyword));
  const number = (keyword: Keyword): number | undefined =>
    elements.lenient(keyword, (e) => e.numbers(keyword)?.[0]);
  const only = (keyword: Keyword): string | undefined => elements.lenient(keyword, (e) => digest(e, keyword));
  const imageType = (text("ImageType") ?? "")
    .toUpperCase()
    .split("\\")
    .map((part) => part.trim());
  const modality = elements.code("Modality");
  const declared = declaredQuantity(text("RescaleType"), imageType, text("Units"));
  const placed = placement(elements);
  return {
    where: elements.where,
    frame: elements.frame,
    pixels,
    transferSyntax: elements.transferSyntax,
    ...placed,
    ...statedRescale(elements),
    thicknessMm: elements.lenient("SliceThickness", thickness),
    gantryTiltDegrees: number("GantryDetectorTilt"),
    padding: storedValue(elements, "PixelPaddingValue", pixels),
    storedRange: storedRange(elements, pixels),
    instance: wholeNumber(number("InstanceNumber")),
    modality: modality === undefined ? undefined : shownModality(modality),
    localizer: isScoutType(imageType),
    lossy: text("LossyImageCompression") === "01" || (number("LossyImageCompressionRatio") ?? 1) > 1,
    burnedIn: mayShowText(text("BurnedInAnnotation")?.toUpperCase(), text("SOPClassUID")),
    overlay: elements.has("OverlayRows"),
    rescaleTypeOdd: declared.odd,
    quantity: declared.quantity,
    projection: projection(imageType),
    derived: imageType[0] === "DERIVED",
    inverted: elements.code("PhotometricInterpretation") === "MONOCHROME1",
    secondary: elements.text("SOPClassUID") !== undefined && !isCtStorage(elements),
    encodingDiffers: elements.encodingDiffers,
    recased: codes.some((keyword) => elements.isRecased(keyword)),
    marked: elements.marked,
    spacingDenied: spacingDenied(elements, placed),
    sidesDenied: sidesDenied(elements, placed),
    metaDiffers:
      elements.frame === undefined && metaDiffers(only("MediaStorageSOPInstanceUID"), only("SOPInstanceUID")),
    sliceLocationMm: number("SliceLocation"),
    spacingBetweenMm: positive(number("SpacingBetweenSlices")),
    reconstructionDiameterMm: positive(number("ReconstructionDiameter")),
    imagesInAcquisition: wholeNumber(number("ImagesInAcquisition")),
    fileDigest,
    instanceDigest: ofFrame(only("SOPInstanceUID"), elements.frame),
    frameDigest: only("FrameOfReferenceUID"),
    kernelDigest: only("ConvolutionKernel"),
    belonging: belongingOf(elements.belonging, only("RescaleType")),
    traits: traitsOf(elements),
    malformed: [...elements.malformed],
    overruled: elements.overruled,
  };
}

/** Codes by which a slice is judged. */
const codes = ["Modality", "ImageType", "PhotometricInterpretation", "BurnedInAnnotation"] as const;

/** A thickness that is no length counts as absent, and is told. */
function thickness(elements: DicomElements): number | undefined {
  const mm = elements.numbers("SliceThickness")?.[0];
  if (mm !== undefined && !(mm > 0)) throw elements.problem("SliceThickness is no length", "SliceThickness");
  return mm;
}

function belongingOf(
  stated: ReadonlyMap<Belonging, string>,
  rescaleType: string | undefined,
): SliceHeader["belonging"] {
  return rescaleType === undefined ? stated : new Map([...stated, ["rescale type", rescaleType]]);
}

function metaDiffers(meta: string | undefined, object: string | undefined): boolean {
  return meta !== undefined && object !== undefined && meta !== object;
}

/** True where text may stand in the pixels: declared, or a capture of a screen that does not deny it. */
function mayShowText(declared: string | undefined, sopClass: string | undefined): boolean {
  return declared === "YES" || (declared !== "NO" && sopClass?.startsWith(secondaryCapture) === true);
}

/** An id of an object, told apart for each of its frames. */
export function ofFrame<T extends string | undefined>(id: T, frame: number | undefined): T | string {
  return id === undefined || frame === undefined ? id : hash("sha256", `${id}/${frame}`, "hex");
}

/** A value that may only be compared, and within this process: no digest of an id exists that others could look up. */
export function digest(elements: DicomElements, keyword: Keyword): string | undefined {
  const text = elements.text(keyword);
  return text === undefined ? undefined : comparable(text);
}

function pixelFormat(elements: DicomElements): PixelFormat {
  const frames = elements.numbers("NumberOfFrames")?.[0] ?? 1;
  if (frames !== 1)
    throw elements.problem(
      `${frames} frames in one file that states no place for each of them; enhanced multi-frame CT is read`,
      "NumberOfFrames",
      "DATA_UNSUPPORTED",
    );
  const samples = elements.uint16("SamplesPerPixel") ?? 1;
  const photometric = elements.code("PhotometricInterpretation") ?? "MONOCHROME2";
  // MONOCHROME1 says how to display the values, not how they are stored (PS3.3 C.8.2.1.1.2).
  if (samples !== 1 || !/^MONOCHROME[12]$/.test(photometric)) {
    throw dicomError(
      "DATA_NOT_CT",
      `${elements.where}: a colour picture (${samples} sample${samples === 1 ? "" : "s"} a pixel), not a CT slice`,
      { samples },
    );
  }
  if (
    elements.pixels === undefined &&
    (elements.has("FloatPixelData") || elements.has("DoubleFloatPixelData"))
  )
    throw elements.problem(
      "the pixels are floating point, which CT Image objects do not have",
      "PixelData",
      "DATA_UNSUPPORTED",
    );
  if (elements.pixels === undefined)
    throw dicomError("DATA_TRUNCATED", `${elements.where}: the file ends before its pixels: there are none`, {
      element: "PixelData",
    });
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

function positive(value: number | undefined): number | undefined {
  return value !== undefined && value > 0 ? value : undefined;
}

function wholeNumber(value: number | undefined): number | undefined {
  return value !== undefined && Number.isSafeInteger(value) ? value : undefined;
}
