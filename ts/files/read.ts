import { type BigIntStats, constants } from "node:fs";
import { type FileHandle, open, readdir, stat } from "node:fs/promises";
import { TomoeError } from "../errors.ts";

/** What lies at a path. */
export type PathKind = "file" | "folder";

const missing = new Set(["ENOENT", "ENOTDIR", "ENAMETOOLONG", "ERR_INVALID_ARG_VALUE", "ELOOP"]);

/**
 * The typed error for a failed file operation on `path`.
 *
 * Codes: `PATH_NOT_FOUND` when nothing is there, else `IO_FAILED` (unreadable file, disk error), with the
 * system's own code in `details`.
 */
export function fileError(error: unknown, path: string, doing: string): TomoeError {
  const code =
    typeof error === "object" && error !== null && "code" in error && typeof error.code === "string"
      ? error.code
      : "unknown";
  if (missing.has(code)) {
    return new TomoeError("PATH_NOT_FOUND", `nothing can be read at ${printable(path)} (${code})`, {
      hint: "Check the path; relative ones start at the current folder.",
      details: { path, system: code },
    });
  }
  return new TomoeError("IO_FAILED", `${doing} ${printable(path)} failed (${code})`, {
    hint:
      code === "EACCES" || code === "EPERM"
        ? "Give the current user the right to read it."
        : "Check the disk and the file, then try again.",
    details: { path, system: code },
    cause: error,
  });
}

/**
 * Says whether a path is a regular file or a folder.
 *
 * @throws TomoeError `PATH_NOT_FOUND`, `IO_FAILED`; `DATA_UNSUPPORTED` for a pipe, socket or device.
 */
export async function kindOfPath(path: string): Promise<PathKind> {
  let facts: BigIntStats;
  try {
    facts = await stat(path, { bigint: true });
  } catch (error) {
    throw fileError(error, path, "looking at");
  }
  if (facts.isDirectory()) return "folder";
  if (facts.isFile()) return "file";
  throw new TomoeError(
    "DATA_UNSUPPORTED",
    `${printable(path)} is a pipe, socket or device, not a regular file or folder`,
    {
      hint: "Copy the scan into a regular file first.",
      details: { path },
    },
  );
}

/**
 * Regular files below a folder, one level deep or more, sorted by path; symbolic links to files count, links
 * to folders are not followed.
 */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true, recursive: true });
    const paths = entries
      .filter((entry) => entry.isFile() || entry.isSymbolicLink())
      .map((entry) => `${entry.parentPath}/${entry.name}`);
    return paths.sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  } catch (error) {
    throw fileError(error, folder, "listing");
  }
}

/** The first `length` bytes of a file, or all of it when it is shorter, and its whole size. */
export async function readHead(
  path: string,
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
 * `PATH_NOT_FOUND`, `IO_FAILED`.
 */
export async function readWhole(path: string, maxBytes: number): Promise<Buffer> {
  return withFile(path, async (handle) => {
    const { size } = await handle.stat();
    if (size > maxBytes) {
      throw new TomoeError(
        "DATA_UNSUPPORTED",
        `${printable(path)} holds ${size} bytes, above the limit of ${maxBytes} for one file`,
        {
          hint: "Crop or resample the scan, or raise maxBytes of readVolume.",
          details: { path, sizeBytes: size, maxBytes },
        },
      );
    }
    return fill(handle, path, size);
  });
}

async function withFile<T>(path: string, use: (handle: FileHandle) => Promise<T>): Promise<T> {
  let handle: FileHandle;
  try {
    // O_NONBLOCK: opening a pipe that took the file's place must not wait for a writer.
    handle = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw fileError(error, path, "opening");
  }
  try {
    return await use(handle);
  } catch (error) {
    if (error instanceof TomoeError) throw error;
    throw fileError(error, path, "reading");
  } finally {
    await handle.close();
  }
}

async function fill(handle: FileHandle, path: string, length: number): Promise<Buffer> {
  const bytes = Buffer.from(new ArrayBuffer(length));
  let read = 0;
  while (read < length) {
    const { bytesRead } = await handle.read(bytes, read, Math.min(length - read, 1 << 30), read);
    if (bytesRead === 0) {
      throw new TomoeError(
        "DATA_TRUNCATED",
        `${printable(path)} ended after ${read} of ${length} bytes while it was read`,
        {
          hint: "Something is still writing this file; wait for it and try again.",
          details: { path, readBytes: read, sizeBytes: length },
        },
      );
    }
    read += bytesRead;
  }
  return bytes;
}

/** A path as one line of text: control characters escaped. */
export function printable(path: string): string {
  return JSON.stringify(path).slice(1, -1);
}

/** @throws TomoeError `CANCELLED` once the signal is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true)
    throw new TomoeError("CANCELLED", "reading was cancelled", { hint: "Start it again when you want it." });
}
