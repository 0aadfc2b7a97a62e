import { CodecRefusal } from "../port.ts";
import type { BitReader, HuffmanTable } from "./bits.ts";
import type { ScanHeader } from "./segments.ts";

/** Place in the block of the coefficient with each number of the zigzag. */
export const zigzag = Uint8Array.of(
  ...[0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48],
  ...[41, 34, 27, 20, 13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23],
  ...[30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63],
);

/** What a scan decodes with; `dc` and `ac` are absent where the scan has no use for them. */
export interface ScanCoding {
  readonly header: ScanHeader;
  readonly dc: HuffmanTable | undefined;
  readonly ac: HuffmanTable | undefined;
}

/** Decodes the part of one block that a scan holds into its 64 coefficients. */
export type BlockDecoder = (bits: BitReader, block: Int32Array) => void;

/** What is carried from block to block; anew after each restart. */
interface Carried {
  dc: number;
  /** Blocks whose rest of the band is zero. */
  endOfBand: number;
}

/**
 * The decoder of a scan's blocks, with nothing carried over.
 *
 * @throws CodecRefusal for a band that no process has, or a table that is missing.
 * @see ISO/IEC 10918-1 annexes F (sequential) and G (progressive)
 */
export function blockDecoder(coding: ScanCoding, progressive: boolean): BlockDecoder {
  const { header } = coding;
  const carried: Carried = { dc: 0, endOfBand: 0 };
  if (!progressive) {
    const [dc, ac] = [need(coding.dc), need(coding.ac)];
    return (bits, block) => sequentialBlock(bits, block, dc, ac, carried);
  }
  if (header.to > 63 || header.from > header.to || (header.from === 0 && header.to !== 0))
    throw new CodecRefusal(
      `a scan holds the coefficients ${header.from} to ${header.to}, which no process has`,
    );
  if (header.low > 13) throw new CodecRefusal(`a scan starts at bit ${header.low}, which no process has`);
  if (header.from === 0) {
    if (header.high > 0)
      return (bits, block) => {
        if (bits.bits(1) === 1) block[0] = (block[0] ?? 0) | (1 << header.low);
      };
    const dc = need(coding.dc);
    return (bits, block) => {
      carried.dc += bits.difference(requireSize(bits.symbol(dc)));
      block[0] = carried.dc << header.low;
    };
  }
  const ac = need(coding.ac);
  return header.high === 0
    ? (bits, block) => firstBand(bits, block, ac, header, carried)
    : (bits, block) => refinedBand(bits, block, ac, header, carried);
}

function need(table: HuffmanTable | undefined): HuffmanTable {
  if (table === undefined) throw new CodecRefusal("a scan names a Huffman table that is not there");
  return table;
}

function requireSize(size: number): number {
  if (size > 16) throw new CodecRefusal("a difference has more than 16 bits");
  return size;
}

function sequentialBlock(
  bits: BitReader,
  block: Int32Array,
  dc: HuffmanTable,
  ac: HuffmanTable,
  carried: Carried,
): void {
  carried.dc += bits.difference(requireSize(bits.symbol(dc)));
  block[0] = carried.dc;
  for (let k = 1; k < 64; k++) {
    const symbol = bits.symbol(ac);
    const size = symbol & 15;
    const run = symbol >> 4;
    if (size === 0) {
      if (run !== 15) return;
      k += 15;
      continue;
    }
    k += run;
    if (k > 63) throw new CodecRefusal("a block has more than 64 coefficients");
    block[zigzag[k] ?? 0] = bits.difference(size);
  }
}

function firstBand(
  bits: BitReader,
  block: Int32Array,
  ac: HuffmanTable,
  { from, to, low }: ScanHeader,
  carried: Carried,
): void {
  if (carried.endOfBand > 0) {
    carried.endOfBand -= 1;
    return;
  }
  for (let k = from; k <= to; k++) {
    const symbol = bits.symbol(ac);
    const size = symbol & 15;
    const run = symbol >> 4;
    if (size === 0) {
      if (run !== 15) {
        carried.endOfBand = (1 << run) + bits.bits(run) - 1;
        return;
      }
      k += 15;
      continue;
    }
    k += run;
    if (k > to) throw new CodecRefusal("a block has more coefficients than its band");
    block[zigzag[k] ?? 0] = bits.difference(size) * (1 << low);
  }
}

function refinedBand(
  bits: BitReader,
  block: Int32Array,
  ac: HuffmanTable,
  { from, to, low }: ScanHeader,
  carried: Carried,
): void {
  const one = 1 << low;
  /** Gives a coefficient that is not zero its next bit. */
  const refine = (at: number, value: number): void => {
    if (bits.bits(1) === 1 && (value & one) === 0) block[at] = value + (value >= 0 ? one : -one);
  };
  let k = from;
  while (carried.endOfBand === 0 && k <= to) {
    const symbol = bits.symbol(ac);
    let run = symbol >> 4;
    let fresh = 0;
    if ((symbol & 15) !== 0) fresh = bits.bits(1) === 1 ? one : -one;
    else if (run !== 15) {
      carried.endOfBand = (1 << run) + bits.bits(run);
      break;
    }
    for (; k <= to; k++) {
      const at = zigzag[k] ?? 0;
      const value = block[at] ?? 0;
      if (value !== 0) refine(at, value);
      else if (--run < 0) break;
    }
    if (fresh !== 0) {
      if (k > to) throw new CodecRefusal("a block has more coefficients than its band");
      block[zigzag[k] ?? 0] = fresh;
    }
    k += 1;
  }
  if (carried.endOfBand === 0) return;
  for (; k <= to; k++) {
    const at = zigzag[k] ?? 0;
    const value = block[at] ?? 0;
    if (value !== 0) refine(at, value);
  }
  carried.endOfBand -= 1;
}
