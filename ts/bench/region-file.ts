import { writeSync, writev as writevCallback } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { promisify } from "node:util";
import { writeFailure } from "../files/index.ts";
import { crc32 } from "../tensor/index.ts";

const writev = promisify(writevCallback);
const MiB = 2 ** 20;
/** Bytes of checksum between two turns of the event loop: about 2 ms. */
const checksumStride = 8 * MiB;
/** IOV_MAX of Linux. */
const mostPieces = 1024;

/** A file of fixed size in shared memory, and how often it was written. */
export interface Region {
  readonly name: string;
  readonly path: string;
  readonly descriptor: number;
  generation: number;
}

/** Writes the whole region once: later writes then find their pages, and can no longer meet a full folder. */
export async function reserve(descriptor: number, bytes: number): Promise<void> {
  const zeros = new Uint8Array(Math.min(bytes, 4 * MiB));
  for (let at = 0; at < bytes; ) {
    at += writeSync(descriptor, zeros, 0, Math.min(zeros.byteLength, bytes - at), at);
    await nextTurn();
  }
}

/** Writes in the thread pool while this thread computes the checksum; returns the checksum. */
export async function fill(region: Region, pieces: readonly Uint8Array[]): Promise<number> {
  region.generation += 1;
  const [checksum] = await Promise.all([checksumOf(pieces), writePieces(region, pieces)]);
  return checksum;
}

async function checksumOf(pieces: readonly Uint8Array[]): Promise<number> {
  let checksum = 0;
  for (const piece of pieces) {
    for (let at = 0; at < piece.byteLength; at += checksumStride) {
      if (at > 0) await nextTurn();
      checksum = crc32([piece.subarray(at, at + checksumStride)], checksum);
    }
  }
  return checksum;
}

async function writePieces(region: Region, pieces: readonly Uint8Array[]): Promise<void> {
  let left = pieces.filter((piece) => piece.byteLength > 0);
  let at = 0;
  try {
    while (left.length > 0) {
      const { bytesWritten } = await writev(region.descriptor, left.slice(0, mostPieces), at);
      at += bytesWritten;
      left = after(left, bytesWritten);
    }
  } catch (cause) {
    throw writeFailure(cause, { action: `write from byte ${at} on`, path: region.path });
  }
}

/** What is left of the pieces behind the first `bytes`. */
function after(pieces: readonly Uint8Array[], bytes: number): Uint8Array[] {
  let skip = bytes;
  const index = pieces.findIndex((piece) => {
    if (piece.byteLength > skip) return true;
    skip -= piece.byteLength;
    return false;
  });
  const first = pieces[index];
  return first === undefined ? [] : [first.subarray(skip), ...pieces.slice(index + 1)];
}
