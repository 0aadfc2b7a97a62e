import { endianness } from "node:os";
import { type JsonValue, TomoeError } from "../../../errors.ts";
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
/** JPEG 2000, lossless only and lossy allowed. */
const jpeg2000Syntaxes = new Set(["1.2.840.10008.1.2.4.90", "1.2.840.10008.1.2.4.91"]);
const names: ReadonlyMap<string, string> = new Map([
  ["1.2.840.10008.1.2.5", "RLE"],
  ["1.2.840.10008.1.2.4.50", "JPEG baseline, 8 bit"],
  ["1.2.840.10008.1.2.4.51", "JPEG extended, 12 bit"],
  ["1.2.840.10008.1.2.4.53", "JPEG spectral selection, 12 bit"],
  ["1.2.840.10008.1.2.4.55", "JPEG full progression, 12 bit"],
  ["1.2.840.10008.1.2.4.57", "JPEG lossless"],
  ["1.2.840.10008.1.2.4.70", "JPEG lossless, first order"],
  ["1.2.840.10008.1.2.4.80", "JPEG-LS lossless"],
  ["1.2.840.10008.1.2.4.81", "JPEG-LS near lossless"],
  ["1.2.840.10008.1.2.4.201", "HTJ2K lossless"],
  ["1.2.840.10008.1.2.4.202", "HTJ2K lossless RPCL"],
  ["1.2.840.10008.1.2.4.203", "HTJ2K"],
]);

/** How the pixels of a transfer syntax are coded. */
export type PixelCoding = "native" | "jpeg2000";

/**
 * Says how to decode a transfer syntax.
 *
 * @throws TomoeError `DATA_TRANSFER_SYNTAX_UNSUPPORTED` naming its UID.
 */
export function pixelCoding(transferSyntax: string, where: string): PixelCoding {
  if (nativeSyntaxes.has(transferSyntax)) return "native";
  if (jpeg2000Syntaxes.has(transferSyntax)) return "jpeg2000";
  // Only UIDs under the DICOM root are shown: anything else could be any text.
  const shown = /^1\.2\.840\.10008\.[0-9.]{1,40}$/.test(transferSyntax) ? transferSyntax : "a private one";
  const name = names.get(transferSyntax);
  throw new TomoeError(
    "DATA_TRANSFER_SYNTAX_UNSUPPORTED",
    `${where}: transfer syntax ${shown}${name === undefined ? "" : ` (${name})`} is not decoded`,
    {
      hint: "Decompress it first, e.g. `dcmdjpeg`, `dcmdjpls`, `dcmdrle` or `gdcmconv --raw`; read are uncompressed and JPEG 2000 (1.2.840.10008.1.2.4.90, .91).",
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

/**
 * The compressed bytes of a single-frame file: its fragments joined.
 *
 * @throws TomoeError `DATA_TRUNCATED`, `DATA_DICOM_PARSE`.
 * @see DICOM PS3.5 A.4 (encapsulated pixel data)
 */
export function encapsulatedFrame(elements: DicomElements): Buffer {
  const { pixels, bytes, where } = elements;
  if (pixels === undefined) throw elements.problem("the pixels are missing", "PixelData");
  if (pixels.length !== 0xffffffff)
    throw elements.problem("compressed pixels that are not encapsulated", "PixelData");
  const fragments: Buffer[] = [];
  let at = pixels.offset;
  for (let item = 0; ; item++) {
    if (at + 8 > bytes.length) throw cutShort(where, item);
    const tag = bytes.readUInt32LE(at);
    const length = bytes.readUInt32LE(at + 4);
    at += 8;
    // FFFE,E0DD ends the sequence; FFFE,E000 starts an item, the first of which is the offset table.
    if (tag === 0xe0ddfffe) break;
    if (tag !== 0xe000fffe)
      throw elements.problem(`fragment ${item} does not start with an item tag`, "PixelData");
    if (at + length > bytes.length) throw cutShort(where, item);
    if (item > 0) fragments.push(bytes.subarray(at, at + length));
    at += length;
  }
  if (fragments.length === 0) throw elements.problem("the pixels hold no fragment", "PixelData");
  return Buffer.concat(fragments);
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

function cutShort(where: string, fragment: number): TomoeError {
  const details: { readonly [key: string]: JsonValue } = { fragment };
  return dicomError(
    "DATA_TRUNCATED",
    `${where}: the compressed pixels end inside fragment ${fragment}`,
    details,
  );
}
