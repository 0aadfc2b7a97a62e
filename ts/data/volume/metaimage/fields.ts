import { TomoeError } from "../../../errors.ts";
import { trimmed, wordsOf } from "../raw/blanks.ts";
import { headerError, headerLimitBytes, numbersIn } from "../raw/header.ts";

/** Keys that are looked at; the others, and every value that is not a number or a known word, are never shown. */
export const knownKeys = [
  "ObjectType",
  "ObjectSubType",
  "NDims",
  "DimSize",
  "BinaryData",
  "BinaryDataByteOrderMSB",
  "ElementByteOrderMSB",
  "CompressedData",
  "CompressedDataSize",
  "TransformMatrix",
  "Rotation",
  "Orientation",
  "Offset",
  "Position",
  "Origin",
  "DistanceUnits",
  "AnatomicalOrientation",
  "ElementSpacing",
  "ElementSize",
  "HeaderSize",
  "HeaderSizePerSlice",
  "Modality",
  "ElementNumberOfChannels",
  "ElementMax",
  "ElementMin",
  "ElementNBits",
  "ElementType",
  "ElementToIntensityFunctionSlope",
  "ElementToIntensityFunctionOffset",
  "ElementDataFile",
] as const;
export type Key = (typeof knownKeys)[number];

const isKnown = (key: string): key is Key => knownKeys.some((known) => known === key);
const beginning = /^([A-Za-z][\w.]*)[ \t-\r]*[=:]/;

/** The lines of a header, one character a byte (latin1). */
export interface MetaImageFields {
  readonly values: ReadonlyMap<Key, string>;
  /** Bytes up to the end of the ElementDataFile line. */
  readonly bytes: number;
  /** The lines behind it, which are names where it says LIST. */
  readonly after: readonly string[];
}

/** True for a file that begins like a MetaImage header: lines of a key and a value, NDims or ObjectType among the first. */
export function looksLikeMetaImage(head: Buffer): boolean {
  const lines = head.toString("latin1", 0, 4096).split("\n", 64);
  const keys: string[] = [];
  for (const text of lines.map(trimmed)) {
    if (text === "") continue;
    const key = beginning.exec(text)?.[1];
    if (key === undefined) break;
    keys.push(key);
    if (key === "ElementDataFile") break;
  }
  return keys.includes("NDims") && keys.some((key) => isKnown(key) && key !== "NDims");
}

/**
 * Reads the lines of a header up to ElementDataFile, which ends it.
 *
 * @param head - the beginning of the file.
 * @param whole - true when that is all of it.
 * @throws TomoeError `DATA_HEADER` for a line that is no field or a known key that stands twice; `DATA_TRUNCATED`
 * for a header without an end.
 */
export function readFields(head: Buffer, whole: boolean): MetaImageFields {
  const values = new Map<Key, string>();
  let at = 0;
  for (let number = 1; at < head.length; number++) {
    const end = head.indexOf(10, at);
    const next = end < 0 ? head.length : end + 1;
    const text = trimmed(head.toString("latin1", at, next));
    at = next;
    if (text === "") continue;
    const [begun = "", key = ""] = beginning.exec(text) ?? [];
    const value = trimmed(text.slice(begun.length));
    if (key === "" || value.includes("\r"))
      throw headerError(`line ${number} of the MetaImage header is no "Key = Value"`);
    if (!isKnown(key)) continue;
    if (values.has(key)) throw headerError(`${key} stands twice in the MetaImage header`);
    values.set(key, value);
    if (key !== "ElementDataFile") continue;
    if (end < 0 && !whole) break;
    return { values, bytes: at, after: wordsOf(value)[0] === "LIST" ? linesFrom(head, at, whole) : [] };
  }
  if (!whole) throw headerError(`the MetaImage header does not end within ${headerLimitBytes} bytes`);
  throw new TomoeError("DATA_TRUNCATED", "the MetaImage header ends before its ElementDataFile line", {
    hint: "Copy or download the file again.",
  });
}

function linesFrom(head: Buffer, at: number, whole: boolean): readonly string[] {
  if (!whole) throw headerError(`the list of voxel files does not end within ${headerLimitBytes} bytes`);
  return head
    .toString("latin1", at)
    .split("\n")
    .map(trimmed)
    .filter((text) => text !== "");
}

/** True or False of a field; undefined where it is absent. */
export function flag(fields: MetaImageFields, key: Key): boolean | undefined {
  const value = fields.values.get(key);
  if (value === undefined) return undefined;
  if (/^(true|t|1)$/i.test(value)) return true;
  if (/^(false|f|0)$/i.test(value)) return false;
  throw headerError(`${key} is neither True nor False`);
}

/**
 * The numbers of a field that goes by several keys; undefined where none of them is there.
 *
 * @throws TomoeError `DATA_HEADER` when two of them differ, since nothing says which is right.
 */
export function oneOf(
  fields: MetaImageFields,
  keys: readonly Key[],
  count: number,
): readonly number[] | undefined {
  let first: { readonly key: Key; readonly numbers: readonly number[] } | undefined;
  for (const key of keys) {
    const text = fields.values.get(key);
    if (text === undefined) continue;
    const numbers = numbersIn(key, text, count);
    if (first === undefined) first = { key, numbers };
    else if (numbers.some((value, at) => value !== first?.numbers[at]))
      throw headerError(`${first.key} and ${key} mean the same and differ`);
  }
  return first?.numbers;
}
