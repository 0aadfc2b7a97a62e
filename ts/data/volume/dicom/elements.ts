import type { TomoeError } from "../../../errors.ts";
import { dicomError } from "./problem.ts";

/** Where the pixels of a file lie. */
export interface PixelElement {
  readonly offset: number;
  /** 0xFFFFFFFF for encapsulated (compressed) pixels. */
  readonly length: number;
}

/**
 * The only elements ever looked at. Names, ids, dates, descriptions, comments and private elements are not
 * among them.
 */
const allowed = {
  MediaStorageSOPClassUID: "x00020002",
  TransferSyntaxUID: "x00020010",
  ImageType: "x00080008",
  SOPClassUID: "x00080016",
  SOPInstanceUID: "x00080018",
  Modality: "x00080060",
  SliceThickness: "x00180050",
  GantryDetectorTilt: "x00181120",
  ConvolutionKernel: "x00181210",
  SeriesInstanceUID: "x0020000e",
  AcquisitionNumber: "x00200012",
  InstanceNumber: "x00200013",
  ImagePositionPatient: "x00200032",
  ImageOrientationPatient: "x00200037",
  FrameOfReferenceUID: "x00200052",
  SamplesPerPixel: "x00280002",
  PhotometricInterpretation: "x00280004",
  NumberOfFrames: "x00280008",
  Rows: "x00280010",
  Columns: "x00280011",
  PixelSpacing: "x00280030",
  BitsAllocated: "x00280100",
  BitsStored: "x00280101",
  HighBit: "x00280102",
  PixelRepresentation: "x00280103",
  PixelPaddingValue: "x00280120",
  BurnedInAnnotation: "x00280301",
  RescaleIntercept: "x00281052",
  RescaleSlope: "x00281053",
  RescaleType: "x00281054",
  LossyImageCompression: "x00282110",
  ModalityLUTSequence: "x00283000",
  SharedFunctionalGroups: "x52009229",
  OverlayRows: "x60000010",
  FloatPixelData: "x7fe00008",
  DoubleFloatPixelData: "x7fe00009",
} as const;

/** Keyword of an element that is read. */
export type Keyword = keyof typeof allowed;

/** Keyword of an allow-listed tag as dicom-parser writes it, e.g. "x00280010". */
export const keywordOf: ReadonlyMap<string, Keyword> = new Map(
  Object.entries(allowed).map(([keyword, tag]) => [tag, keyword as Keyword]),
);
/** VRs in which an element of the allow-list that holds binary numbers may stand. */
const binaryVrs = new Set(["US", "SS", "UN"]);

/** Where the value of an element lies. */
export interface Field {
  readonly vr: string | undefined;
  readonly offset: number;
  readonly length: number;
}

/**
 * The allow-listed elements of one file, read on demand; every getter raises `DATA_DICOM_PARSE` for a value
 * that is not what the standard allows.
 */
export class DicomElements {
  readonly bytes: Buffer;
  readonly pixels: PixelElement | undefined;
  readonly bigEndian: boolean;
  readonly transferSyntax: string;
  /**
   * True when the elements are not encoded as the transfer syntax says (implicit for explicit, or the
   * reverse).
   */
  readonly encodingDiffers: boolean;
  readonly #fields: ReadonlyMap<Keyword, Field>;
  readonly #where: string;

  constructor(
    bytes: Buffer,
    fields: ReadonlyMap<Keyword, Field>,
    pixels: PixelElement | undefined,
    transferSyntax: string,
    where: string,
    encodingDiffers: boolean,
  ) {
    this.encodingDiffers = encodingDiffers;
    this.bytes = bytes;
    this.pixels = pixels;
    this.transferSyntax = transferSyntax;
    this.bigEndian = transferSyntax === "1.2.840.10008.1.2.2";
    this.#fields = fields;
    this.#where = where;
  }

  has(keyword: Keyword): boolean {
    return this.#fields.has(keyword);
  }

  /** Text without padding; undefined when absent or empty. */
  text(keyword: Keyword): string | undefined {
    const field = this.#fields.get(keyword);
    if (field === undefined) return undefined;
    const text = fieldText(this.bytes, field).trimStart();
    return text === "" ? undefined : text;
  }

  /** Decimal or integer strings (VR DS, IS), backslash-separated; undefined when absent or empty. */
  numbers(keyword: Keyword): readonly number[] | undefined {
    const text = this.text(keyword);
    if (text === undefined) return undefined;
    return text.split("\\").map((part) => {
      // The value itself is never shown: a wrong element could hold anything.
      if (!/^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/.test(part))
        throw this.problem(`${keyword} is not a decimal number`, keyword);
      return Number(part);
    });
  }

  /** One unsigned 16-bit number; undefined when absent or empty. */
  uint16(keyword: Keyword): number | undefined {
    const field = this.#fields.get(keyword);
    if (field === undefined || field.length === 0) return undefined;
    if (field.length !== 2 || (field.vr !== undefined && !binaryVrs.has(field.vr)))
      throw this.problem(`${keyword} is not one 16-bit number (${field.length} bytes)`, keyword);
    return this.bigEndian ? this.bytes.readUInt16BE(field.offset) : this.bytes.readUInt16LE(field.offset);
  }

  /** The same, required. */
  needUint16(keyword: Keyword): number {
    const value = this.uint16(keyword);
    if (value === undefined) throw this.problem(`${keyword} is missing`, keyword);
    return value;
  }

  problem(
    what: string,
    keyword: Keyword | "PixelData",
    code:
      | "DATA_DICOM_PARSE"
      | "DATA_PIXEL_CALIBRATION"
      | "DATA_GEOMETRY"
      | "DATA_UNSUPPORTED" = "DATA_DICOM_PARSE",
  ): TomoeError {
    return dicomError(code, `${this.#where}: ${what}`, { element: keyword });
  }

  get where(): string {
    return this.#where;
  }
}

/** Text of a value without its padding. */
export function fieldText(bytes: Buffer, field: Field): string {
  return bytes.toString("latin1", field.offset, field.offset + field.length).replace(/[\s\0]+$/, "");
}
