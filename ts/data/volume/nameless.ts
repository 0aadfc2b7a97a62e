import { isTomoeError, TomoeError } from "../../errors.ts";
import { errnoOf } from "../../files/index.ts";

/**
 * The same failure without the name of a file inside a folder: neither message, details nor cause hold it.
 *
 * @param where - the file's number, as `fileWhere` gives it.
 */
export function withoutName(error: unknown, where: string): unknown {
  if (!isTomoeError(error) || error.details.path === undefined) return error;
  const errno = errnoOf(error);
  const why =
    errno !== undefined
      ? `cannot be read (${errno})`
      : error.code === "DATA_TRUNCATED"
        ? "changed while it was read"
        : "is too large or no regular file";
  // What was listed a moment ago and is gone is a failing disk, not a path the user mistyped.
  const code = error.code === "PATH_NOT_FOUND" ? "IO_FAILED" : error.code;
  return new TomoeError(code, `${where} ${why}`, {
    hint:
      errno === undefined
        ? error.hint
        : "Check the disk and the network file system, or copy the file again.",
    details: errno === undefined ? {} : { errno },
  });
}
