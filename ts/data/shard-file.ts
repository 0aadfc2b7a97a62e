import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { type JsonValue, TomoeError } from "../errors.ts";
import type { Receipt, TripleDHW, VolumeWarning } from "../schema/volume.ts";

/** What the JSON file beside a shard says: how to verify it, and how each row came to be. */
export interface ShardRecord {
  readonly format: "tomoe.shard/1";
  readonly lengthBytes: number;
  /** CRC-32 (IEEE 802.3) over the whole file. */
  readonly crc32: number;
  readonly rows: number;
  /** Shape of one row of column "volume". */
  readonly shape: TripleDHW;
  /** Shape of one row of column "patchLabels", or null without that column. */
  readonly patchShape: TripleDHW | null;
  readonly volumeIds: readonly string[];
  readonly receipts: readonly Receipt[];
  readonly warnings: readonly (readonly VolumeWarning[])[];
}

/**
 * Writes a file so that a reader sees all of it or nothing: temporary name, fsync, rename, fsync of the folder.
 *
 * @throws TomoeError `DISK_FULL`, `OUTPUT_CREATE`, `IO_FAILED`.
 */
export async function writeWhole(path: string, chunks: readonly Uint8Array[]): Promise<void> {
  const temporary = `${path}.${process.pid}-${randomBytes(6).toString("hex")}.tmp`;
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const handle = await open(temporary, "wx", 0o600);
    try {
      for (const chunk of chunks) await writeAll(handle, chunk);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
    await syncFolder(dirname(path));
  } catch (error) {
    await rm(temporary, { force: true });
    throw writeError(error, path);
  }
}

async function writeAll(handle: { write(data: Uint8Array): Promise<{ bytesWritten: number }> }, chunk: Uint8Array): Promise<void> {
  for (let at = 0; at < chunk.length; ) at += (await handle.write(chunk.subarray(at, at + (1 << 30)))).bytesWritten;
}

async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function writeError(error: unknown, path: string): TomoeError {
  const code = typeof error === "object" && error !== null && "code" in error && typeof error.code === "string" ? error.code : "unknown";
  const full = code === "ENOSPC" || code === "EDQUOT";
  const creating = ["EACCES", "EPERM", "EROFS", "ENOENT", "ENOTDIR", "EISDIR", "EEXIST", "ENAMETOOLONG"].includes(code);
  return new TomoeError(full ? "DISK_FULL" : creating ? "OUTPUT_CREATE" : "IO_FAILED", `${path} could not be written (${code}); nothing was left behind`, {
    hint: full ? "Free some space, then try again." : "Check that the folder exists and can be written to.", details: { path, system: code }, cause: error,
  });
}

/** The record beside a shard, or undefined when there is none or it is not a whole one. */
export async function readRecord(path: string): Promise<ShardRecord | undefined> {
  let value: unknown;
  try {
    value = JSON.parse(await readFile(path, "utf8"));
  } catch {
    return undefined;
  }
  return isRecord(value) ? value : undefined;
}

/** JSON bytes of a record. */
export function recordBytes(record: ShardRecord): Uint8Array {
  const value: { readonly [key: string]: JsonValue } = { ...record, receipts: record.receipts.map((receipt) => ({ ...receipt })), warnings: record.warnings.map((list) => list.map((warning) => ({ ...warning }))) };
  return Buffer.from(`${JSON.stringify(value)}\n`);
}

function isRecord(value: unknown): value is ShardRecord {
  if (typeof value !== "object" || value === null) return false;
  const { format, lengthBytes, crc32, rows, shape, patchShape, volumeIds, receipts, warnings }: { readonly [key in keyof ShardRecord]?: unknown } = value;
  const counts = [lengthBytes, crc32, rows].every(Number.isSafeInteger);
  const perRow = [volumeIds, receipts, warnings].every((list) => Array.isArray(list) && list.length === rows);
  return format === "tomoe.shard/1" && counts && perRow && isTriple(shape) && (patchShape === null || isTriple(patchShape));
}

function isTriple(value: unknown): value is TripleDHW {
  return Array.isArray(value) && value.length === 3 && value.every((size) => Number.isSafeInteger(size) && size >= 1);
}
