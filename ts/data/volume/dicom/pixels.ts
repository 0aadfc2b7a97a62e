import { endianness } from "node:os";
import { TomoeError } from "../../../errors.ts";
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
 * @throws TomoeError `DATA_TRUNCATED`, `DATA_DICOM_PARSE` (also for more pixels than the header tells of),
 * `DATA_UNSUPPORTED`.
 */
export function decodeNative(
  elements: DicomElements,
  format: PixelFormat,
  out: Int16Array | Uint16Array | Int32Array,
  at: number,
): void {
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
  if (format.bitsAllocated === 8) maskInto(raw, format, out, at);
  else maskInto(wordsOf(raw, bigEndian), format, out, at);
}

/** The 16-bit numbers that bytes hold, in the machine's own order; a copy only where order or place does not fit. */
function wordsOf(raw: Buffer, bigEndian: boolean): Uint16Array {
  const swapped = bigEndian === (endianness() === "LE");
  const fits = !swapped && raw.byteOffset % 2 === 0;
  const bytes = fits ? raw : Buffer.from(Uint8Array.from(raw).buffer);
  if (swapped) bytes.swap16();
  return new Uint16Array(bytes.buffer, bytes.byteOffset, raw.length / 2);
}

/** Writes what the stored bits of each number stand for; what lies above them (overlays, for one) is cut off. */
function maskInto(
  raw: Uint8Array | Uint16Array,
  { bitsStored, signed }: PixelFormat,
  out: Int16Array | Uint16Array | Int32Array,
  at: number,
): void {
  const unused = 32 - bitsStored;
  const mask = 2 ** bitsStored - 1;
  if (signed) for (let i = 0; i < raw.length; i++) out[at + i] = ((raw[i] ?? 0) << unused) >> unused;
  else for (let i = 0; i < raw.length; i++) out[at + i] = (raw[i] ?? 0) & mask;
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
