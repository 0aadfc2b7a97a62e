import { randomBytes } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import { open, rename, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { writeFailure } from "./codes.ts";
import { syncFolder } from "./folders.ts";
import { type SpaceWaiter, written } from "./space.ts";

/** What a file is to hold: text (written as UTF-8), bytes, or bytes in several pieces. */
export type Content = string | Uint8Array | readonly Uint8Array[];

export interface WriteOptions {
  /** Permission bits before the umask; 0600 when absent. */
  readonly mode?: number;
  /** Waits where the disk is full; without one a full disk is a failure at once. */
  readonly space?: SpaceWaiter | undefined;
  /** What the user names another place with, as in `IoContext`. */
  readonly setBy?: string | undefined;
}

const mostBytesAtOnce = 1 << 30;

/**
 * Writes a file so that a reader sees all of it or what was there before: temporary name, fsync, rename, fsync
 * of the folder.
 *
 * @throws TomoeError `DISK_FULL`, `PERMISSION`, `OUTPUT_CREATE`, `IO_FAILED`; the old content then still
 * stands, and nothing else is left.
 */
export async function writeWhole(path: string, content: Content, options: WriteOptions = {}): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
  await patiently(path, content, options, async (pieces) => {
    await create(temporary, pieces, options.mode, async () => {
      await rename(temporary, path);
    });
    await syncFolder(dirname(path));
  });
}

/**
 * Writes a file that must not be there yet, and flushes it; its entry in the folder is flushed with `syncFolder`,
 * once for all files of a folder.
 *
 * @throws TomoeError as `writeWhole`; `OUTPUT_CREATE` where something of that name is there. Nothing is left.
 */
export async function writeNew(path: string, content: Content, options: WriteOptions = {}): Promise<void> {
  await patiently(path, content, options, (pieces) => create(path, pieces, options.mode));
}

/** Flushes the bytes of a file that was written by someone else. */
export async function syncFile(path: string): Promise<void> {
  try {
    const handle = await open(path, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw writeFailure(cause, { action: "flush the file", path });
  }
}

async function patiently(
  path: string,
  content: Content,
  { space, setBy }: WriteOptions,
  write: (pieces: readonly Uint8Array[]) => Promise<void>,
): Promise<void> {
  const pieces = piecesOf(content);
  const neededBytes = pieces.reduce((sum, piece) => sum + piece.byteLength, 0);
  await written({ action: `write ${basename(path)}`, path, neededBytes, setBy }, space, () => write(pieces));
}

function piecesOf(content: Content): readonly Uint8Array[] {
  if (typeof content === "string") return [Buffer.from(content, "utf8")];
  return content instanceof Uint8Array ? [content] : content;
}

/** A file of its own, flushed; removed again when writing it, or what is done `then`, fails. */
async function create(
  path: string,
  pieces: readonly Uint8Array[],
  mode = 0o600,
  then: () => Promise<void> = async () => undefined,
): Promise<void> {
  // Before the try: what was there already is not ours to remove.
  const handle = await open(path, "wx", mode);
  try {
    try {
      for (const piece of pieces) await writeAll(handle, piece);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await then();
  } catch (cause) {
    await unlink(path).catch(() => undefined);
    throw cause;
  }
}

async function writeAll(handle: FileHandle, piece: Uint8Array): Promise<void> {
  for (let at = 0; at < piece.byteLength; )
    at += (await handle.write(piece.subarray(at, at + mostBytesAtOnce))).bytesWritten;
}
