import { createHash, type Hash } from "node:crypto";
import { stat } from "node:fs/promises";
import { filesBelow, kindOfPath, readFailure, readPieces } from "../../../files/index.ts";

/** Bytes that are looked at in a file's beginning, middle and end. */
const partBytes = 1 << 16;

/** What lies at the path of a scan, without reading it. */
export interface ScanStamp {
  /** Changes when a file of the scan does: sizes, times and inodes, digested. */
  readonly stamp: string;
  /** Files in the order of their names' bytes. */
  readonly files: readonly (string | Buffer)[];
  readonly sizes: readonly number[];
}

/**
 * Looks at every file of a scan.
 *
 * @throws TomoeError `PATH_NOT_FOUND`, `PERMISSION`, `IO_FAILED`, `DATA_UNSUPPORTED`.
 */
export async function stampOf(path: string): Promise<ScanStamp> {
  const isFile = (await kindOfPath(path)) === "file";
  const files = isFile ? [path] : (await filesBelow(path)).map((file) => file.path);
  const hash = createHash("sha256");
  const sizes: number[] = [];
  for (const file of files) {
    const { size, mtimeNs, ino } = await factsOf(file, path);
    hash.update(`${size}/${mtimeNs}/${ino}\n`);
    sizes.push(Number(size));
  }
  return { stamp: hash.digest("hex").slice(0, 32), files, sizes };
}

async function factsOf(file: string | Buffer, path: string) {
  try {
    return await stat(file, { bigint: true });
  } catch (cause) {
    throw readFailure(cause, { action: "look at the files of", path });
  }
}

/**
 * A digest of parts of a scan: equal scans have equal ones, and few others do. Of a file beginning, middle and end, of
 * a folder its sizes and those parts of its middle file.
 */
export async function sampleOf({ files, sizes }: ScanStamp, signal?: AbortSignal): Promise<string> {
  const hash = createHash("sha256").update(sizes.join(","));
  const middle = files.length >> 1;
  const [file, size = 0] = [files[middle], sizes[middle]];
  if (file !== undefined)
    for (const from of [0, Math.max(0, (size >> 1) - partBytes / 2), Math.max(0, size - partBytes)])
      await into(hash, file, signal, { from, most: partBytes });
  return hash.digest("hex");
}

/** SHA-256 of a scan's bytes; of a folder over the digests of its files in their order, so that names do not count. */
export async function contentOf({ files }: ScanStamp, signal?: AbortSignal): Promise<string> {
  const digests: string[] = [];
  for (const file of files) {
    const hash = createHash("sha256");
    await into(hash, file, signal);
    digests.push(hash.digest("hex"));
  }
  const [only] = digests;
  if (digests.length === 1 && only !== undefined) return only;
  return createHash("sha256").update(digests.toSorted().join("\n")).digest("hex");
}

async function into(
  hash: Hash,
  file: string | Buffer,
  signal: AbortSignal | undefined,
  part: { readonly from?: number; readonly most?: number } = {},
): Promise<void> {
  for await (const _piece of readPieces(file, (piece) => hash.update(piece), signal, part));
}
