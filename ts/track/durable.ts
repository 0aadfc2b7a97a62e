import { randomBytes } from "node:crypto";
import { open, readFile, rename, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import canonicalize from "canonicalize";
import { TomoeError } from "../errors.ts";
import { ioFailure, recordInvalid } from "./failures.ts";

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

/**
 * RFC 8785 canonical JSON, the one text of a value that digests and comparisons use.
 *
 * @throws TomoeError `INTERNAL` for what JSON cannot hold: NaN, an infinity, undefined, a lone surrogate, a
 * cycle.
 */
export function canonicalJson(value: unknown, what: string): string {
  let text: string | undefined;
  let cause: unknown;
  try {
    text = canonicalize(value);
  } catch (thrown) {
    cause = thrown;
  }
  if (text === undefined) {
    const reason =
      typeof cause === "object" && cause !== null && "message" in cause
        ? String(cause.message)
        : "it has no JSON form";
    throw new TomoeError("INTERNAL", `${what} cannot be recorded as JSON: ${reason}`, {
      hint: "Report this: a value reached the run record that it cannot hold.",
      cause,
    });
  }
  return text;
}

/** Indented JSON with a final newline, for files people read; refuses what `canonicalJson` refuses. */
export function readableJson(value: unknown, what: string): string {
  canonicalJson(value, what);
  return `${JSON.stringify(value, null, 2)}\n`;
}

/**
 * Parses a JSON file of the record.
 *
 * @throws TomoeError `RECORD_INVALID` when it is missing or not JSON, `IO_FAILED` or `PERMISSION` when it
 * cannot be read.
 */
export async function readJsonFile(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    const failure = ioFailure(cause, { action: "read", path });
    throw failure.details.errno === "ENOENT" ? recordInvalid(path, "the file is missing") : failure;
  }
  try {
    return JSON.parse(text);
  } catch {
    throw recordInvalid(path, `it is not JSON (${text.length} characters)`);
  }
}
