import { damaged } from "./damage.ts";
import { Bits } from "./runs.ts";

/** Values of a block, and of a part of it: writers use 128 or 256, and 32. */
const maxBlock = 1 << 16;

/**
 * Reads integers that stand as differences.
 *
 * @param count - how many there have to be.
 * @param at - byte where they begin.
 * @param put - gets each of them, within 64 bits, in order.
 * @returns the byte behind them.
 * @throws TomoeError `DATA_MANIFEST` for another number of them, for odd blocks, and where bytes end before.
 * @see https://parquet.apache.org/docs/file-format/data-pages/encodings/ "DELTA_BINARY_PACKED"
 */
function readDeltas(
  bytes: Uint8Array,
  at: number,
  count: number,
  put: (index: number, value: bigint) => void,
): number {
  const reader = new Bits(bytes, at);
  const [block, parts, said] = [reader.varint(), reader.varint(), reader.varint()];
  const size = block / parts;
  if (block === 0 || block > maxBlock || !Number.isInteger(size) || size % 8 !== 0)
    throw damaged(`differences stand in blocks of ${block} in ${parts} parts`);
  if (said !== count) throw damaged(`differences are of ${said} values where ${count} have to be`);
  let value = BigInt.asIntN(64, reader.zigzag());
  if (count > 0) put(0, value);
  for (let done = 1; done < count; ) {
    const least = reader.zigzag();
    const widths = Array.from({ length: parts }, () => reader.byte());
    for (const width of widths) {
      if (done >= count) break;
      if (width > 64) throw damaged(`differences are said to be of ${width} bits`);
      const end = reader.at + (size * width) / 8;
      if (end > bytes.length) throw damaged("a page ends before its values do");
      for (const stop = Math.min(count, done + size); done < stop; done++) {
        const low = BigInt(reader.bits(Math.min(width, 32)));
        const difference = width > 32 ? low | (BigInt(reader.bits(width - 32)) << 32n) : low;
        value = BigInt.asIntN(64, value + least + difference);
        put(done, value);
      }
      reader.jump(end);
    }
  }
  return reader.at;
}

/** Integers of 32 bits as differences, which wrap. */
export function deltaInt32(bytes: Uint8Array, count: number): Int32Array {
  const out = new Int32Array(count);
  readDeltas(bytes, 0, count, (index, value) => {
    out[index] = Number(BigInt.asIntN(32, value));
  });
  return out;
}

/** Integers of 64 bits as differences. */
export function deltaInt64(bytes: Uint8Array, count: number): BigInt64Array {
  const out = new BigInt64Array(count);
  readDeltas(bytes, 0, count, (index, value) => {
    out[index] = value;
  });
  return out;
}

/** Lengths of texts, none negative, with the byte behind them. */
function lengths(bytes: Uint8Array, at: number, count: number): readonly [Float64Array, number] {
  const out = new Float64Array(count);
  const end = readDeltas(bytes, at, count, (index, value) => {
    if (value < 0n || value > 0x7fffffffn) throw damaged(`a value is said to be of ${value} bytes`);
    out[index] = Number(value);
  });
  return [out, end];
}

/** Byte arrays of one buffer: where each begins and ends. */
export interface Slices {
  readonly bytes: Uint8Array;
  readonly starts: Uint32Array;
  readonly ends: Uint32Array;
}

/** Byte arrays behind all of their lengths. */
export function deltaLengths(bytes: Uint8Array, count: number): Slices {
  const [sizes, from] = lengths(bytes, 0, count);
  return slicesOf(bytes, from, sizes);
}

function slicesOf(bytes: Uint8Array, from: number, sizes: Float64Array): Slices {
  const starts = new Uint32Array(sizes.length),
    ends = new Uint32Array(sizes.length);
  let at = from;
  for (const [index, size] of sizes.entries()) {
    starts[index] = at;
    at += size;
    if (at > bytes.length) throw damaged("a page ends before its values do");
    ends[index] = at;
  }
  return { bytes, starts, ends };
}

/**
 * Byte arrays of which each begins as the one before.
 *
 * @param maxBytes - that all of them may have together.
 */
export function deltaStrings(bytes: Uint8Array, count: number, maxBytes: number): Slices {
  const [kept, behind] = lengths(bytes, 0, count);
  const [sizes, from] = lengths(bytes, behind, count);
  const rest = slicesOf(bytes, from, sizes);
  let total = 0;
  for (let index = 0, before = 0; index < count; index++) {
    const prefix = kept[index] ?? 0;
    if (prefix > before) throw damaged(`a value takes ${prefix} bytes of one of ${before}`);
    before = prefix + (sizes[index] ?? 0);
    total += before;
  }
  if (total > maxBytes) throw damaged(`the values of a page are of ${total} bytes, more than ${maxBytes}`);
  const out = new Uint8Array(total);
  const starts = new Uint32Array(count),
    ends = new Uint32Array(count);
  for (let index = 0, at = 0, before = 0; index < count; index++) {
    starts[index] = at;
    const prefix = kept[index] ?? 0;
    out.copyWithin(at, before, before + prefix);
    out.set(bytes.subarray(rest.starts[index], rest.ends[index]), at + prefix);
    before = at;
    at += prefix + (sizes[index] ?? 0);
    ends[index] = at;
  }
  return { bytes: out, starts, ends };
}
