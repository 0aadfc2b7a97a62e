import type { Hash } from "node:crypto";
import { isTomoeError, TomoeError } from "../../../errors.ts";
import {
  type FilePath,
  readHead,
  readPieces,
  readWhole,
  refuseLarge,
  throwIfAborted,
} from "../../../files/index.ts";
import { gunzipBounded } from "../gunzip.ts";
import type { ReadLog } from "../log.ts";
import { withoutName } from "../nameless.ts";
import { bytesBehind, trailingLimitBytes } from "./length.ts";

/** Where voxels lie, and how. */
export interface VoxelPlan {
  /** In the order of the voxels; each holds the same number of them. */
  readonly files: readonly VoxelFile[];
  /** Bytes of all voxels, and of one slice. */
  readonly bytes: number;
  readonly planeBytes: number;
  /** undefined: as they are. */
  readonly compressed?: "gzip" | "zlib" | undefined;
  /** What the header says of the size of the compressed data. */
  readonly compressedBytes?: number | undefined;
  /** Bytes before the voxels, counted after decompression. */
  readonly skipInside?: number | undefined;
}

export interface VoxelFile {
  readonly path: FilePath;
  /** What a message calls it; a file that the caller did not name goes without its name. */
  readonly where: string;
  /** True for the file that the caller named, whose path may be shown. */
  readonly named: boolean;
  /** Bytes of the header before the data; 0 in a file of their own. */
  readonly from: number;
  /** Lines to leave out behind that. */
  readonly skipLines?: number | undefined;
  /** Bytes to leave out behind those; "end": the data end with the file. */
  readonly skipBytes?: number | "end" | undefined;
}

/** Lines that are skipped end within this many bytes. */
const linesBytes = 1 << 20;

/**
 * Reads voxels as bytes, and every byte of their files into a hash. Sizes are compared with what the header says
 * before a byte of voxels is read.
 *
 * @param maxBytes - largest compressed file.
 * @returns exactly `plan.bytes` in a buffer of their own, with nothing of a header or of what trails in it.
 * @throws TomoeError `DATA_TRUNCATED`, `DATA_HEADER`, `DATA_DECOMPRESS_LIMIT`, `DATA_UNSUPPORTED`, `IO_FAILED`,
 * `CANCELLED`.
 */
export async function readVoxelBytes(
  plan: VoxelPlan,
  maxBytes: number,
  hash: Hash,
  log: ReadLog,
  signal: AbortSignal | undefined,
): Promise<Buffer> {
  const share = plan.bytes / plan.files.length;
  const whole = plan.files.length === 1 ? undefined : Buffer.from(new ArrayBuffer(plan.bytes));
  const behind = { voxels: 0, compressed: 0, before: 0 };
  const reading: Reading = { plan, share, maxBytes, hash, log, signal, behind };
  let only: Buffer | undefined;
  for (const [index, file] of plan.files.entries()) {
    throwIfAborted(signal);
    const part = await readData(file, reading);
    if (whole === undefined) only = part;
    else whole.set(part, index * share);
  }
  throwIfAborted(signal);
  // One warning each, however many files there are.
  if (behind.voxels > 0)
    log.warn("TRAILING_BYTES", `${behind.voxels} bytes after the last voxel were not read`);
  if (behind.before > 0)
    log.warn(
      "LEADING_BYTES",
      `${behind.before} bytes before the voxels were not read: the header counts from the file's end, so bytes behind the voxels would shift them`,
    );
  if (behind.compressed > 0)
    log.warn(
      "GZIP_TRAILING_BYTES",
      `${behind.compressed} bytes after the end of the compressed data were not read`,
    );
  return whole ?? only ?? Buffer.alloc(0);
}

/** What the files of one volume have in common. */
interface Reading {
  readonly plan: VoxelPlan;
  /** Bytes of voxels in each file. */
  readonly share: number;
  readonly maxBytes: number;
  readonly hash: Hash;
  readonly log: ReadLog;
  readonly signal: AbortSignal | undefined;
  /** Bytes that nothing was read of. */
  readonly behind: { voxels: number; compressed: number; before: number };
}

