// Integers as differences, written the plain way: blocks of 128 in four parts.
import { varint, zigzag } from "./craft.ts";

const [block, parts] = [128, 4];
const size = block / parts;

/**
 * Writes integers as differences (DELTA_BINARY_PACKED).
 *
 * @param width - bits that differences wrap at.
 */
export function deltas(values: readonly bigint[], width: 32 | 64): Uint8Array {
  const bytes: Uint8Array[] = [varint(block), varint(parts), varint(values.length), zigzag(values[0] ?? 0n)];
  const differences = values.slice(1).map((value, at) => BigInt.asIntN(width, value - (values[at] ?? 0n)));
  for (let at = 0; at < differences.length; at += block) {
    const part = differences.slice(at, at + block);
    const least = part.reduce((low, one) => (one < low ? one : low));
    const left = part.map((one) => BigInt.asUintN(width, one - least));
    const groups = Array.from({ length: parts }, (_, index) => left.slice(index * size, (index + 1) * size));
    const widths = groups.map((group) => group.reduce((bits, one) => Math.max(bits, bitsIn(one)), 0));
    bytes.push(zigzag(least), Uint8Array.from(widths));
    for (const [index, group] of groups.entries())
      if (group.length > 0) bytes.push(packed(group, widths[index] ?? 0));
  }
  return Buffer.concat(bytes);
}

const bitsIn = (value: bigint): number => (value === 0n ? 0 : value.toString(2).length);

/** A whole part of 32 numbers, the lowest bits first. */
function packed(values: readonly bigint[], width: number): Uint8Array {
  let all = 0n;
  for (const [at, value] of values.entries()) all |= value << BigInt(at * width);
  const length = (size * width) / 8;
  return Uint8Array.from({ length }, (_, at) => Number((all >> BigInt(8 * at)) & 255n));
}
