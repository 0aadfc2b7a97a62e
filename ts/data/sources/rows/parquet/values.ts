import { damaged, notRead } from "./damage.ts";
import { deltaInt32, deltaInt64, deltaLengths, deltaStrings, type Slices } from "./deltas.ts";
import { readRuns } from "./runs.ts";
import type { Leaf } from "./schema.ts";

/** A value as it is stored; an int96 is its nanoseconds since 1970. */
export type Stored = boolean | number | bigint | Uint8Array;

/** Values of one page, each made when it is asked for. */
export interface Values {
  readonly count: number;
  at(index: number): Stored;
}

const plain = 0,
  oldDictionary = 2,
  runs = 3,
  deltas = 5,
  deltaLength = 6,
  deltaText = 7,
  dictionaryOf = 8,
  split = 9;

/** What values are read with. */
export interface Reading {
  readonly leaf: Leaf;
  /** Of the chunk, where it has one. */
  readonly dictionary: Values | undefined;
  /** Bytes that the values of a page may have where their encoding does not bound them. */
  readonly maxBytes: number;
}

/**
 * Values of a page out of its unpacked bytes.
 *
 * @param encoding - its number in the format.
 * @param count - values that are there, nulls left out.
 * @throws TomoeError `DATA_MANIFEST` for bytes that end before or say what cannot be; `DATA_UNSUPPORTED` for an encoding
 * that is not known.
 * @see https://parquet.apache.org/docs/file-format/data-pages/encodings/
 */
export function valuesOf(bytes: Uint8Array, encoding: number, count: number, reading: Reading): Values {
  const { leaf, maxBytes } = reading;
  const isText = leaf.type === "byteArray";
  if (encoding === plain) return plainValues(bytes, count, leaf);
  if (encoding === oldDictionary || encoding === dictionaryOf) return looked(bytes, count, reading);
  if (encoding === runs && leaf.type === "boolean") return runBooleans(bytes, count);
  if (encoding === deltas && leaf.type === "int32") return listed(deltaInt32(bytes, count));
  if (encoding === deltas && leaf.type === "int64") return listed(deltaInt64(bytes, count));
  if (encoding === deltaLength && isText) return sliced(deltaLengths(bytes, count));
  if (encoding === deltaText && (isText || leaf.type === "fixed"))
    return sliced(deltaStrings(bytes, count, maxBytes));
  if (encoding === split) return plainValues(joined(bytes, count, widthOf(leaf)), count, leaf);
  throw notRead(`values of the type ${leaf.type} are written by the encoding ${encoding}`);
}

/** Values that stand one behind the other. */
export function plainValues(bytes: Uint8Array, count: number, leaf: Leaf): Values {
  if (leaf.type === "byteArray") return sliced(prefixed(bytes, count));
  const need = leaf.type === "boolean" ? Math.ceil(count / 8) : count * widthOf(leaf);
  if (need > bytes.length) throw damaged("a page ends before its values do");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const of = (at: (index: number) => Stored): Values => ({ count, at });
  if (leaf.type === "boolean") return of((index) => ((bytes[index >> 3] ?? 0) & (1 << (index & 7))) !== 0);
  if (leaf.type === "int32") return of((index) => view.getInt32(4 * index, true));
  if (leaf.type === "int64") return of((index) => view.getBigInt64(8 * index, true));
  if (leaf.type === "float") return of((index) => view.getFloat32(4 * index, true));
  if (leaf.type === "double") return of((index) => view.getFloat64(8 * index, true));
  if (leaf.type === "int96") return of((index) => nanoseconds(view, 12 * index));
  return of((index) => bytes.subarray(index * leaf.length, (index + 1) * leaf.length));
}

/** Of the old timestamps: nanoseconds of a day, and the day by the Julian calendar's count. */
function nanoseconds(view: DataView, at: number): bigint {
  const days = BigInt(view.getInt32(at + 8, true)) - 2_440_588n;
  return days * 86_400_000_000_000n + view.getBigInt64(at, true);
}

const widths = { int32: 4, int64: 8, int96: 12, float: 4, double: 8 } as const;

/** Bytes of a value. */
function widthOf(leaf: Leaf): number {
  const { type } = leaf;
  if (type === "fixed") return leaf.length;
  if (type === "boolean" || type === "byteArray")
    throw notRead(`values of the type ${type} are split into streams of bytes`);
  return widths[type];
}

/** Byte arrays, each behind its length. */
function prefixed(bytes: Uint8Array, count: number): Slices {
  if (4 * count > bytes.length) throw damaged("a page ends before its values do");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const starts = new Uint32Array(count),
    ends = new Uint32Array(count);
  for (let index = 0, at = 0; index < count; index++) {
    const length = at + 4 > bytes.length ? bytes.length : view.getUint32(at, true);
    starts[index] = at + 4;
    at += 4 + length;
    if (at > bytes.length) throw damaged("a page ends before its values do");
    ends[index] = at;
  }
  return { bytes, starts, ends };
}

function sliced({ bytes, starts, ends }: Slices): Values {
  return { count: starts.length, at: (index) => bytes.subarray(starts[index], ends[index]) };
}

function listed(values: Int32Array | BigInt64Array): Values {
  return { count: values.length, at: (index) => values[index] ?? 0 };
}

function runBooleans(bytes: Uint8Array, count: number): Values {
  if (bytes.length < 4) throw damaged("a page ends before its values do");
  const length = new DataView(bytes.buffer, bytes.byteOffset, 4).getUint32(0, true);
  const out = new Uint8Array(count);
  readRuns(bytes.subarray(4, 4 + length), out, 1, 1);
  return { count, at: (index) => out[index] === 1 };
}

/** Values by their numbers in the dictionary. */
function looked(bytes: Uint8Array, count: number, { dictionary }: Reading): Values {
  if (dictionary === undefined) throw damaged("values are numbers of a dictionary that is not there");
  const indices = new Uint32Array(count);
  if (count > 0) {
    if (dictionary.count === 0) throw damaged("values are numbers of a dictionary of none");
    const [width] = bytes;
    if (width === undefined) throw damaged("a page ends before its values do");
    readRuns(bytes.subarray(1), indices, width, dictionary.count - 1);
  }
  return { count, at: (index) => dictionary.at(indices[index] ?? 0) };
}

/** The first bytes of all values stand before all second ones. */
function joined(bytes: Uint8Array, count: number, width: number): Uint8Array {
  if (count * width > bytes.length) throw damaged("a page ends before its values do");
  const out = new Uint8Array(count * width);
  for (let part = 0; part < width; part++)
    for (let index = 0; index < count; index++) out[index * width + part] = bytes[part * count + index] ?? 0;
  return out;
}
