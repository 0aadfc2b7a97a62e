import { crc32 as zlibCrc32 } from "node:zlib";
import { TomoeError } from "../errors.ts";
import { tensorLimits } from "./column.ts";

const MiB = 2 ** 20;

/**
 * Smallest and largest size of a wire chunk (the last one may be smaller), and the size used unless a caller
 * says otherwise.
 */
export const wireChunkBytes = { min: MiB, max: 4 * MiB, usual: MiB } as const;

/**
 * CRC-32 (IEEE 802.3, as zlib's) over the pieces joined; an unsigned 32-bit number. `before` is that of what
 * came before them.
 */
export function crc32(pieces: readonly Uint8Array[], before = 0): number {
  return pieces.reduce((crc, piece) => zlibCrc32(piece, crc), before);
}

/** Bytes of all pieces together. */
export function piecesBytes(pieces: readonly Uint8Array[]): number {
  return pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
}

/**
 * Cuts a list of pieces into wire chunks: each a list of views of `chunkBytes` bytes together, the last one
 * what is left.
 *
 * @param chunkBytes - 1 to 4 MiB.
 * @returns no chunk is empty and nothing is copied.
 * @throws TomoeError `WIRE_TOO_LARGE` for a chunk size outside 1..4 MiB.
 */
export function splitIntoWireChunks(
  pieces: readonly Uint8Array[],
  chunkBytes: number = wireChunkBytes.usual,
): Uint8Array[][] {
  if (
    !Number.isSafeInteger(chunkBytes) ||
    chunkBytes < wireChunkBytes.min ||
    chunkBytes > wireChunkBytes.max
  ) {
    throw new TomoeError(
      "WIRE_TOO_LARGE",
      `chunk size ${chunkBytes} is outside ${wireChunkBytes.min}..${wireChunkBytes.max} bytes`,
      {
        hint: "Use a chunk size of 1 to 4 MiB.",
        details: { chunkBytes, minBytes: wireChunkBytes.min, maxBytes: wireChunkBytes.max },
      },
    );
  }
  const chunks: Uint8Array[][] = [];
  let current: Uint8Array[] = [];
  let room = chunkBytes;
  for (const piece of pieces) {
    let start = 0;
    while (start < piece.byteLength) {
      const end = Math.min(piece.byteLength, start + room);
      current.push(piece.subarray(start, end));
      room -= end - start;
      start = end;
      if (room === 0) {
        chunks.push(current);
        current = [];
        room = chunkBytes;
      }
    }
  }
  if (current.length > 0) chunks.push(current);
  return chunks;
}

/**
 * Serializes a protobuf message whose only field is `bytes`, straight from a list of pieces: one copy, where
 * the
 * generated code and grpc-js make four. Byte for byte what the generated encoder writes.
 *
 * @param fieldNumber - 1 to 15, so that the tag is one byte.
 * @param into - memory to write into, once what was written there before is sent: a fresh buffer for every
 * chunk costs more
 *   than its copy, most of it in garbage collection. Taken when it has room for the pieces and
 *   `bytesFieldOverhead`.
 * @returns the message; a view of `into` when that was taken.
 * @see https://protobuf.dev/programming-guides/encoding/#length-types
 */
export function serializeBytesField(
  fieldNumber: number,
  pieces: readonly Uint8Array[],
  into?: Buffer,
): Buffer {
  const prefix = [(fieldNumber << 3) | 2],
    bytes = piecesBytes(pieces);
  let length = bytes;
  for (; length > 127; length = Math.floor(length / 128)) prefix.push((length % 128) | 128);
  prefix.push(length);
  const size = prefix.length + bytes;
  const message =
    into !== undefined && into.byteLength >= size ? into.subarray(0, size) : Buffer.allocUnsafeSlow(size);
  message.set(prefix, 0);
  let at = prefix.length;
  for (const piece of pieces) {
    message.set(piece, at);
    at += piece.byteLength;
  }
  return message;
}

/** Bytes that tag and length take at most, for lengths below 2^35. */
export const bytesFieldOverhead = 6;

/**
 * Joins chunks as they arrive in one buffer allocated up front. Its first byte is aligned for every element
 * type, which
 * the bytes field of a received message is not: a decoder would have to copy that.
 */
export class ChunkAssembler {
  readonly #target: Uint8Array<ArrayBuffer>;
  #filled = 0;

  /**
   * @param lengthBytes - bytes announced for all chunks together, 1 or more.
   * @throws TomoeError `WIRE_TOO_LARGE` above `limitBytes`, `WIRE_INVALID` for a length that is no positive
   * whole number.
   */
  constructor(lengthBytes: number, limitBytes: number = tensorLimits.totalBytes) {
    if (!Number.isSafeInteger(lengthBytes) || lengthBytes < 1) {
      throw new TomoeError("WIRE_INVALID", `announced length is ${lengthBytes} bytes`, {
        hint: "Announce the length of all chunks together, at least 1 byte.",
      });
    }
    if (lengthBytes > limitBytes) {
      throw new TomoeError(
        "WIRE_TOO_LARGE",
        `announced length is ${lengthBytes} bytes, the cap is ${limitBytes}`,
        {
          hint: "Send fewer rows in one message.",
          details: { bytes: lengthBytes, limitBytes },
        },
      );
    }
    this.#target = new Uint8Array(lengthBytes);
  }

  /**
   * Copies one chunk behind the last.
   *
   * @throws TomoeError `WIRE_TOO_LARGE` for a chunk above 4 MiB, `WIRE_INVALID` for an empty one or one past
   * the announced length.
   */
  add(chunk: Uint8Array): void {
    if (chunk.byteLength > wireChunkBytes.max) {
      throw new TomoeError(
        "WIRE_TOO_LARGE",
        `chunk of ${chunk.byteLength} bytes, the cap is ${wireChunkBytes.max}`,
        { hint: "Cut the bytes with splitIntoWireChunks." },
      );
    }
    const end = this.#filled + chunk.byteLength;
    if (chunk.byteLength === 0 || end > this.#target.byteLength) {
      throw new TomoeError(
        "WIRE_INVALID",
        `chunk of ${chunk.byteLength} bytes at ${this.#filled} of ${this.#target.byteLength} announced`,
        {
          hint: "Send exactly the announced bytes, in chunks that are not empty.",
        },
      );
    }
    this.#target.set(chunk, this.#filled);
    this.#filled = end;
  }

  /**
   * The joined bytes, once they are complete and match their checksum.
   *
   * @throws TomoeError `WIRE_INVALID` when bytes are missing, `WIRE_CHECKSUM` when they differ from what was
   * sent.
   */
  finish(expectedCrc32: number): Uint8Array<ArrayBuffer> {
    if (this.#filled !== this.#target.byteLength) {
      throw new TomoeError(
        "WIRE_INVALID",
        `${this.#filled} of ${this.#target.byteLength} announced bytes arrived`,
        { hint: "Send all chunks before the end of the stream." },
      );
    }
    const found = crc32([this.#target]);
    if (found !== expectedCrc32) {
      throw new TomoeError(
        "WIRE_CHECKSUM",
        `CRC-32 of ${this.#filled} bytes is ${hex(found)}, announced was ${hex(expectedCrc32)}`,
        {
          hint: "The bytes changed on the way, or the sender reused its buffer too early: send them again.",
          details: { found, expected: expectedCrc32 },
        },
      );
    }
    return this.#target;
  }
}

function hex(crc: number): string {
  return `0x${crc.toString(16).padStart(8, "0")}`;
}
