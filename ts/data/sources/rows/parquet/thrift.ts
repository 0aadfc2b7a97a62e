import { damaged } from "./damage.ts";

/** A value of Thrift's compact protocol; a struct has its fields by number. */
export type ThriftValue = boolean | number | Uint8Array | readonly ThriftValue[] | ThriftStruct;
/** Fields of a struct by number. */
export interface ThriftStruct {
  readonly fields: ReadonlyMap<number, ThriftValue>;
}

/** Depth of structs and lists: Parquet's own nest half as deep. */
const maxDepth = 32;
const boolTrue = 1,
  boolFalse = 2,
  byte = 3,
  int16 = 4,
  int64 = 6,
  double = 7,
  binary = 8,
  list = 9,
  set = 10,
  map = 11,
  struct = 12,
  uuid = 13;

/**
 * Reads one struct of Thrift's compact protocol, as Parquet's footers and page headers are written.
 *
 * No more is held than the bytes say: a list has at most an entry a byte. Integers of 64 bits are numbers, exact
 * below 2^53, which every size and offset of a file is.
 *
 * @see https://github.com/apache/thrift/tree/master/doc/specs the compact protocol
 */
export class ThriftReader {
  readonly #bytes: Uint8Array;
  /** Where the next byte is read. */
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.at = at;
  }

  /** @throws TomoeError `DATA_MANIFEST` for bytes that are no struct, or that end before it does. */
  struct(depth = 0): ThriftStruct {
    if (depth > maxDepth) throw damaged(`a header is nested deeper than ${maxDepth}`);
    const fields = new Map<number, ThriftValue>();
    for (let field = 0; ; ) {
      const head = this.#byte();
      const type = head & 0x0f;
      if (type === 0) return { fields };
      field = head >> 4 === 0 ? this.#zigzag() : field + (head >> 4);
      // A boolean field is its type; one in a list is a byte.
      const isBool = type === boolTrue || type === boolFalse;
      fields.set(field, isBool ? type === boolTrue : this.#value(type, depth));
    }
  }

  #value(type: number, depth: number): ThriftValue {
    if (type === boolTrue || type === boolFalse) return this.#byte() === 1;
    if (type === byte) return (this.#byte() << 24) >> 24;
    if (type >= int16 && type <= int64) return this.#zigzag();
    if (type === double) return this.#take(8);
    if (type === binary) return this.#take(this.#varint());
    if (type === list || type === set) return this.#list(depth);
    if (type === map) return this.#map(depth);
    if (type === struct) return this.struct(depth + 1);
    if (type === uuid) return this.#take(16);
    throw damaged(`a header holds a value of the unknown kind ${type}`);
  }

  #list(depth: number): readonly ThriftValue[] {
    const head = this.#byte();
    const size = head >> 4 === 15 ? this.#varint() : head >> 4;
    return this.#values(size, [head & 0x0f], depth);
  }

  #map(depth: number): readonly ThriftValue[] {
    const size = this.#varint();
    if (size === 0) return [];
    const kinds = this.#byte();
    return this.#values(2 * size, [kinds >> 4, kinds & 0x0f], depth);
  }

  #values(size: number, types: readonly number[], depth: number): readonly ThriftValue[] {
    if (depth >= maxDepth) throw damaged(`a header is nested deeper than ${maxDepth}`);
    if (size > this.#bytes.length - this.at) throw damaged(`a header lists ${size} values and ends before`);
    return Array.from({ length: size }, (_, index) =>
      this.#value(types[index % types.length] ?? 0, depth + 1),
    );
  }

  #byte(): number {
    const value = this.#bytes[this.at++];
    if (value === undefined) throw damaged("a header ends before it is whole");
    return value;
  }

  #take(length: number): Uint8Array {
    if (length > this.#bytes.length - this.at) throw damaged("a header ends before it is whole");
    this.at += length;
    return this.#bytes.subarray(this.at - length, this.at);
  }

  #varint(): number {
    let value = 0,
      factor = 1;
    for (let length = 0; length < 10; length++, factor *= 128) {
      const next = this.#byte();
      value += (next & 0x7f) * factor;
      if (next < 128) return value;
    }
    throw damaged("a header holds a number of more than ten bytes");
  }

  #zigzag(): number {
    const value = this.#varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }
}

/** A field that is a count, size or offset. */
export function whole(from: ThriftStruct, field: number, what: string): number {
  const value = from.fields.get(field);
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0)
    throw damaged(`${what} is ${typeof value === "number" ? value : "not there"}`);
  return value;
}

/** A field that is a count, size, offset or enum, where it is there. */
export function wholeOr(from: ThriftStruct, field: number, what: string): number | undefined {
  return from.fields.has(field) ? whole(from, field, what) : undefined;
}

/** A field that is text in UTF-8. */
export function textIn(value: ThriftValue | undefined, what: string): string {
  if (!(value instanceof Uint8Array)) throw damaged(`${what} is not there`);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(value);
  } catch {
    throw damaged(`${what} is not UTF-8`);
  }
}

/** A struct that stands where one has to. */
export function structIn(value: ThriftValue | undefined, what: string): ThriftStruct {
  if (!isStruct(value)) throw damaged(`${what} is not there`);
  return value;
}

/** A list of structs. */
export function structsIn(from: ThriftStruct, field: number, what: string): readonly ThriftStruct[] {
  return listIn(from, field, what).map((one) => structIn(one, what));
}

/** A list. */
export function listIn(from: ThriftStruct, field: number, what: string): readonly ThriftValue[] {
  const value = from.fields.get(field);
  if (!Array.isArray(value)) throw damaged(`${what} is not there`);
  return value;
}

/** True for a struct. */
export function isStruct(value: ThriftValue | undefined): value is ThriftStruct {
  return typeof value === "object" && "fields" in value;
}
