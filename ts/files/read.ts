import { type BigIntStats, constants } from "node:fs";
import { type FileHandle, lstat, open, realpath, stat } from "node:fs/promises";
import { TomoeError } from "../errors.ts";
import { readFailure } from "./codes.ts";
import { printable } from "./paths.ts";

/** A path as text, or as the bytes a folder was listed with. */
export type FilePath = string | Buffer;

/** Bytes of a file that are read at once where it is read piece by piece. */
const pieceBytes = 1 << 20;
/** Room grows by these bytes, so that files of nearly one size share it. */
const roomStep = 1 << 16;

/** What lies at a path. */
export type PathKind = "file" | "folder";

/**
 * Says whether a path is a regular file or a folder.
 *
 * @throws TomoeError `PATH_NOT_FOUND`, `PERMISSION`, `IO_FAILED`; `DATA_UNSUPPORTED` for a pipe, socket or device.
 */
export async function kindOfPath(path: FilePath): Promise<PathKind> {
  let facts: BigIntStats;
  try {
    facts = await stat(path, { bigint: true });
  } catch (error) {
    throw readFailure(error, { action: "look at what lies", path: String(path) });
  }
  if (facts.isDirectory()) return "folder";
  if (facts.isFile()) return "file";
  throw new TomoeError(
    "DATA_UNSUPPORTED",
    `${printable(String(path))} is a pipe, socket or device, not a regular file or folder`,
    {
      hint: "Copy the scan into a regular file first.",
      details: { path: String(path) },
    },
  );
}

/**
 * Where a path leads, every link followed, as bytes.
 *
 * @throws TomoeError `PATH_NOT_FOUND`, `PERMISSION`, `IO_FAILED`.
 */
export async function realPath(path: FilePath): Promise<Buffer> {
  try {
    return await realpath(path, { encoding: "buffer" });
  } catch (error) {
    throw readFailure(error, { action: "follow the links to", path: String(path) });
  }
}

/** True for a symbolic link; false for anything else, and for what is not there. */
export async function isLink(path: FilePath): Promise<boolean> {
  return lstat(path).then(
    (facts) => facts.isSymbolicLink(),
    () => false,
  );
}

/** Memory for one file after another: what was read into it before is overwritten. */
export class ReadRoom {
  #memory = new ArrayBuffer(0);

