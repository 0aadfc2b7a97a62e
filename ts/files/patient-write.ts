import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { TomoeError } from "../errors.ts";

/**
 * How a write is done on a disk that may be full: whoever waits for space does it again until there is some.
 * It leaves nothing behind when it fails.
 */
export type PatientWrite = <T>(
  what: { readonly action: string; readonly path: string; readonly neededBytes?: number },
  write: () => Promise<T>,
) => Promise<T>;

/** Does it once: a full disk is a failure. */
export const impatient: PatientWrite = async (_what, write) => await write();

/**
 * Writes a file so that a reader sees all of it or nothing: temporary name, fsync, rename, fsync of the
 * folder.
 *
 * @param mode - permission bits before the umask.
 * @throws TomoeError `DISK_FULL`, `OUTPUT_CREATE`, `IO_FAILED`.
 */
export async function writeWhole(path: string, chunks: readonly Uint8Array[], mode: number): Promise<void> {
  const temporary = `${path}.${process.pid}-${randomBytes(6).toString("hex")}.tmp`;
  try {
    const handle = await open(temporary, "wx", mode);
    try {
      for (const chunk of chunks) await writeAll(handle, chunk);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    // Below a path that is no folder even removing fails; the first error is the one to tell.
    await rm(temporary, { force: true }).catch(() => undefined);
    throw writeError(error, path);
  }
}

async function writeAll(
  handle: { write(data: Uint8Array): Promise<{ bytesWritten: number }> },
  chunk: Uint8Array,
): Promise<void> {
  for (let at = 0; at < chunk.length; )
    at += (await handle.write(chunk.subarray(at, at + (1 << 30)))).bytesWritten;
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** The typed error for a failed write of `path`. */
export function writeError(error: unknown, path: string): TomoeError {
  const code =
    typeof error === "object" && error !== null && "code" in error && typeof error.code === "string"
      ? error.code
      : "unknown";
  const full = code === "ENOSPC" || code === "EDQUOT";
  const creating = [
    "EACCES",
    "EPERM",
    "EROFS",
    "ENOENT",
    "ENOTDIR",
    "EISDIR",
    "EEXIST",
    "ENAMETOOLONG",
  ].includes(code);
  return new TomoeError(
    full ? "DISK_FULL" : creating ? "OUTPUT_CREATE" : "IO_FAILED",
    `${path} could not be written (${code}); nothing was left behind`,
    {
      hint: full ? "Free some space, then try again." : "Check that the folder exists and can be written to.",
      details: { path, system: code },
      cause: error,
    },
  );
}
