import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import type { ErrorCode, JsonValue } from "../errors.ts";
import { isTomoeError, quoting, TomoeError } from "../errors.ts";
import { printable } from "./paths.ts";

/** What a file operation was for: the same errno means another thing to who reads and to who writes. */
export type Direction = "read" | "write";

type IoCode = Extract<
  ErrorCode,
  "DISK_FULL" | "PERMISSION" | "PATH_NOT_FOUND" | "OUTPUT_CREATE" | "IO_FAILED"
>;

/**
 * The one table of errno -> code; whatever it does not name is `IO_FAILED`. `tomoe_worker/machine/disk.py` holds
 * the same one, and tests/contract compares the two for every errno there is.
 */
const codes: Readonly<Record<string, Readonly<Record<Direction, IoCode>>>> = {
  ENOSPC: { read: "DISK_FULL", write: "DISK_FULL" },
  EDQUOT: { read: "DISK_FULL", write: "DISK_FULL" },
  EACCES: { read: "PERMISSION", write: "PERMISSION" },
  EPERM: { read: "PERMISSION", write: "PERMISSION" },
  EROFS: { read: "PERMISSION", write: "PERMISSION" },
  ENOENT: { read: "PATH_NOT_FOUND", write: "OUTPUT_CREATE" },
  ENOTDIR: { read: "PATH_NOT_FOUND", write: "OUTPUT_CREATE" },
  ENAMETOOLONG: { read: "PATH_NOT_FOUND", write: "OUTPUT_CREATE" },
  ELOOP: { read: "PATH_NOT_FOUND", write: "OUTPUT_CREATE" },
  // Node's own, before the system is asked: a NUL in the name.
  ERR_INVALID_ARG_VALUE: { read: "PATH_NOT_FOUND", write: "OUTPUT_CREATE" },
  EEXIST: { read: "IO_FAILED", write: "OUTPUT_CREATE" },
  ENOTEMPTY: { read: "IO_FAILED", write: "OUTPUT_CREATE" },
  EISDIR: { read: "IO_FAILED", write: "OUTPUT_CREATE" },
  EMLINK: { read: "IO_FAILED", write: "OUTPUT_CREATE" },
};

/** The code of the closed list for an errno name, e.g. "EROFS" -> `PERMISSION`. */
export function codeOfErrno(errno: string, direction: Direction): IoCode {
  return Object.hasOwn(codes, errno) ? (codes[errno]?.[direction] ?? "IO_FAILED") : "IO_FAILED";
}

/** The errno name of what node:fs threw or of a typed error made of it, e.g. "ENOSPC"; undefined for anything else. */
export function errnoOf(cause: unknown): string | undefined {
  const errno = isTomoeError(cause)
    ? cause.details.errno
    : typeof cause === "object" && cause !== null && "code" in cause
      ? cause.code
      : undefined;
  return typeof errno === "string" ? errno : undefined;
}

/** True where nothing lies at the path that was asked for. */
export function isMissing(cause: unknown): boolean {
  return errnoOf(cause) === "ENOENT";
}

/** True where the disk or a quota had no room, told by the system or by a worker. */
export function isDiskFull(cause: unknown): boolean {
  if (isTomoeError(cause)) return cause.code === "DISK_FULL";
  return codeOfErrno(errnoOf(cause) ?? "", "write") === "DISK_FULL";
}

export interface IoContext {
  /** What was being done, as an infinitive: "write the metric log". */
  readonly action: string;
  readonly path: string;
  /** Bytes that did not fit, when they are known. */
  readonly neededBytes?: number | undefined;
  /** What the user names another place with: "--runs", "TMPDIR". */
  readonly setBy?: string | undefined;
}

/**
 * What a failed write is called in the closed list of codes; a TomoeError passes, and gets the path when it
 * names none. What is no failure of a disk (a bug, an abort) is thrown as it came.
 *
 * @returns `DISK_FULL`, `PERMISSION`, `OUTPUT_CREATE` (no such folder, a file in its place) or `IO_FAILED`, with
 * `details.path` and `details.errno`.
 */
export function writeFailure(cause: unknown, context: IoContext): TomoeError {
  return failure(cause, context, "write");
}

/** As `writeFailure`, of a read: what is not there is `PATH_NOT_FOUND`. */
export function readFailure(cause: unknown, context: IoContext): TomoeError {
  return failure(cause, context, "read");
}

function failure(cause: unknown, context: IoContext, direction: Direction): TomoeError {
  if (isTomoeError(cause)) return placed(cause, context);
  const errno = errnoOf(cause);
  if (errno === undefined || errno === "ABORT_ERR") throw cause;
  const { action, path, neededBytes } = context;
  const code = codeOfErrno(errno, direction);
  const needed = neededBytes === undefined ? "" : ` of ${neededBytes} bytes`;
  const what =
    code === "PATH_NOT_FOUND"
      ? `nothing can be read at ${printable(path)} (${errno})`
      : `cannot ${action}${needed} at ${printable(path)}: ${errno}`;
  return new TomoeError(code, what, {
    hint: hintFor(code, errno, context, direction),
    details: {
      path,
      errno,
      ...(neededBytes === undefined ? {} : { neededBytes }),
      ...(code === "DISK_FULL" ? spaceAt(path) : {}),
    },
    cause,
  });
}

/** A worker knows its roots by name alone, so what its disk refused comes without a path. */
function placed(error: TomoeError, { action, path }: IoContext): TomoeError {
  if (!["DISK_FULL", "PERMISSION", "OUTPUT_CREATE", "IO_FAILED"].includes(error.code)) return error;
  if (error.details.path !== undefined) return error;
  const isFull = error.code === "DISK_FULL";
  return quoting(error, `cannot ${action} at ${printable(path)}: ${error.what}`, {
    hint: isFull ? freeSpace : error.hint,
    details: { path, ...(isFull ? spaceAt(path) : {}) },
  });
}

const freeSpace =
  "Free space on that disk or raise the quota, then resume the run or give the command again.";

function hintFor(code: IoCode, errno: string, { setBy }: IoContext, direction: Direction): string {
  const elsewhere = setBy === undefined ? "" : `, with ${setBy}`;
  if (code === "DISK_FULL") return freeSpace;
  if (code === "PATH_NOT_FOUND") return "Check the path; relative ones start at the current folder.";
  if (code === "OUTPUT_CREATE")
    return `Check that the folder above exists and that nothing else stands in its place${setBy === undefined ? "" : `, or name another one with ${setBy}`}.`;
  if (errno === "EROFS")
    return `That file system is mounted read-only; give a folder that can be written${elsewhere}.`;
  if (code === "PERMISSION")
    return direction === "read"
      ? "Give this user the right to read it."
      : `Give this user the right to write there, or give another folder${elsewhere}.`;
  if (errno === "EISDIR") return "It is a folder: name a file in it.";
  return "Check the disk (dmesg, smartctl) and the network file system, then try again.";
}

function spaceAt(path: string): { readonly [key: string]: JsonValue } {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return { freeBytes: bavail * bsize };
  } catch {
    // Only a fact of the message: the failure itself is reported without it.
    return {};
  }
}
