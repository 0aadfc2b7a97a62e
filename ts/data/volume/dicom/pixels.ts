import { endianness } from "node:os";
import { TomoeError } from "../../../errors.ts";
import { keepBits } from "../raw/pairs.ts";
import type { PixelDecoder } from "./codecs/port.ts";
import { decoderOf } from "./codecs/table.ts";
import type { DicomElements } from "./elements.ts";
import { dicomError } from "./problem.ts";
import type { PixelFormat } from "./slice.ts";

/** Transfer syntaxes whose pixels are stored as they are. */
const nativeSyntaxes = new Set([
  "1.2.840.10008.1.2",
  "1.2.840.10008.1.2.1",
  "1.2.840.10008.1.2.2",
  "1.2.840.10008.1.2.1.99",
]);
/** Names of transfer syntaxes that nothing here decodes, by the end of their UID. */
const undecoded: ReadonlyMap<string, string> = new Map([
  ...["52", "54", "56", "58", "59", "60", "61", "62", "63", "64", "65", "66"].map((end): [string, string] => [
    end,
    "a retired JPEG process, arithmetic or hierarchical",
  ]),
  ["92", "JPEG 2000 Part 2"],
  ["93", "JPEG 2000 Part 2"],
  ["94", "JPIP, pixels on a server"],
  ["95", "JPIP, pixels on a server"],
  ...["100", "101", "102", "103", "104", "105", "106", "107", "108"].map((end): [string, string] => [
    end,
    "MPEG video",
  ]),
  ...["110", "111", "112"].map((end): [string, string] => [end, "JPEG XL"]),
  ["204", "JPIP HTJ2K, pixels on a server"],
  ["205", "JPIP HTJ2K, pixels on a server"],
]);
const jpegRoot = "1.2.840.10008.1.2.4.";

/**
 * Says how to decode a transfer syntax: its pixels are stored as they are, or one of the codecs reads them.
 *
 * @throws TomoeError `DATA_TRANSFER_SYNTAX_UNSUPPORTED` naming its UID.
 */
export function pixelCoding(transferSyntax: string, where: string): "native" | PixelDecoder {
  if (nativeSyntaxes.has(transferSyntax)) return "native";
  const decoder = decoderOf(transferSyntax);
  if (decoder !== undefined) return decoder;
  // Only UIDs under the DICOM root are shown: anything else could be any text.
  const shown = /^1\.2\.840\.10008\.[0-9.]{1,40}$/.test(transferSyntax) ? transferSyntax : "a private one";
  const name = shown.startsWith(jpegRoot) ? undecoded.get(shown.slice(jpegRoot.length)) : undefined;
  throw new TomoeError(
    "DATA_TRANSFER_SYNTAX_UNSUPPORTED",
    `${where}: transfer syntax ${shown}${name === undefined ? "" : ` (${name})`} is not decoded`,
    {
      hint: "Decompress it first, e.g. `dcmdjpeg` or `gdcmconv --raw`; read are uncompressed, RLE, JPEG (50, 51, 53, 55, 57, 70), JPEG-LS (80, 81), JPEG 2000 (90, 91) and HTJ2K (201 to 203).",
      details: { transferSyntax: shown },
    },
  );
}

/**
 * Writes the uncompressed pixels of one slice into `out`, sign-extended from its stored bits.
 *
 * @param out - receives rows x columns stored values from index `at`.
 * @returns how many pixels hold something above their stored bits that is neither their sign nor a declared overlay;
 * it is cut off.
 * @throws TomoeError `DATA_TRUNCATED`, `DATA_DICOM_PARSE` (also for more pixels than the header tells of, and for
 * signed numbers of more bits), `DATA_UNSUPPORTED`.
 */
export function decodeNative(
  elements: DicomElements,
  format: PixelFormat,
  out: Int16Array | Uint16Array | Int32Array,
  at: number,
): number {
  const { pixels, bytes, bigEndian, where } = elements;
  if (pixels === undefined) throw elements.problem("the pixels are missing", "PixelData");
  if (pixels.length === 0xffffffff)
    throw elements.problem("encapsulated pixels in an uncompressed transfer syntax", "PixelData");
  const count = format.rows * format.columns;
  const need = count * (format.bitsAllocated / 8);
  if (pixels.length < need || pixels.offset + pixels.length > bytes.length) {
    const have = Math.min(pixels.length, Math.max(0, bytes.length - pixels.offset));
    throw truncated(where, have, need, format);
  }
  // One byte may pad an odd length (PS3.5 8.1.1, A.4); anything more is pixels that the header does not tell of.
  if (pixels.length > need + (need % 2)) throw tooMuch(elements, pixels.length, need, format);
  if (format.bitsAllocated === 8 && bigEndian)
    throw elements.problem("8-bit pixels in big endian words", "BitsAllocated", "DATA_UNSUPPORTED");
  const raw = bytes.subarray(pixels.offset, pixels.offset + need);
  const numbers = format.bitsAllocated === 8 ? raw : wordsOf(raw, bigEndian);
  const isCut = maskInto(numbers, format, out, at);
  return isCut && !elements.has("OverlayRows") ? bitsCut(elements, numbers, format) : 0;
}

