import { inflateRawSync } from "node:zlib";
import type { TomoeError } from "../../../errors.ts";
import {
  DicomElements,
  type Field,
  fieldText,
  isNeeded,
  type Keyword,
  keywordOf,
  type PixelElement,
} from "./elements.ts";
import { type Belonging, belongingOf, comparable } from "./encoding/allowed.ts";
import { type DataSetStart, findStart } from "./encoding/start.ts";
import { type Encoding, elementAt, elementEnd } from "./encoding/step.ts";
import { dicomError } from "./problem.ts";

const pixelTag = 0x7fe00010;
/** SOP class of a DICOMDIR. */
export const directoryStorage = "1.2.840.10008.1.3.10";
const inflateLimitBytes = 64 * 1024 * 1024;
const deflatedSyntax = "1.2.840.10008.1.2.1.99";
const syntaxOf: Readonly<Record<Encoding, string>> = {
  implicit: "1.2.840.10008.1.2",
  explicit: "1.2.840.10008.1.2.1",
  big: "1.2.840.10008.1.2.2",
};

/**
 * Scans the elements of a DICOM file up to its pixels; keeps those of the allow-list.
 *
 * A file without mark or meta header is scanned as what its first elements are; `elements.marked` tells.
 * @param bytes - the file, or its beginning.
 * @param whole - false when `bytes` is only the beginning.
 * @param where - names the file in messages without its name, which may hold identity.
 * @returns undefined when the beginning ends before the pixels are reached.
 * @throws TomoeError `DATA_DICOM_PARSE`, `DATA_TRUNCATED`, `DATA_DECOMPRESS_LIMIT`.
 */
export function scanElements(bytes: Buffer, whole: boolean, where: string): DicomElements | undefined {
  const start = findStart(bytes);
  if (start === undefined)
    throw dicomError("DATA_DICOM_PARSE", `${where}: no DICM mark after the preamble`, {});
  if (!start.meta) return collect(bytes, start, syntaxOf[start.encoding], new Map(), where, whole);
  const meta = walk(bytes, start.at, start.encoding, true, where, whole);
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
    return new DicomElements({
      bytes,
      fields: meta.fields,
      pixels: undefined,
      transferSyntax,
      where,
      encodingDiffers: false,
      marked: start.marked,
      repeated: new Set(),
      encoding: start.encoding,
    });
  const from = { ...start, at: meta.end };
  if (transferSyntax !== deflatedSyntax)
    return collect(bytes, from, transferSyntax, meta.fields, where, whole);
  if (!whole) return undefined;
  const inflated = Buffer.concat([bytes.subarray(0, meta.end), inflate(bytes.subarray(meta.end), where)]);
  return collect(inflated, from, transferSyntax, meta.fields, where, true);
}

function collect(
  bytes: Buffer,
  start: DataSetStart,
  transferSyntax: string,
  meta: ReadonlyMap<Keyword, Field>,
  where: string,
  whole: boolean,
): DicomElements | undefined {
  const { at } = start;
  const stated =
    transferSyntax === syntaxOf.implicit ? "implicit" : transferSyntax === syntaxOf.big ? "big" : "explicit";
  // Some writers compress the pixels, state an explicit syntax, and leave the elements implicit, or the other
  // way round; the first VR shows it.
  const named = bytes.length >= at + 6 && /^[A-Z]{2}$/.test(bytes.toString("latin1", at + 4, at + 6));
  const encoding =
    stated === "big" ? "big" : bytes.length < at + 6 ? stated : named ? "explicit" : "implicit";
  const data = walk(bytes, at, encoding, false, where, whole);
  if (data === undefined) return undefined;
  return new DicomElements({
    bytes,
    fields: new Map([...meta, ...data.fields]),
    pixels: data.pixels,
    transferSyntax,
    where,
    encodingDiffers: encoding !== stated,
    marked: start.marked,
    repeated: data.repeated,
    belonging: data.belonging,
    encoding,
  });
}

interface Walked {
  readonly fields: Map<Keyword, Field>;
  readonly repeated: ReadonlySet<Keyword>;
  readonly belonging: ReadonlyMap<Belonging, string>;
  readonly pixels: PixelElement | undefined;
  readonly end: number;
}

/** Steps over top-level elements, up to the pixels or, in the meta header, to the end of its group. */
function walk(
  bytes: Buffer,
  from: number,
  encoding: Encoding,
  isMeta: boolean,
  where: string,
  whole: boolean,
): Walked | undefined {
  const fields = new Map<Keyword, Field>();
  const repeated = new Set<Keyword>();
  const belonging = new Map<Belonging, string>();
  let at = from;
  while (at < bytes.length) {
    const element = elementAt(bytes, at, encoding);
    if (isMeta && bytes.length - at >= 2 && bytes.readUInt16LE(at) !== 2)
      return { fields, repeated, belonging, pixels: undefined, end: at };
    if (element?.tag === pixelTag)
      return {
        fields,
        repeated,
        belonging,
        pixels: { offset: element.offset, length: element.length },
        end: at,
      };
    const end = element === undefined ? undefined : elementEnd(bytes, element, encoding);
    if (element === undefined || end === undefined) {
      if (!whole) return undefined;
      throw endless(where, at);
    }
    at = end;
    const belongs = belongingOf.get(element.tag);
    if (belongs !== undefined) {
      const text = fieldText(bytes, element).trimStart();
      if (text !== "") belonging.set(belongs, comparable(text));
      continue;
    }
    const keyword = keywordOf.get(element.tag);
    if (keyword === undefined) continue;
    if (fields.has(keyword) && isNeeded(keyword))
      throw dicomError("DATA_DICOM_PARSE", `${where}: ${keyword} occurs twice`, { element: keyword });
    if (fields.has(keyword)) repeated.add(keyword);
    else fields.set(keyword, { vr: element.vr, offset: element.offset, length: element.length });
  }
  return whole ? { fields, repeated, belonging, pixels: undefined, end: at } : undefined;
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
