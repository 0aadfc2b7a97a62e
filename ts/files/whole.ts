import { randomBytes } from "node:crypto";
import { open, rename, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { ioFailure } from "./codes.ts";

/** Flushes a folder's entries: a rename or a new file in it survives a power loss only after this. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, "r");
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (cause) {
    throw ioFailure(cause, { action: "flush the folder", path: folder });
  }
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
    throw ioFailure(cause, { action: "flush the file", path });
  }
}

/**
 * Replaces a file whole or not at all: temporary name, fsync, rename, fsync of the folder.
 *
 * @throws TomoeError `DISK_FULL`, `PERMISSION`, `OUTPUT_CREATE`, `IO_FAILED`; the old content then still
 * stands.
 */
export async function writeDurably(path: string, content: Uint8Array | string): Promise<void> {
  const bytes = typeof content === "string" ? Buffer.from(content, "utf8") : content;
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    const handle = await open(temporary, "wx", 0o600);
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (cause) {
    await unlink(temporary).catch(() => undefined);
    throw ioFailure(cause, { action: `write ${basename(path)}`, path, neededBytes: bytes.byteLength });
  }
  await syncFolder(dirname(path));
}
