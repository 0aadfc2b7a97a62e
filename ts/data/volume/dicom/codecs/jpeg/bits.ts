import { CodecRefusal } from "../port.ts";

const lookBits = 16;

/** Symbols by the next 16 bits: length of the code in the high byte, symbol in the low one; 0 is no code. */
export type HuffmanTable = Uint16Array;

/**
 * Builds a table from the lengths and symbols of a DHT segment.
 *
 * @throws CodecRefusal for lengths that no prefix code has.
 * @see ISO/IEC 10918-1 annex C
 */
export function huffmanTable(lengths: Uint8Array, symbols: Uint8Array): HuffmanTable {
  const table = new Uint16Array(1 << lookBits);
  let code = 0;
  let next = 0;
  for (let length = 1; length <= lookBits; length++) {
    for (let i = 0; i < (lengths[length - 1] ?? 0); i++) {
      const width = 1 << (lookBits - length);
      if (code + width > table.length)
        throw new CodecRefusal("a Huffman table has more codes than its lengths allow");
      table.fill((length << 8) | (symbols[next] ?? 0), code, code + width);
      code += width;
      next += 1;
    }
  }
  return table;
}

/** Reads the entropy-coded bits of one scan; stops at the next marker and never reads past it. */
export class BitReader {
  readonly #bytes: Uint8Array;
  #at: number;
  #held = 0;
  #count = 0;
  /** Of the held bits, so many stand for bytes that are not there. */
  #absent = 0;

  constructor(bytes: Uint8Array, at: number) {
    this.#bytes = bytes;
    this.#at = at;
  }

  /** The symbol of the next code. */
  symbol(table: HuffmanTable): number {
    this.#fill(lookBits);
    const entry = table[(this.#held >>> (this.#count - lookBits)) & 0xffff] ?? 0;
    if (entry === 0) throw new CodecRefusal("the codestream holds a Huffman code that no table defines");
    this.#skip(entry >> 8);
    return entry & 0xff;
  }

  /** The next bits as an unsigned number, 0..16 of them. */
  bits(number: number): number {
    if (number === 0) return 0;
    this.#fill(number);
    const value = (this.#held >>> (this.#count - number)) & ((1 << number) - 1);
    this.#skip(number);
    return value;
  }

  /** The next bits as a difference: the upper half of the range is positive. */
  difference(number: number): number {
    const value = this.bits(number);
    return number > 0 && value < 1 << (number - 1) ? value - (1 << number) + 1 : value;
  }

  /**
   * Steps over the restart marker that has to stand here.
   *
   * @param index - which one, counted from 0.
   */
  restart(index: number): void {
    const at = this.end();
    if (this.#bytes[at] !== 0xff || this.#bytes[at + 1] !== 0xd0 + (index & 7))
      throw new CodecRefusal("a restart marker is missing from the codestream");
    this.#at = at + 2;
    this.#held = 0;
    this.#count = 0;
    this.#absent = 0;
  }

  /** Where the marker behind the bits read so far starts; the length of the bytes when there is none. */
  end(): number {
    let at = this.#at;
    while (at < this.#bytes.length) {
      const next = this.#bytes[at + 1] ?? 0;
      if (this.#bytes[at] === 0xff && next !== 0 && next !== 0xff) return at;
      at += 1;
    }
    return this.#bytes.length;
  }

  #fill(need: number): void {
    while (this.#count < need) {
      const byte = this.#bytes[this.#at];
      const stuffed = byte === 0xff && this.#bytes[this.#at + 1] === 0;
      const there = byte !== undefined && (byte !== 0xff || stuffed);
      this.#held = ((this.#held & 0xffffff) << 8) | (there ? byte : 0);
      this.#count += 8;
      if (!there) this.#absent += 8;
      else this.#at += stuffed ? 2 : 1;
    }
  }

  #skip(number: number): void {
    this.#count -= number;
    if (this.#count < this.#absent) throw new CodecRefusal("the codestream ends before its last pixel");
  }
}
