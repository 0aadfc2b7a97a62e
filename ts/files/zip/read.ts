import { type FileHandle, open } from "node:fs/promises";
import { crc32, inflateRawSync, zstdDecompressSync } from "node:zlib";
import { TomoeError } from "../../errors.ts";
import { readFailure } from "../codes.ts";

/** A file within an archive. */
export interface ZipEntry {
  readonly name: string;
  /** Bytes when it is unpacked, as the archive says. */
  readonly size: number;
  /**
   * Its bytes, unpacked in memory and held against their checksum.
   *
   * @throws TomoeError `DATA_DECOMPRESS_LIMIT`, `DATA_TRUNCATED`, `DATA_UNSUPPORTED`.
   */
  readonly read: () => Promise<Uint8Array>;
}

const endSignature = 0x06054b50,
  wideEndSignature = 0x06064b50,
  locatorSignature = 0x07064b50,
  centralSignature = 0x02014b50,
  localSignature = 0x04034b50;
const endSize = 22,
  longestComment = 0xffff;
const wideMark = 0xffffffff;
const stored = 0,
  deflated = 8,
  zstandard = 93;

interface Place {
  readonly method: number;
  readonly flags: number;
  readonly packed: number;
  readonly size: number;
  readonly crc: number;
  readonly offset: number;
}

const damaged = (path: string, what: string): TomoeError =>
  new TomoeError("DATA_TRUNCATED", `${path} is no whole zip archive: ${what}`, {
    hint: "Copy it again, or write it anew; a log that is still being written has no directory yet.",
    details: { path },
  });

const unpackers: Readonly<Record<number, ((bytes: Buffer, atMost: number) => Uint8Array) | undefined>> = {
  [stored]: (bytes) => bytes,
  [deflated]: (bytes, maxOutputLength) => inflateRawSync(bytes, { maxOutputLength }),
  [zstandard]: (bytes, maxOutputLength) => zstdDecompressSync(bytes, { maxOutputLength }),
};

/** An archive whose entries are read one by one; nothing is written to the disk. */
class ZipFile {
  private readonly path: string;
  private readonly file: FileHandle;
  private readonly size: number;

  constructor(path: string, file: FileHandle, size: number) {
    this.path = path;
    this.file = file;
    this.size = size;
  }

  async bytes(offset: number, length: number): Promise<Buffer> {
    if (offset < 0 || length < 0 || offset + length > this.size)
      throw damaged(this.path, `bytes ${offset} to ${offset + length} of ${this.size} are asked for`);
    const bytes = Buffer.alloc(length);
    const { bytesRead } = await this.file.read(bytes, 0, length, offset);
    if (bytesRead < length) throw damaged(this.path, `it ends ${length - bytesRead} bytes early`);
    return bytes;
  }

  /** Where the directory of entries lies, and how long it is. */
  async directory(): Promise<{ readonly offset: number; readonly length: number }> {
    const from = Math.max(0, this.size - endSize - longestComment);
    const tail = await this.bytes(from, this.size - from);
    for (let at = tail.length - endSize; at >= 0; at -= 1) {
      if (tail.readUInt32LE(at) !== endSignature) continue;
      const length = tail.readUInt32LE(at + 12),
        offset = tail.readUInt32LE(at + 16);
      if (offset !== wideMark && length !== wideMark) return { offset, length };
      if (at < 20 || tail.readUInt32LE(at - 20) !== locatorSignature)
        throw damaged(this.path, "its 64-bit directory is not there");
      const wide = await this.bytes(Number(tail.readBigUInt64LE(at - 12)), 56);
      if (wide.readUInt32LE(0) !== wideEndSignature)
        throw damaged(this.path, "its 64-bit directory is not there");
      return { length: Number(wide.readBigUInt64LE(40)), offset: Number(wide.readBigUInt64LE(48)) };
    }
    throw damaged(this.path, "it has no directory at its end");
  }

