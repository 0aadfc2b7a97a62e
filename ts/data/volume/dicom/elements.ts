import { isTomoeError, type TomoeError } from "../../../errors.ts";
import type { Belonging, Keyword } from "./encoding/allowed.ts";
import type { Encoding } from "./encoding/step.ts";
import { type Field, type Found, fieldText, type PixelElement } from "./fields.ts";
import { dicomError } from "./problem.ts";

export { isNeeded, type Keyword, keywordOf } from "./encoding/allowed.ts";
export { type Field, fieldText, type PixelElement } from "./fields.ts";

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
  /** Patient, study and scanner, as digests that mean nothing outside this process. */
  readonly belonging: ReadonlyMap<Belonging, string>;
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
    this.belonging = found.belonging ?? new Map();
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
      belonging: this.belonging,
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

  /**
   * A code (VR CS) in the capitals that the standard has it in; `isRecased` of it is true where the file has not.
   */
  code(keyword: Keyword): string | undefined {
    return this.text(keyword)?.trimEnd().toUpperCase();
  }

  /** True for a code that is not written in capitals. */
  isRecased(keyword: Keyword): boolean {
    return this.lenient(keyword, (read) => read.code(keyword) !== read.text(keyword)?.trimEnd()) ?? false;
  }

  /** Decimal or integer strings (VR DS, IS), backslash-separated; undefined when absent or empty. */
  numbers(keyword: Keyword): readonly number[] | undefined {
    const text = this.text(keyword);
    if (text === undefined) return undefined;
    return text.split("\\").map((part) => {
      // The value itself is never shown: a wrong element could hold anything.
      if (!/^\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?\s*$/.test(part))
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
