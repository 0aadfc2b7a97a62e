import { basename } from "node:path";
import type { JsonValue } from "../../errors.ts";
import { TomoeError } from "../../errors.ts";

/** `RECORD_INVALID`: a file of a run's own record is not what was written. */
export function recordInvalid(
  path: string,
  what: string,
  details: { readonly [key: string]: JsonValue } = {},
): TomoeError {
  return new TomoeError("RECORD_INVALID", `${path}: ${what}`, {
    hint:
      basename(path) === "lock"
        ? "When no tomoe process works on it, delete the lock file."
        : "The file was damaged or edited after it was written; restore it from a copy of that folder, or start anew.",
    details: { path, ...details },
  });
}
