import { endianness } from "node:os";
import { crc32 } from "node:zlib";

/**
 * How the file lies: a mark and a number of its own; under a veil (`veil`) records of cases and of their items, mixed, each behind its length and CRC-32, at whole units;
 * columns; looks; the head as JSON; bare the tail. All numbers are of the machine that wrote it, which the tail says.
 */
export const indexFormat = "tomoe.rows/1";

/** Where records may begin: a place is told in these, so that 32 bits reach 64 GiB. */
export const unitBytes = 16;
export const markText = "TOMOEROW";
/** Bytes before a record: its length and CRC-32. */
export const recordHeadBytes = 8;

/** A piece of the file that is read at once, and checked. */
export interface Section {
  readonly at: number;
  readonly bytes: number;
  readonly crc32: number;
}

/** What stands at the end of a file that is whole. */
export interface Tail {
  readonly head: Section;
  /** CRC-32 over everything before the head. */
  readonly bodyCrc32: number;
}

export const tailBytes = 40;
const endText = "TOMOEEND";
const order = { LE: 1, BE: 2 }[endianness()];

/** The tail as bytes. */
export function tailOf({ head, bodyCrc32 }: Tail): Buffer {
  const tail = Buffer.alloc(tailBytes);
  tail.writeDoubleLE(head.at, 0);
  tail.writeUInt32LE(head.bytes, 8);
  tail.writeUInt32LE(head.crc32, 12);
  tail.writeUInt32LE(bodyCrc32, 16);
  tail.writeUInt32LE(order, 20);
  tail.writeUInt32LE(crc32(tail.subarray(0, 24)), 24);
  tail.write(endText, tailBytes - endText.length, "latin1");
  return tail;
}

/** The tail in the last bytes of a file; undefined where they are none, or of a machine that counts bytes the other way. */
export function tailIn(bytes: Buffer, fileBytes: number): Tail | undefined {
  const isTail =
    bytes.length === tailBytes &&
    bytes.toString("latin1", tailBytes - endText.length) === endText &&
    bytes.readUInt32LE(24) === crc32(bytes.subarray(0, 24)) &&
    bytes.readUInt32LE(20) === order;
  if (!isTail) return undefined;
  const head = { at: bytes.readDoubleLE(0), bytes: bytes.readUInt32LE(8), crc32: bytes.readUInt32LE(12) };
  return head.at + head.bytes + tailBytes === fileBytes
    ? { head, bodyCrc32: bytes.readUInt32LE(16) }
    : undefined;
}

/** What a column of each case holds, in the order in which they lie in the file. */
export interface Columns {
  /** Where the records of its row and of its items begin, in units. */
  readonly rowAt: Uint32Array;
  readonly itemsAt: Uint32Array;
  /** Tasks of its items: bit n is the nth of `taskIds`. */
  readonly tasks: Uint16Array;
  /** Its split, as an index of `splitNames`. */
  readonly split: Uint8Array;
}

export const splitNames = ["train", "validation", "test"] as const;

/** Columns of so many cases, as views of one buffer. */
export function columnsOf(cases: number, buffer = new ArrayBuffer(columnBytes(cases))): Columns {
  return {
    rowAt: new Uint32Array(buffer, 0, cases),
    itemsAt: new Uint32Array(buffer, 4 * cases, cases),
    tasks: new Uint16Array(buffer, 8 * cases, cases),
    split: new Uint8Array(buffer, 10 * cases, cases),
  };
}

/** Bytes that columns take: eleven a case. */
export function columnBytes(cases: number): number {
  return 11 * cases;
}
