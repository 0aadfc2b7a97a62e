import { damaged } from "./damage.ts";

/** Bits that a number up to `most` needs. */
export const bitsOf = (most: number): number => 32 - Math.clz32(most);

/**
 * Reads numbers of equal width that stand as runs of one value and as packed bits.
 *
 * @param out - filled from its beginning; its length is how many there have to be.
 * @param width - bits of a number, 0..32.
 * @param most - the largest that may stand there.
 * @throws TomoeError `DATA_MANIFEST` for runs that give more numbers or end before, and for a number above `most`.
 * @see https://parquet.apache.org/docs/file-format/data-pages/encodings/ "RLE"
 */
export function readRuns(
  bytes: Uint8Array,
  out: Uint8Array | Uint32Array,
  width: number,
  most: number,
): void {
  if (width > 32) throw damaged(`numbers are said to be of ${width} bits`);
  if (width === 0) return;
  const reader = new Bits(bytes);
  for (let done = 0; done < out.length; ) {
    const head = reader.varint();
    const left = out.length - done;
    if (head % 2 === 0) {
      const count = head / 2;
      if (count === 0 || count > left) throw damaged(`a run is of ${count} values where ${left} are left`);
      const value = reader.whole(Math.ceil(width / 8));
      if (value > most) throw damaged(`a number is ${value} where ${most} is the most`);
      out.fill(value, done, done + count);
      done += count;
    } else {
      const groups = (head - 1) / 2;
      const count = Math.min(left, 8 * groups);
      if (count === 0) throw damaged("a run is of no values");
      const end = reader.at + groups * width;
      for (const stop = done + count; done < stop; done++) {
        const value = reader.bits(width);
        if (value > most) throw damaged(`a number is ${value} where ${most} is the most`);
        out[done] = value;
      }
      // Of the last group some writers leave out the bytes that nothing stands in.
      reader.jump(Math.min(end, bytes.length));
    }
  }
}

/** Numbers of any width out of bytes, the lowest bits first. */
export class Bits {
  readonly #bytes: Uint8Array;
  at: number;
  #bit = 0;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.at = at;
  }

  /** Goes on at a whole byte. */
  jump(at: number): void {
    this.at = at;
    this.#bit = 0;
  }

  byte(): number {
    const value = this.#bytes[this.at++];
    if (value === undefined) throw damaged("a page ends before its values do");
    return value;
  }

  /** Below 2^32, in at most five bytes. */
  varint(): number {
    let value = 0,
      factor = 1;
    for (let length = 0; length < 5; length++, factor *= 128) {
      const next = this.byte();
      value += (next & 0x7f) * factor;
      if (next < 128) return value;
    }
    throw damaged("a page holds a number of more than five bytes");
  }

  /** A signed number of up to 64 bits. */
  zigzag(): bigint {
    let value = 0n;
    for (let length = 0; length < 10; length++) {
      const next = this.byte();
      value |= BigInt(next & 0x7f) << BigInt(7 * length);
      if (next < 128) return (value >> 1n) ^ -(value & 1n);
    }
    throw damaged("a page holds a number of more than ten bytes");
  }

  /** A number of whole bytes, the lowest first. */
  whole(bytes: number): number {
    let value = 0;
    for (let index = 0; index < bytes; index++) value += this.byte() * 256 ** index;
    return value;
  }

  /** A number of 0..32 bits. */
  bits(width: number): number {
    let value = 0;
    for (let got = 0; got < width; ) {
      const byte = this.#bytes[this.at];
      if (byte === undefined) throw damaged("a page ends before its values do");
      const take = Math.min(8 - this.#bit, width - got);
      value += ((byte >> this.#bit) & ((1 << take) - 1)) * 2 ** got;
      got += take;
      this.#bit += take;
      if (this.#bit === 8) this.jump(this.at + 1);
    }
    return value;
  }
}
