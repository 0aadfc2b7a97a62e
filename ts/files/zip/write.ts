import { crc32, deflateRawSync } from "node:zlib";
import type { SpaceWaiter } from "../space.ts";
import { StreamedFile } from "../stream.ts";

/** A file that goes into an archive. */
export interface ZipContent {
  readonly name: string;
  readonly content: string | Uint8Array;
}

/** What the archive's directory says of an entry. */
interface Kept {
  readonly name: Buffer;
  readonly crc: number;
  readonly packed: number;
  readonly size: number;
  readonly offset: number;
}

const most32 = 0xffffffff,
  most16 = 0xffff;
const deflated = 8,
  namesAreUtf8 = 0x0800;
/** 1980-01-01, the first day there is: the same content is the same bytes. */
const day = 0x0021;
/** 2.0 for deflate, 4.5 for 64-bit sizes. */
const plainVersion = 20,
  wideVersion = 45;

function localHead({ name, crc, packed, size }: Kept): Buffer {
  const head = Buffer.alloc(30);
  head.writeUInt32LE(0x04034b50, 0);
  head.writeUInt16LE(plainVersion, 4);
  head.writeUInt16LE(namesAreUtf8, 6);
  head.writeUInt16LE(deflated, 8);
  head.writeUInt16LE(day, 12);
  head.writeUInt32LE(crc, 14);
  head.writeUInt32LE(packed, 18);
  head.writeUInt32LE(size, 22);
  head.writeUInt16LE(name.length, 26);
  return Buffer.concat([head, name]);
}

function directoryEntry({ name, crc, packed, size, offset }: Kept): Buffer {
  const isWide = offset >= most32;
  const extra = Buffer.alloc(isWide ? 12 : 0);
  if (isWide) {
    extra.writeUInt16LE(1, 0);
    extra.writeUInt16LE(8, 2);
    extra.writeBigUInt64LE(BigInt(offset), 4);
  }
  const head = Buffer.alloc(46);
  head.writeUInt32LE(0x02014b50, 0);
  head.writeUInt16LE(isWide ? wideVersion : plainVersion, 4);
  head.writeUInt16LE(isWide ? wideVersion : plainVersion, 6);
  head.writeUInt16LE(namesAreUtf8, 8);
  head.writeUInt16LE(deflated, 10);
  head.writeUInt16LE(day, 14);
  head.writeUInt32LE(crc, 16);
  head.writeUInt32LE(packed, 20);
  head.writeUInt32LE(size, 24);
  head.writeUInt16LE(name.length, 28);
  head.writeUInt16LE(extra.length, 30);
  head.writeUInt32LE(Math.min(offset, most32), 42);
  return Buffer.concat([head, name, extra]);
}

/**
 * The end of an archive; with a 64-bit directory before it where 32 bits, or 16 for the count, are too few.
 *
 * @param offset - bytes before the directory.
 * @param length - bytes of the directory.
 */
export function zipEnd(count: number, offset: number, length: number): Buffer {
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  for (const at of [8, 10]) end.writeUInt16LE(Math.min(count, most16), at);
  end.writeUInt32LE(Math.min(length, most32), 12);
  end.writeUInt32LE(Math.min(offset, most32), 16);
  if (count < most16 && offset < most32 && length < most32) return end;
  const wide = Buffer.alloc(56),
    locator = Buffer.alloc(20);
  wide.writeUInt32LE(0x06064b50, 0);
  wide.writeBigUInt64LE(44n, 4);
  wide.writeUInt16LE(wideVersion, 12);
  wide.writeUInt16LE(wideVersion, 14);
  for (const at of [24, 32]) wide.writeBigUInt64LE(BigInt(count), at);
  wide.writeBigUInt64LE(BigInt(length), 40);
  wide.writeBigUInt64LE(BigInt(offset), 48);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(offset + length), 8);
  locator.writeUInt32LE(1, 16);
  return Buffer.concat([wide, locator, end]);
}

/**
 * Writes a zip archive (deflate), seen whole or not at all. One entry is held at a time, and of the others what the
 * directory says of them; the same entries are the same bytes.
 *
 * @param signal - looked at before each entry.
 * @throws TomoeError as `StreamedFile`; the signal's reason.
 */
export async function writeZip(
  path: string,
  entries: Iterable<ZipContent>,
  { space, signal }: { readonly space?: SpaceWaiter; readonly signal?: AbortSignal } = {},
): Promise<void> {
  const file = await StreamedFile.begin(path, space);
  try {
    const kept: Kept[] = [];
    let offset = 0;
    for (const { name, content } of entries) {
      signal?.throwIfAborted();
      const bytes = Buffer.from(content);
      const packed = deflateRawSync(bytes);
      const one: Kept = {
        name: Buffer.from(name, "utf8"),
        crc: crc32(bytes),
        packed: packed.length,
        size: bytes.length,
        offset,
      };
      kept.push(one);
      const head = localHead(one);
      await file.write(head);
      await file.write(packed);
      offset += head.length + packed.length;
    }
    let length = 0;
    for (const one of kept) {
      const entry = directoryEntry(one);
      length += entry.length;
      await file.write(entry);
    }
    await file.write(zipEnd(kept.length, offset, length));
    await file.commit();
  } finally {
    await file.abandon();
  }
}
