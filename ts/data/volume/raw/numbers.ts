import { endianness } from "node:os";
import type { StoredArray } from "../rescale.ts";

/** Types of stored numbers that are read. */
export type NumberType = "uint8" | "int8" | "uint16" | "int16" | "uint32" | "int32" | "float32" | "float64";

/** Bytes of one number. */
export const bytesOf: Readonly<Record<NumberType, number>> = {
  uint8: 1,
  int8: 1,
  uint16: 2,
  int16: 2,
  uint32: 4,
  int32: 4,
  float32: 4,
  float64: 8,
};

const views: Readonly<
  Record<NumberType, (buffer: ArrayBufferLike, at: number, length: number) => StoredArray>
> = {
  uint8: (buffer, at, length) => new Uint8Array(buffer, at, length),
  int8: (buffer, at, length) => new Int8Array(buffer, at, length),
  uint16: (buffer, at, length) => new Uint16Array(buffer, at, length),
  int16: (buffer, at, length) => new Int16Array(buffer, at, length),
  uint32: (buffer, at, length) => new Uint32Array(buffer, at, length),
  int32: (buffer, at, length) => new Int32Array(buffer, at, length),
  float32: (buffer, at, length) => new Float32Array(buffer, at, length),
  float64: (buffer, at, length) => new Float64Array(buffer, at, length),
};

/**
 * Bytes as numbers in the byte order of this machine.
 *
 * @param bytes - a whole number of them; turned round in place where the order differs, and copied only where they
 * are misaligned.
 */
export function numbersOf(bytes: Buffer, type: NumberType, littleEndian: boolean): StoredArray {
  const width = bytesOf[type];
  const aligned = bytes.byteOffset % width === 0 ? bytes : Buffer.from(Uint8Array.from(bytes).buffer);
  if (littleEndian !== (endianness() === "LE")) {
    if (width === 2) aligned.swap16();
    else if (width === 4) aligned.swap32();
    else if (width === 8) aligned.swap64();
  }
  return views[type](aligned.buffer, aligned.byteOffset, aligned.length / width);
}
