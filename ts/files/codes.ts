import { statfsSync } from "node:fs";
import { dirname } from "node:path";
import type { ErrorCode, JsonValue } from "../errors.ts";
import { isTomoeError, TomoeError } from "../errors.ts";

const freeSpace = "Free space on that disk or raise the quota, then resume the run.";
const diskFull = new Set(["ENOSPC", "EDQUOT"]);
const denied = new Set(["EACCES", "EPERM", "EROFS"]);
const cannotCreate = new Set(["ENOENT", "ENOTDIR", "EISDIR", "ENAMETOOLONG", "ELOOP", "EMLINK"]);

/** The errno name of what node:fs threw, e.g. "ENOSPC"; undefined for anything else. */
export function errnoOf(cause: unknown): string | undefined {
  return typeof cause === "object" && cause !== null && "code" in cause && typeof cause.code === "string"
    ? cause.code
    : undefined;
}

/** True where the disk or a quota had no room, told by the system or by a worker. */
export function isDiskFull(cause: unknown): boolean {
  return isTomoeError(cause) ? cause.code === "DISK_FULL" : diskFull.has(errnoOf(cause) ?? "");
}

export interface IoContext {
  /** What was being done, as an infinitive: "write the metric log". */
  readonly action: string;
  readonly path: string;
  /** Bytes that did not fit, when they are known. */
  readonly neededBytes?: number;
}

/**
 * What a failed file operation is called in the closed list of codes; a TomoeError passes, and gets the path
 * when it names none.
 *
 * @returns `DISK_FULL` (ENOSPC, EDQUOT), `PERMISSION` (EACCES, EPERM, EROFS), `OUTPUT_CREATE` (no such
 * folder, a file in its place) or `IO_FAILED`.
 */
export function ioFailure(cause: unknown, context: IoContext): TomoeError {
  if (isTomoeError(cause)) return placed(cause, context);
  const errno = errnoOf(cause) ?? "unknown";
  const { code, hint, facts } = classify(errno, context);
  const needed = context.neededBytes === undefined ? "" : ` of ${context.neededBytes} bytes`;
  return new TomoeError(code, `cannot ${context.action}${needed} at ${context.path}: ${errno}`, {
    hint,
    details: {
      path: context.path,
      errno,
      ...(context.neededBytes === undefined ? {} : { neededBytes: context.neededBytes }),
      ...facts,
    },
    cause,
  });
}

/** A worker knows its roots by name alone, so what its disk refused comes without a path. */
function placed(error: TomoeError, { action, path }: IoContext): TomoeError {
  if ((error.code !== "DISK_FULL" && error.code !== "IO_FAILED") || error.details.path !== undefined)
    return error;
  const isFull = error.code === "DISK_FULL",
    free = isFull ? freeBytes(path) : undefined;
  return new TomoeError(error.code, `cannot ${action} at ${path}: ${error.what}`, {
    hint: isFull ? freeSpace : error.hint,
    details: { ...error.details, path, ...(free === undefined ? {} : { freeBytes: free }) },
    cause: error,
  });
}

function classify(
  errno: string,
  context: IoContext,
): { code: ErrorCode; hint: string; facts: { readonly [key: string]: JsonValue } } {
  if (diskFull.has(errno)) {
    const free = freeBytes(context.path);
    return { code: "DISK_FULL", hint: freeSpace, facts: free === undefined ? {} : { freeBytes: free } };
  }
  if (errno === "EROFS")
    return {
      code: "PERMISSION",
      hint: "That file system is mounted read-only; give a folder that can be written, with --runs.",
      facts: {},
    };
  if (denied.has(errno))
    return {
      code: "PERMISSION",
      hint: "Give this user the right to write there, or another folder with --runs.",
      facts: {},
    };
  if (cannotCreate.has(errno))
    return {
      code: "OUTPUT_CREATE",
      hint: "Check that the folder above exists and that no file stands in its place.",
      facts: {},
    };
  return {
    code: "IO_FAILED",
    hint: "Check the disk (dmesg, smartctl) and the network file system, then resume the run.",
    facts: {},
  };
}

function freeBytes(path: string): number | undefined {
  try {
    const { bavail, bsize } = statfsSync(dirname(path));
    return bavail * bsize;
  } catch {
    // Only a fact of the message: the failure itself is reported without it.
    return undefined;
  }
}
