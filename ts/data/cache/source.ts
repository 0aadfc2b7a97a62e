import { createHash } from "node:crypto";
import { type BigIntStats, createReadStream, statSync } from "node:fs";
import { type FilePath, filesBelow, kindOfPath, readFailure, throwIfAborted } from "../../files/index.ts";

/** Bytes of a source that are read at once. */
const pieceBytes = 1 << 20;

/** What lies at the path of a source, without reading it. */
export interface SourceStamp {
  /** Sizes, times and inodes of its files, digested: changes when one of them does. */
  readonly stamp: string;
  /** When one of its files was last written, in ms since 1970. */
  readonly newestMs: number;
}

/**
 * Looks at every file of a source. Of one file it is a single call that does not wait, and no promise: of a hundred
 * thousand, waiting is what would take the time.
 *
 * @throws TomoeError `PATH_NOT_FOUND`, `PERMISSION`, `IO_FAILED`, `DATA_UNSUPPORTED` for a pipe, socket or device.
 */
export function sourceStamp(path: string): SourceStamp | Promise<SourceStamp> {
  const own = factsOf(path, path);
  return own.isFile() ? stampOf([own]) : folderStamp(path);
}

async function folderStamp(path: string): Promise<SourceStamp> {
  // Says what else it may be.
  await kindOfPath(path);
  return stampOf((await filesBelow(path)).map((file) => factsOf(file.path, path)));
}

function stampOf(files: readonly BigIntStats[]): SourceStamp {
  let newestMs = 0;
  const parts = files.map(({ size, mtimeNs, ino, mtimeMs }) => {
    newestMs = Math.max(newestMs, Number(mtimeMs));
    return `${size}/${mtimeNs}/${ino}`;
  });
  return { stamp: parts.length === 1 ? (parts[0] ?? "") : parts.join("\n"), newestMs };
}

/** @param named - what a failure names: names inside a folder may hold identity. */
function factsOf(file: FilePath, named: string): BigIntStats {
  try {
    return statSync(file, { bigint: true });
  } catch (cause) {
    throw readFailure(cause, { action: "look at the files of", path: named });
  }
}

/**
 * SHA-256 over a file, or over the sorted SHA-256s of all files below a folder, so that names do not count.
 *
 * @throws TomoeError `PATH_NOT_FOUND`, `PERMISSION`, `IO_FAILED`, `CANCELLED`.
 */
export async function sourceDigest(path: string, signal?: AbortSignal): Promise<string> {
  if ((await kindOfPath(path)) === "file") return await fileDigest(path, path, signal);
  const digests: string[] = [];
  for (const file of await filesBelow(path)) digests.push(await fileDigest(file.path, path, signal));
  return createHash("sha256").update(digests.sort().join("\n")).digest("hex");
}

/** @param named - what a failure names: names inside a folder may hold identity. */
async function fileDigest(path: FilePath, named: string, signal?: AbortSignal): Promise<string> {
  const hash = createHash("sha256");
  try {
    for await (const piece of createReadStream(path, { highWaterMark: pieceBytes })) {
      throwIfAborted(signal);
      hash.update(piece as Buffer);
    }
  } catch (cause) {
    throw readFailure(cause, { action: "read the file", path: named });
  }
  return hash.digest("hex");
}