  async unpacked(name: string, place: Place, atMost: number): Promise<Uint8Array> {
    const { method, flags, packed, size, crc, offset } = place;
    if (size > atMost)
      throw new TomoeError("DATA_DECOMPRESS_LIMIT", `${name} in ${this.path} holds ${size} bytes`, {
        hint: `An entry may have ${atMost} bytes.`,
        details: { path: this.path, entry: name, size, atMost },
      });
    const unpack = unpackers[method];
    if (unpack === undefined || (flags & 1) !== 0)
      throw new TomoeError(
        "DATA_UNSUPPORTED",
        `${name} in ${this.path} is ${(flags & 1) === 0 ? `packed by method ${method}` : "encrypted"}`,
        {
          hint: "Write the archive with deflate or zstandard, not encrypted.",
          details: { path: this.path, method },
        },
      );
    const head = await this.bytes(offset, 30);
    if (head.readUInt32LE(0) !== localSignature)
      throw damaged(this.path, `${name} does not begin where it should`);
    const start = offset + 30 + head.readUInt16LE(26) + head.readUInt16LE(28);
    const bytes = await this.bytes(start, packed);
    let found: Uint8Array;
    try {
      found = unpack(bytes, size + 1);
    } catch (cause) {
      throw damaged(this.path, `${name} cannot be unpacked: ${(cause as Error).message}`);
    }
    if (found.length !== size || crc32(found) !== crc)
      throw damaged(this.path, `${name} is not what its checksum says`);
    return found;
  }
}

/** Sizes and place of an entry that does not fit 32 bits stand in an extra field. */
function widened(extra: Buffer, size: number, packed: number, offset: number) {
  const found = { size, packed, offset };
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== 1) continue;
    let from = at + 4;
    for (const key of ["size", "packed", "offset"] as const) {
      if (found[key] !== wideMark || from + 8 > extra.length) continue;
      found[key] = Number(extra.readBigUInt64LE(from));
      from += 8;
    }
  }
  return found;
}

function* entriesOf(zip: ZipFile, directory: Buffer, path: string, atMost: number): Generator<ZipEntry> {
  for (let at = 0; at < directory.length; ) {
    if (at + 46 > directory.length || directory.readUInt32LE(at) !== centralSignature)
      throw damaged(path, "its directory is cut");
    const nameLength = directory.readUInt16LE(at + 28),
      extraLength = directory.readUInt16LE(at + 30),
      commentLength = directory.readUInt16LE(at + 32);
    const name = directory.toString("utf8", at + 46, at + 46 + nameLength);
    const extra = directory.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength);
    const sizes = widened(
      extra,
      directory.readUInt32LE(at + 24),
      directory.readUInt32LE(at + 20),
      directory.readUInt32LE(at + 42),
    );
    const place: Place = {
      flags: directory.readUInt16LE(at + 8),
      method: directory.readUInt16LE(at + 10),
      crc: directory.readUInt32LE(at + 16),
      ...sizes,
    };
    yield { name, size: sizes.size, read: async () => await zip.unpacked(name, place, atMost) };
    at += 46 + nameLength + extraLength + commentLength;
  }
}

/**
 * Reads a zip archive's entries (stored, deflate, zstandard; 64-bit sizes too), each when it is asked for; of several
 * of one name the last.
 *
 * @param atMost - bytes that an unpacked entry may have.
 * @throws TomoeError `DATA_TRUNCATED` for an archive that is cut or damaged; as `readFailure`.
 */
export async function* zipEntries(path: string, atMost: number): AsyncGenerator<ZipEntry> {
  let file: FileHandle;
  try {
    file = await open(path, "r");
  } catch (cause) {
    throw readFailure(cause, { action: "read the archive", path });
  }
  try {
    const zip = new ZipFile(path, file, (await file.stat()).size);
    const { offset, length } = await zip.directory();
    // An entry that was written again stands twice, and the last one is meant: what an archive's other readers find.
    const entries = [...entriesOf(zip, await zip.bytes(offset, length), path, atMost)];
    yield* new Map(entries.map((entry) => [entry.name, entry])).values();
  } finally {
    await file.close();
  }
}
