import { isTomoeError, type TomoeError } from "../../../errors.ts";
import type { Encoding } from "./encoding/step.ts";
import { type Field, type Found, fieldText, type PixelElement } from "./fields.ts";
import { dicomError } from "./problem.ts";

export { type Field, fieldText, type PixelElement } from "./fields.ts";

/**
 * Elements that decide the grid, the HU, or whether the file is a slice at all: a malformed value in one of them is a
 * refusal.
 */
const needed = {
  MediaStorageSOPClassUID: 0x00020002,
  TransferSyntaxUID: 0x00020010,
  SOPClassUID: 0x00080016,
  Modality: 0x00080060,
  ImagePositionPatient: 0x00200032,
  ImageOrientationPatient: 0x00200037,
  SamplesPerPixel: 0x00280002,
  PhotometricInterpretation: 0x00280004,
  NumberOfFrames: 0x00280008,
  Rows: 0x00280010,
  Columns: 0x00280011,
  PixelSpacing: 0x00280030,
  BitsAllocated: 0x00280100,
  BitsStored: 0x00280101,
  HighBit: 0x00280102,
  PixelRepresentation: 0x00280103,
  RescaleIntercept: 0x00281052,
  RescaleSlope: 0x00281053,
  ModalityLUTSequence: 0x00283000,
  SharedFunctionalGroups: 0x52009229,
  PerFrameFunctionalGroups: 0x52009230,
  ExtendedOffsetTable: 0x7fe00001,
  FloatPixelData: 0x7fe00008,
  DoubleFloatPixelData: 0x7fe00009,
} as const;
/**
 * Elements that are compared from slice to slice or with the geometry; malformed, they count as absent. Texts,
 * ids and times among them are only ever compared, texts and ids as digests.
 */
const compared = {
  ImageType: 0x00080008,
  AcquisitionUID: 0x00080017,
  MediaStorageSOPInstanceUID: 0x00020003,
  SOPInstanceUID: 0x00080018,
  AcquisitionDate: 0x00080022,
  AcquisitionDateTime: 0x0008002a,
  AcquisitionTime: 0x00080032,
  SeriesDescription: 0x0008103e,
  ManufacturerModelName: 0x00081090,
  IrradiationEventUID: 0x00083010,
  ContrastBolusAgent: 0x00180010,
  ScanOptions: 0x00180022,
  SliceThickness: 0x00180050,
  KVP: 0x00180060,
  SpacingBetweenSlices: 0x00180088,
  DataCollectionDiameter: 0x00180090,
  ProtocolName: 0x00181030,
  ContrastBolusStartTime: 0x00181042,
  TriggerTime: 0x00181060,
  ReconstructionDiameter: 0x00181100,
  GantryDetectorTilt: 0x00181120,
  ExposureTime: 0x00181150,
  XRayTubeCurrent: 0x00181151,
  Exposure: 0x00181152,
  FilterType: 0x00181160,
  GeneratorPower: 0x00181170,
  FocalSpots: 0x00181190,
  ConvolutionKernel: 0x00181210,
  PatientPosition: 0x00185100,
  NominalScannedPixelSpacing: 0x00182010,
  RevolutionTime: 0x00189305,
  SpiralPitchFactor: 0x00189311,
  ReconstructionAlgorithm: 0x00189315,
  ExposureInMas: 0x00189332,
  CTDIvol: 0x00189345,
  MultienergyAcquisition: 0x00189361,
  StudyInstanceUID: 0x0020000d,
  SeriesInstanceUID: 0x0020000e,
  PatientOrientation: 0x00200020,
  SeriesNumber: 0x00200011,
  AcquisitionNumber: 0x00200012,
  InstanceNumber: 0x00200013,
  FrameOfReferenceUID: 0x00200052,
  TemporalPositionIdentifier: 0x00200100,
  ImagesInAcquisition: 0x00201002,
  SliceLocation: 0x00201041,
  StackID: 0x00209056,
  InStackPositionNumber: 0x00209057,
  TemporalPositionIndex: 0x00209128,
  FrameAcquisitionNumber: 0x00209156,
  CardiacTriggerDelay: 0x00209153,
  InConcatenationTotalNumber: 0x00209163,
  CardiacPhase: 0x00209241,
  PixelAspectRatio: 0x00280034,
  SmallestImagePixelValue: 0x00280106,
  LargestImagePixelValue: 0x00280107,
  PixelPaddingValue: 0x00280120,
  PixelPaddingRangeLimit: 0x00280121,
  BurnedInAnnotation: 0x00280301,
  RescaleType: 0x00281054,
  LossyImageCompression: 0x00282110,
  LossyImageCompressionRatio: 0x00282112,
  Units: 0x00541001,
  OverlayRows: 0x60000010,
} as const;

/** The only elements ever looked at: no names, patient ids, dates of birth, comments or private elements. */
const allowed = { ...needed, ...compared };

/** Keyword of an element that is read. */
export type Keyword = keyof typeof allowed;

/** Keyword of an allow-listed tag 0xggggeeee. */
export const keywordOf: ReadonlyMap<number, Keyword> = new Map(
  Object.entries(allowed).map(([keyword, tag]) => [tag, keyword as Keyword]),
);

/** True for an element whose value decides the grid or the HU. */
export function isNeeded(keyword: Keyword): boolean {
  return Object.hasOwn(needed, keyword);
}

const groups: ReadonlySet<Keyword> = new Set(["SharedFunctionalGroups", "PerFrameFunctionalGroups"]);
/** VRs in which an element of the allow-list that holds binary numbers may stand. */
const binaryVrs = new Set(["US", "SS", "UN"]);
/** VRs that hold no text, whatever the bytes look like. */
const numericVrs = new Set("AT FD FL OB OD OF OL OV OW SL SQ SS SV UL US UV".split(" "));

