import { inflateRawSync } from "node:zlib";
import dicomParser from "dicom-parser";
import { type JsonValue, TomoeError } from "../../../errors.ts";

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

const keywordOf: ReadonlyMap<string, Keyword> = new Map(
  Object.entries(allowed).map(([keyword, tag]) => [tag, keyword as Keyword]),
);
const pixelTag = "x7fe00010";
/** SOP class of a DICOMDIR. */
export const directoryStorage = "1.2.840.10008.1.3.10";
const inflateLimitBytes = 64 * 1024 * 1024;
/** VRs in which an element of the allow-list that holds binary numbers may stand. */
const binaryVrs = new Set(["US", "SS", "UN"]);

interface Field {
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

/** True when bytes carry the DICOM mark after the preamble. */
export function hasDicomMark(head: Uint8Array): boolean {
  return head[128] === 0x44 && head[129] === 0x49 && head[130] === 0x43 && head[131] === 0x4d;
}

/**
 * Scans the elements of a Part 10 file up to its pixels; keeps those of the allow-list.
 *
 * @param bytes - the file, or its beginning.
 * @param whole - false when `bytes` is only the beginning.
 * @param where - names the file in messages without its name, which may hold identity.
 * @returns undefined when the beginning ends before the pixels are reached.
 * @throws TomoeError `DATA_DICOM_PARSE`, `DATA_TRUNCATED`, `DATA_DECOMPRESS_LIMIT`.
 */
export function scanElements(bytes: Buffer, whole: boolean, where: string): DicomElements | undefined {
  if (!hasDicomMark(bytes))
    throw dicomError("DATA_DICOM_PARSE", `${where}: no DICM mark after the preamble`, {});
  const meta = walk(bytes, 132, "meta", where, whole);
  if (meta === undefined) return undefined;
  const syntaxField = meta.fields.get("TransferSyntaxUID");
  if (syntaxField === undefined)
    throw dicomError("DATA_DICOM_PARSE", `${where}: the file's meta information names no transfer syntax`, {
      element: "TransferSyntaxUID",
    });
  const transferSyntax = fieldText(bytes, syntaxField);
  const sopClass = meta.fields.get("MediaStorageSOPClassUID");
  // A directory only points to other files; what it holds is not looked at.
  if (sopClass !== undefined && fieldText(bytes, sopClass) === directoryStorage)
    return new DicomElements(bytes, meta.fields, undefined, transferSyntax, where, false);
  if (transferSyntax === "1.2.840.10008.1.2.1.99") {
    if (!whole) return undefined;
    const inflated = Buffer.concat([bytes.subarray(0, meta.end), inflate(bytes.subarray(meta.end), where)]);
    return collect(inflated, meta.end, transferSyntax, meta.fields, where, true);
  }
  return collect(bytes, meta.end, transferSyntax, meta.fields, where, whole);
}

function collect(
  bytes: Buffer,
  from: number,
  transferSyntax: string,
  meta: ReadonlyMap<Keyword, Field>,
  where: string,
  whole: boolean,
): DicomElements | undefined {
  const stated =
    transferSyntax === "1.2.840.10008.1.2"
      ? "implicit"
      : transferSyntax === "1.2.840.10008.1.2.2"
        ? "big"
        : "explicit";
  // Some writers compress the pixels, state an explicit syntax, and leave the elements implicit, or the other
  // way round; the first VR shows it.
  const named = bytes.length >= from + 6 && /^[A-Z]{2}$/.test(bytes.toString("latin1", from + 4, from + 6));
  const encoding =
    stated === "big" ? "big" : bytes.length < from + 6 ? stated : named ? "explicit" : "implicit";
  const data = walk(bytes, from, encoding, where, whole);
  if (data === undefined) return undefined;
  return new DicomElements(
    bytes,
    new Map([...meta, ...data.fields]),
    data.pixels,
    transferSyntax,
    where,
    encoding !== stated,
  );
}

function fieldText(bytes: Buffer, field: Field): string {
  return bytes.toString("latin1", field.offset, field.offset + field.length).replace(/[\s\0]+$/, "");
}

interface Walked {
  readonly fields: Map<Keyword, Field>;
  readonly pixels: PixelElement | undefined;
  readonly end: number;
}

/**
 * Steps over top-level elements; dicom-parser finds where each one ends, sequences and undefined lengths
 * included.
 */
function walk(
  bytes: Buffer,
  from: number,
  encoding: "meta" | "explicit" | "implicit" | "big",
  where: string,
  whole: boolean,
): Walked | undefined {
  const fields = new Map<Keyword, Field>();
  if (from >= bytes.length) return whole ? { fields, pixels: undefined, end: from } : undefined;
  const stream = new dicomParser.ByteStream(
    encoding === "big" ? dicomParser.bigEndianByteArrayParser : dicomParser.littleEndianByteArrayParser,
    bytes,
    from,
  );
  while (stream.position < bytes.length) {
    const start = stream.position;
    if (encoding === "meta" && bytes.length - start >= 2 && bytes.readUInt16LE(start) !== 2)
      return { fields, pixels: undefined, end: start };
    let element: {
      readonly tag: string;
      readonly vr?: string;
      readonly dataOffset: number;
      readonly length: number;
    };
    try {
      element =
        encoding === "implicit"
          ? dicomParser.readDicomElementImplicit(stream, pixelTag)
          : dicomParser.readDicomElementExplicit(stream, [], pixelTag);
    } catch {
      // dicom-parser throws texts and objects that may quote the file, so nothing of them is passed on.
      if (!whole) return undefined;
      throw endless(where, start);
    }
    // Trap: dicom-parser steps past the end of the bytes without a word.
    if (element.tag !== pixelTag && stream.position > bytes.length) {
      if (!whole) return undefined;
      throw endless(where, start);
    }
    if (element.tag === pixelTag)
      return { fields, pixels: { offset: element.dataOffset, length: element.length }, end: stream.position };
    const keyword = keywordOf.get(element.tag);
    if (keyword === undefined) continue;
    if (fields.has(keyword))
      throw dicomError("DATA_DICOM_PARSE", `${where}: ${keyword} occurs twice`, { element: keyword });
    fields.set(keyword, { vr: element.vr, offset: element.dataOffset, length: element.length });
  }
  return whole ? { fields, pixels: undefined, end: stream.position } : undefined;
}

function endless(where: string, byte: number): TomoeError {
  return dicomError(
    "DATA_DICOM_PARSE",
    `${where}: the element at byte ${byte} does not end inside the file`,
    { byte },
  );
}

function inflate(deflated: Buffer, where: string): Buffer {
  try {
    return inflateRawSync(deflated, { maxOutputLength: inflateLimitBytes });
  } catch (error) {
    const code = typeof error === "object" && error !== null && "code" in error ? error.code : undefined;
    if (code === "ERR_BUFFER_TOO_LARGE") {
      throw dicomError(
        "DATA_DECOMPRESS_LIMIT",
        `${where}: the deflated data set is larger than ${inflateLimitBytes} bytes`,
        { limitBytes: inflateLimitBytes },
      );
    }
    throw dicomError("DATA_TRUNCATED", `${where}: the deflated data set is damaged or cut short`, {});
  }
}

const hints: Readonly<Record<string, string>> = {
  DATA_DICOM_PARSE: "Export the series again; dcmftest or dcmdump shows what is wrong with the file.",
  DATA_TRUNCATED: "Copy or export the file again.",
  DATA_DECOMPRESS_LIMIT: "Rewrite it in an uncompressed transfer syntax.",
  DATA_PIXEL_CALIBRATION:
    "Export the series again with RescaleSlope and RescaleIntercept as the scanner wrote them.",
  DATA_GEOMETRY: "Export the original series: derived pictures often lose their geometry.",
  DATA_UNSUPPORTED: "Convert it to a plain CT series, or to .nii.gz.",
  DATA_NOT_CT: "Give the CT series itself.",
};

/** A typed error about DICOM content; `what` must hold no value of the file but checked numbers. */
export function dicomError(
  code:
    | "DATA_DICOM_PARSE"
    | "DATA_TRUNCATED"
    | "DATA_DECOMPRESS_LIMIT"
    | "DATA_PIXEL_CALIBRATION"
    | "DATA_GEOMETRY"
    | "DATA_UNSUPPORTED"
    | "DATA_NOT_CT",
  what: string,
  details: { readonly [key: string]: JsonValue },
  hint?: string,
): TomoeError {
  return new TomoeError(code, what, { hint: hint ?? hints[code] ?? "Export the series again.", details });
}
