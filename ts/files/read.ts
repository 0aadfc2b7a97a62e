import { type BigIntStats, constants } from "node:fs";
import { type FileHandle, open, stat } from "node:fs/promises";
import { TomoeError } from "../errors.ts";
import { readFailure } from "./codes.ts";
import { printable } from "./paths.ts";

/** A path as text, or as the bytes a folder was listed with. */
export type FilePath = string | Buffer;

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

/** The first `length` bytes of a file, or all of it when it is shorter, and its whole size. */
export async function readHead(
  path: FilePath,
  length: number,
): Promise<{ readonly bytes: Buffer; readonly sizeBytes: number }> {
  return withFile(path, async (handle) => {
    const { size } = await handle.stat();
    return { bytes: await fill(handle, path, Math.min(length, size)), sizeBytes: size };
  });
}

/**
 * A whole file in one buffer of its own.
 *
 * @param maxBytes - largest size accepted.
 * @throws TomoeError `DATA_UNSUPPORTED` above `maxBytes`; `DATA_TRUNCATED` when it shrank while being read;
 * `PATH_NOT_FOUND`, `PERMISSION`, `IO_FAILED`.
 */
export async function readWhole(path: FilePath, maxBytes: number): Promise<Buffer> {
  return withFile(path, async (handle) => {
    const { size } = await handle.stat();
    if (size > maxBytes) {
      throw new TomoeError(
        "DATA_UNSUPPORTED",
        `${printable(String(path))} holds ${size} bytes, above the limit of ${maxBytes} for one file`,
        {
          hint: "Crop or resample the scan; a program of your own can raise maxBytes of readVolume.",
          details: { path: String(path), sizeBytes: size, maxBytes },
        },
      );
    }
    return fill(handle, path, size);
  });
}

async function withFile<T>(path: FilePath, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  let handle: FileHandle;
  try {
    // O_NONBLOCK: opening a pipe that took the file's place must not wait for a writer.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw readFailure(error, { action: "open the file", path: String(path) });
  }
  try {
    return await use(handle);
  } catch (error) {
    throw readFailure(error, { action: "read the file", path: String(path) });
  } finally {
    await handle.close();
  }
}

async function fill(handle: FileHandle, path: FilePath, length: number): Promise<Buffer> {
  const bytes = Buffer.from(new ArrayBuffer(length));
  let read = 0;
  while (read < length) {
    const { bytesRead } = await handle.read(bytes, read, Math.min(length - read, 1 << 30), read);
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
  return bytes;
}

/** @throws TomoeError `CANCELLED` once the signal is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true)
    throw new TomoeError("CANCELLED", "reading was cancelled", { hint: "Start it again when you want it." });
}
