import { inflateRawSync } from "node:zlib";
import dicomParser from "dicom-parser";
import type { TomoeError } from "../../../errors.ts";
import {
  DicomElements,
  type Field,
  fieldText,
  type Keyword,
  keywordOf,
  type PixelElement,
} from "./elements.ts";
import { dicomError } from "./problem.ts";

const pixelTag = "x7fe00010";
/** SOP class of a DICOMDIR. */
export const directoryStorage = "1.2.840.10008.1.3.10";
const inflateLimitBytes = 64 * 1024 * 1024;

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