/**
 * The allow-listed elements of one file, read on demand; every getter raises `DATA_DICOM_PARSE` for a value
 * that is not what the standard allows.
 */
export class DicomElements {
  readonly bytes: Buffer;
  /** Where in the file the pixels lie. */
  readonly pixels: PixelElement | undefined;
  readonly bigEndian: boolean;
  readonly transferSyntax: string;
  readonly encodingDiffers: boolean;
  readonly marked: boolean;
  readonly encoding: Encoding;
  readonly frame: number | undefined;
  readonly overruled: readonly Keyword[];
  readonly fields: ReadonlyMap<Keyword, Field>;
  readonly #where: string;
  readonly #malformed: Set<Keyword>;

  constructor(found: Found<Keyword>) {
    this.encodingDiffers = found.encodingDiffers;
    this.marked = found.marked;
    this.bytes = found.bytes;
    this.pixels = found.pixels;
    this.transferSyntax = found.transferSyntax;
    this.bigEndian = found.transferSyntax === "1.2.840.10008.1.2.2";
    this.encoding = found.encoding;
    this.frame = found.frame;
    this.overruled = found.overruled ?? [];
    this.fields = found.fields;
    this.#where = found.where;
    this.#malformed = new Set(found.repeated);
  }

  /** The same elements, with the bytes of their values alone: the rest of what was read of the file is let go. */
  kept(): DicomElements {
    const parts: Buffer[] = [];
    const fields = new Map<Keyword, Field>();
    let offset = 0;
    for (const [keyword, field] of this.fields) {
      // Groups are taken apart before this; that they stand there is all that is kept of them.
      const length = groups.has(keyword) ? 0 : field.length;
      const value = this.bytes.subarray(field.offset, field.offset + length);
      fields.set(keyword, { ...field, offset, length });
      parts.push(value);
      offset += value.length;
    }
    const { pixels, transferSyntax, encodingDiffers, marked, encoding, frame, overruled } = this;
    return new DicomElements({
      // In memory of its own: small buffers share a page with others.
      bytes: Buffer.from(Uint8Array.from(Buffer.concat(parts)).buffer),
      fields,
      pixels,
      transferSyntax,
      where: this.#where,
      encodingDiffers,
      marked,
      repeated: new Set(this.#malformed),
      encoding,
      overruled,
      ...(frame === undefined ? {} : { frame }),
    });
  }

  /** Elements whose value is not what the standard allows, and which count as absent. */
  get malformed(): ReadonlySet<Keyword> {
    return this.#malformed;
  }

  /** What `read` gives; undefined, and noted in `malformed`, where the value of this compared element is malformed. */
  lenient<T>(keyword: Keyword, read: (elements: DicomElements) => T): T | undefined {
    if (this.#malformed.has(keyword)) return undefined;
    try {
      return read(this);
    } catch (error) {
      if (!isTomoeError(error)) throw error;
      this.#malformed.add(keyword);
      return undefined;
    }
  }

  has(keyword: Keyword): boolean {
    return this.fields.has(keyword);
  }

  /** Text without padding; undefined when absent or empty. */
  text(keyword: Keyword): string | undefined {
    const field = this.fields.get(keyword);
    if (field === undefined) return undefined;
    if (field.vr !== undefined && numericVrs.has(field.vr))
      throw this.problem(`${keyword} is text, and its VR ${field.vr} is of numbers`, keyword);
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
        throw this.problem(`${keyword} is not a decimal number${commaHint(part)}`, keyword);
      return Number(part);
    });
  }

  /** One unsigned 16-bit number; undefined when absent or empty. */
  uint16(keyword: Keyword): number | undefined {
    const field = this.fields.get(keyword);
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

  /** The first binary number of a wider VR: FD or FL, or UL; undefined when absent or empty. */
  binary(keyword: Keyword, as: "double" | "uint32"): number | undefined {
    const field = this.fields.get(keyword);
    if (field === undefined || field.length === 0) return undefined;
    const [vr, width] = as === "uint32" ? ["UL", 4] : field.length === 4 ? ["FL", 4] : ["FD", 8];
    if (field.length < width || ![undefined, "UN", vr].includes(field.vr))
      throw this.problem(`${keyword} is not a number of ${width} bytes (${field.length} bytes)`, keyword);
    const { bytes, bigEndian } = this;
    if (vr === "FL") return bigEndian ? bytes.readFloatBE(field.offset) : bytes.readFloatLE(field.offset);
    if (as === "double")
      return bigEndian ? bytes.readDoubleBE(field.offset) : bytes.readDoubleLE(field.offset);
    return bigEndian ? bytes.readUInt32BE(field.offset) : bytes.readUInt32LE(field.offset);
  }

  /** Unsigned numbers of 64 bits (VR OV); undefined when absent or empty. */
  uint64s(keyword: Keyword): readonly number[] | undefined {
    const field = this.fields.get(keyword);
    if (field === undefined || field.length === 0) return undefined;
    if (field.length % 8 !== 0)
      throw this.problem(`${keyword} holds ${field.length} bytes, no whole numbers`, keyword);
    return Array.from({ length: field.length / 8 }, (_, index) =>
      Number(this.bytes.readBigUInt64LE(field.offset + 8 * index)),
    );
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

function commaHint(part: string): string {
  return /^\s*[+-]?\d+,\d+\s*$/.test(part) ? ": it is written with a decimal comma" : "";
}