/** The 16-bit numbers that bytes hold, in the machine's own order; a copy only where order or place does not fit. */
function wordsOf(raw: Buffer, bigEndian: boolean): Uint16Array {
  const swapped = bigEndian === (endianness() === "LE");
  const fits = !swapped && raw.byteOffset % 2 === 0;
  const bytes = fits ? raw : Buffer.from(Uint8Array.from(raw).buffer);
  if (swapped) bytes.swap16();
  return new Uint16Array(bytes.buffer, bytes.byteOffset, raw.length / 2);
}

/**
 * Writes what the stored bits of each number stand for; what lies above them (overlays, for one) is cut off.
 *
 * @returns true where that is more than zeros, or the sign once more.
 */
function maskInto(
  raw: Uint8Array | Uint16Array,
  { bitsStored, bitsAllocated, signed }: PixelFormat,
  out: Int16Array | Uint16Array | Int32Array,
  at: number,
): boolean {
  const unused = 32 - bitsStored;
  const mask = 2 ** bitsStored - 1;
  // Words without a sign, or with all of their bits: the normal case, and copied rather than computed.
  if (bitsAllocated === 16 && is16Bit(out) && (!signed || bitsStored === 16)) {
    const words = out.subarray(at, at + raw.length);
    words.set(raw);
    return bitsStored < 16 && (keepBits(words, mask) & ~mask) !== 0;
  }
  let any = 0;
  let other = 0;
  if (signed)
    for (let i = 0; i < raw.length; i++) {
      const number = raw[i] ?? 0;
      const value = (number << unused) >> unused;
      any |= number;
      other |= number ^ value;
      out[at + i] = value;
    }
  else
    for (let i = 0; i < raw.length; i++) {
      const number = raw[i] ?? 0;
      any |= number;
      out[at + i] = number & mask;
    }
  const width = 2 ** bitsAllocated - 1;
  return (any & ~mask) !== 0 && (!signed || (other & width) !== 0);
}

function is16Bit(out: Int16Array | Uint16Array | Int32Array): out is Int16Array | Uint16Array {
  return out.BYTES_PER_ELEMENT === 2;
}

/** Refuses signed numbers that plainly have more bits than BitsStored says; counts the pixels of which bits were cut. */
function bitsCut(
  elements: DicomElements,
  raw: Uint8Array | Uint16Array,
  { bitsStored, bitsAllocated, signed }: PixelFormat,
): number {
  let [low, high, cut] = [0, 0, 0];
  for (const number of raw) {
    const value = (number << (32 - bitsAllocated)) >> (32 - bitsAllocated);
    low = Math.min(low, value);
    high = Math.max(high, value);
    const stored = signed
      ? (number << (32 - bitsStored)) >> (32 - bitsStored)
      : number & (2 ** bitsStored - 1);
    if (stored !== (signed ? value : number)) cut++;
  }
  // Signs that reach the top bit, and room below it: numbers, and no marks in single bits.
  const half = 2 ** (bitsAllocated - 2);
  if (signed && low < 0 && low >= -half && high < half)
    throw elements.problem(
      `BitsStored is ${bitsStored}, and ${cut} pixels hold numbers from ${low} to ${high}, which need more bits`,
      "BitsStored",
    );
  return cut;
}

function truncated(where: string, have: number, need: number, format: PixelFormat): TomoeError {
  return dicomError(
    "DATA_TRUNCATED",
    `${where}: ${have} bytes of pixels where ${format.columns} x ${format.rows} need ${need}`,
    { haveBytes: have, needBytes: need },
  );
}

function tooMuch(elements: DicomElements, have: number, need: number, format: PixelFormat): TomoeError {
  const frames = have / need;
  return elements.problem(
    `${have} bytes of pixels where ${format.columns} x ${format.rows} need ${need}${Number.isInteger(frames) ? `: enough for ${frames} frames, and NumberOfFrames says 1` : ""}; Rows, Columns or BitsAllocated do not belong to these pixels`,
    "PixelData",
  );
}
