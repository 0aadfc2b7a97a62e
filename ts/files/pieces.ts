import { createReadStream } from "node:fs";
import { readFailure } from "./codes.ts";

/** Bytes of a piece: small enough that a signal is heard between two, large enough to read fast. */
const pieceBytes = 2 ** 18;

/**
 * What a path gives, of any size, piece by piece: a file, or a pipe that another program writes, which `readPieces`
 * (two buffers, for regular files) does not wait for.
 *
 * @throws TomoeError `PATH_NOT_FOUND`, `PERMISSION`, `IO_FAILED` (a folder, a failing disk), while it is read.
 */
export async function* streamBytes(path: string): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of createReadStream(path, { highWaterMark: pieceBytes }))
      yield piece as Uint8Array;
  } catch (cause) {
    throw readFailure(cause, { action: "read the file", path });
  }
}