/** The voxels of one file. */
async function readData(file: VoxelFile, reading: Reading): Promise<Buffer> {
  const { plan, share, maxBytes, hash, behind } = reading;
  try {
    const { sizeBytes } = await readHead(file.path, 0);
    const from = await startOf(file, share, sizeBytes);
    if (file.skipBytes === "end") behind.before += bytesBefore(file, from, plan.planeBytes);
    const have = Math.max(0, sizeBytes - from);
    if (plan.compressed === undefined) behind.voxels += bytesBehind(have, share, plan.planeBytes, file.where);
    else if (plan.compressedBytes !== undefined)
      behind.compressed += bytesBehind(have, plan.compressedBytes, maxBytes, file.where);
    else if (have === 0) bytesBehind(0, 1, 0, file.where);
    const { bytes: head } = await readHead(file.path, from);
    hash.update(head);
    if (plan.compressed !== undefined) return await unpacked(file, { from, have }, reading);
    return await plain(file, from, reading);
  } catch (error) {
    // What decompression says names the file by its number already.
    const isNameless = isTomoeError(error) && error.details.path === file.where;
    throw file.named || isNameless ? error : withoutName(error, file.where);
  }
}

async function plain(file: VoxelFile, from: number, reading: Reading): Promise<Buffer> {
  const { share, hash, log, signal } = reading;
  const data = await readWhole(
    file.path,
    share + trailingLimitBytes,
    (piece, done, total) => {
      throwIfAborted(signal);
      hash.update(piece);
      log.progress({ what: "bytes", done, total });
    },
    from,
  );
  // What trails may be text, and the buffer lives on.
  return data.fill(0, share).subarray(0, share);
}

/** Decompresses while it reads and hashes: the compressed data are never held. */
async function unpacked(
  file: VoxelFile,
  { from, have }: { readonly from: number; readonly have: number },
  reading: Reading,
): Promise<Buffer> {
  const { plan, share, maxBytes, hash, log, signal, behind } = reading;
  refuseLarge(file.path, have, maxBytes);
  const sizeBytes = Math.min(have, plan.compressedBytes ?? have);
  let done = 0;
  const use = (piece: Buffer): void => {
    hash.update(piece);
    done += piece.length;
    log.progress({ what: "bytes", done, total: have });
  };
  const skip = plan.skipInside ?? 0;
  const { bytes, lengthBytes, unusedBytes } = await gunzipBounded(
    {
      pieces: readPieces(file.path, use, signal, { from, most: sizeBytes }),
      sizeBytes,
      path: file.named ? String(file.path) : file.where,
      form: plan.compressed,
    },
    skip + share,
    trailingLimitBytes,
  );
  // The digest is of the whole file, also of what trails.
  for await (const piece of readPieces(file.path, use, signal, { from: from + sizeBytes })) void piece;
  behind.compressed += unusedBytes;
  behind.voxels += bytesBehind(Math.max(0, lengthBytes - skip), share, plan.planeBytes, file.where);
  return bytes.fill(0, 0, skip).subarray(skip);
}

async function startOf(file: VoxelFile, share: number, sizeBytes: number): Promise<number> {
  if (file.skipBytes === "end") return Math.max(file.from, sizeBytes - share);
  return (await endOfLines(file, sizeBytes)) + (file.skipBytes ?? 0);
}

/**
 * What lies before voxels that end with their file. Behind a header in the same file nothing may: one of the two ends
 * is wrong then, and nothing says which.
 */
function bytesBefore(file: VoxelFile, from: number, planeBytes: number): number {
  const more = from - file.from;
  const details = { bytesBefore: more };
  if (more > 0 && file.from > 0)
    throw new TomoeError(
      "DATA_HEADER",
      `${file.where}: ${more} bytes lie between the end of the header and the voxels, which by the header end with the file: it is longer than header and voxels`,
      {
        hint: "Take away what was written behind the voxels, or state how many bytes come before them.",
        details,
      },
    );
  if (more >= planeBytes && more % planeBytes === 0)
    throw new TomoeError(
      "DATA_HEADER",
      `${file.where} holds ${more} bytes before the voxels, which by the header end with the file: ${more / planeBytes} more slices of its size`,
      { hint: "The header does not belong to these voxels; convert the scan again.", details },
    );
  return more;
}

async function endOfLines(file: VoxelFile, sizeBytes: number): Promise<number> {
  const lines = file.skipLines ?? 0;
  if (lines === 0) return file.from;
  const { bytes } = await readHead(file.path, Math.min(sizeBytes, file.from + linesBytes));
  let at = file.from;
  for (let line = 0; line < lines; line++) {
    const end = bytes.indexOf(10, at);
    if (end < 0)
      throw new TomoeError("DATA_HEADER", `${file.where} has no ${lines} lines to skip in its first 1 MiB`, {
        hint: "Correct the header, or convert the scan to one .nii.gz file.",
      });
    at = end + 1;
  }
  return at;
}
