// A zip archive as other programs write it, for tests that read one.

import { crc32, deflateRawSync, zstdCompressSync } from "node:zlib";

export interface ZipPart {
  readonly name: string;
  readonly content: string | Uint8Array;
  readonly method?: "stored" | "deflate" | "zstandard";
}

const methods = { stored: 0, deflate: 8, zstandard: 93 } as const;

function head(signature: number, { name }: ZipPart, numbers: readonly number[]): Buffer {
  const [method = 0, crc = 0, packed = 0, size = 0] = numbers;
  const bytes = Buffer.alloc(signature === 0x02014b50 ? 46 : 30);
  bytes.writeUInt32LE(signature, 0);
  const at = bytes.length === 46 ? 10 : 8;
  bytes.writeUInt16LE(method, at);
  bytes.writeUInt32LE(crc, at + 6);
  bytes.writeUInt32LE(packed, at + 10);
  bytes.writeUInt32LE(size, at + 14);
  bytes.writeUInt16LE(Buffer.byteLength(name), at + 18);
  return bytes;
}

/** The archive's bytes. */
export function zipOf(parts: readonly ZipPart[]): Buffer {
  const files: Buffer[] = [],
    directory: Buffer[] = [];
  let offset = 0;
  for (const part of parts) {
    const { name, content, method = "deflate" } = part;
    const bytes = Buffer.from(content);
    const pack = { stored: (raw: Buffer) => raw, deflate: deflateRawSync, zstandard: zstdCompressSync }[
      method
    ];
    const packed = pack(bytes);
    const numbers = [methods[method], crc32(bytes), packed.length, bytes.length];
    const central = head(0x02014b50, part, numbers);
    central.writeUInt32LE(offset, 42);
    directory.push(central, Buffer.from(name));
    const local = Buffer.concat([head(0x04034b50, part, numbers), Buffer.from(name), packed]);
    files.push(local);
    offset += local.length;
  }
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(parts.length, 8);
  end.writeUInt16LE(parts.length, 10);
  end.writeUInt32LE(Buffer.concat(directory).length, 12);
  end.writeUInt32LE(offset, 16);
  return Buffer.concat([...files, ...directory, end]);
}