  /** @returns `length` bytes, whatever is in them. */
  take(length: number): Buffer {
    if (this.#memory.byteLength < length)
      this.#memory = new ArrayBuffer(Math.ceil(length / roomStep) * roomStep);
    return Buffer.from(this.#memory, 0, length);
  }
}

/** The first `length` bytes of a file, or all of it when it is shorter, and its whole size. */
export async function readHead(
  path: FilePath,
  length: number,
): Promise<{ readonly bytes: Buffer; readonly sizeBytes: number }> {
  return withFile(path, async (handle) => {
    const { size } = await handle.stat();
    return { bytes: await fill(handle, path, memoryOf(Math.min(length, size))), sizeBytes: size };
  });
}

/**
 * Reads the beginning of a file, and more of it for as long as `look` asks for more, in one opening.
 *
 * @param look - gets the first bytes of the file, all of a shorter one, and its size; it returns how many bytes it
 * needs, more than it got, or what it found as `{ found }`. It keeps none of the bytes where `room` is given.
 * @throws TomoeError `PATH_NOT_FOUND`, `PERMISSION`, `IO_FAILED`, and what `look` raises.
 */
export async function lookInto<T>(
  path: FilePath,
  first: number,
  look: (bytes: Buffer, sizeBytes: number) => number | { readonly found: T },
  room?: ReadRoom,
): Promise<T> {
  return withFile(path, async (handle) => {
    const { size } = await handle.stat();
    let wanted = first;
    for (;;) {
      const bytes = memoryOf(Math.min(wanted, size), room);
      const answer = look(await fill(handle, path, bytes), size);
      if (typeof answer === "object") return answer.found;
      wanted = answer;
    }
  });
}

/**
 * A whole file, or what follows its first `from` bytes, in one buffer of its own, or in `room` where it is given.
 *
 * @param maxBytes - largest size accepted, of what is read.
 * @param onPiece - gets each piece of the buffer once it is filled, while the next is being read.
 * @throws TomoeError `DATA_UNSUPPORTED` above `maxBytes`; `DATA_TRUNCATED` when it shrank while being read;
 * `PATH_NOT_FOUND`, `PERMISSION`, `IO_FAILED`.
 */
export async function readWhole(
  path: FilePath,
  maxBytes: number,
  onPiece?: (piece: Buffer, done: number, total: number) => void,
  from = 0,
  room?: ReadRoom,
): Promise<Buffer> {
  return withFile(path, async (handle) => {
    const size = Math.max(0, (await handle.stat()).size - from);
    refuseLarge(path, size, maxBytes);
    return fill(handle, path, memoryOf(size, room), onPiece, from);
  });
}

/**
 * Bytes `from` to `from + length` of a file, in one buffer of its own.
 *
 * @throws TomoeError `DATA_TRUNCATED` where the file ends before them; `PATH_NOT_FOUND`, `PERMISSION`, `IO_FAILED`.
 */
export async function readPart(path: FilePath, from: number, length: number): Promise<Buffer> {
  return withFile(path, (handle) => fill(handle, path, memoryOf(length), undefined, from));
}

/** @throws TomoeError `DATA_UNSUPPORTED` for a file above `maxBytes`. */
export function refuseLarge(path: FilePath, sizeBytes: number, maxBytes: number): void {
  if (sizeBytes <= maxBytes) return;
  throw new TomoeError(
    "DATA_UNSUPPORTED",
    `${printable(String(path))} holds ${sizeBytes} bytes, above the limit of ${maxBytes} for one file`,
    {
      hint: "Crop the scan, or resample it to larger voxels.",
      details: { path: String(path), sizeBytes, maxBytes },
    },
  );
}

/**
 * A file piece by piece, from its beginning or from byte `from` on, `most` bytes of it. A piece is overwritten when the second one after it is asked for, so
 * that one can be read while another is in use; `use` sees each while the next is read.
 *
 * @throws TomoeError `PATH_NOT_FOUND`, `PERMISSION`, `IO_FAILED`, `CANCELLED`.
 */
export async function* readPieces(
  path: FilePath,
  use: (piece: Buffer) => void,
  signal?: AbortSignal | undefined,
  { from = 0, most = Number.POSITIVE_INFINITY }: { readonly from?: number; readonly most?: number } = {},
): AsyncGenerator<Buffer, void, undefined> {
  const handle = await openToRead(path);
  try {
    let [buffer, other] = [Buffer.allocUnsafeSlow(pieceBytes), Buffer.allocUnsafeSlow(pieceBytes)];
    let at = from;
    const next = (): ReturnType<typeof handle.read> =>
      handle.read(buffer, 0, Math.min(pieceBytes, from + most - at), at);
    let reading = next();
    for (;;) {
      const { bytesRead } = await reading;
      throwIfAborted(signal);
      if (bytesRead === 0) return;
      at += bytesRead;
      const piece = buffer.subarray(0, bytesRead);
      [buffer, other] = [other, buffer];
      yield piece;
      reading = next();
      use(piece);
    }
  } catch (error) {
    throw readFailure(error, { action: "read the file", path: String(path) });
  } finally {
    await handle.close();
  }
}

async function withFile<T>(path: FilePath, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  const handle = await openToRead(path);
  try {
    return await use(handle);
  } catch (error) {
    throw readFailure(error, { action: "read the file", path: String(path) });
  } finally {
    await handle.close();
  }
}

async function openToRead(path: FilePath): Promise<FileHandle> {
  try {
    // O_NONBLOCK: opening a pipe that took the file's place must not wait for a writer.
    return await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw readFailure(error, { action: "open the file", path: String(path) });
  }
}

function memoryOf(length: number, room?: ReadRoom): Buffer {
  return room === undefined ? Buffer.from(new ArrayBuffer(length)) : room.take(length);
}

async function fill(
  handle: FileHandle,
  path: FilePath,
  bytes: Buffer,
  onPiece?: (piece: Buffer, done: number, total: number) => void,
  from = 0,
): Promise<Buffer> {
  const { length } = bytes;
  const most = onPiece === undefined ? 1 << 30 : 16 * pieceBytes;
  let read = 0;
  let told = 0;
  while (read < length) {
    const reading = handle.read(bytes, read, Math.min(length - read, most), from + read);
    if (told < read) onPiece?.(bytes.subarray(told, read), read, length);
    told = read;
    const { bytesRead } = await reading;
    if (bytesRead === 0) {
      throw new TomoeError(
        "DATA_TRUNCATED",
        `${printable(String(path))} ended after ${read} of ${length} bytes while it was read`,
        {
          hint: "Something is still writing this file; wait for it and try again.",
          details: { path: String(path), readBytes: read, sizeBytes: length },
        },
      );
    }
    read += bytesRead;
  }
  if (told < read) onPiece?.(bytes.subarray(told, read), read, length);
  return bytes;
}

/** @throws TomoeError `CANCELLED` once the signal is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true)
    throw new TomoeError("CANCELLED", "reading was cancelled", { hint: "Start it again when you want it." });
}
