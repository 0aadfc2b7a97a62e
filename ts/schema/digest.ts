import { createHash } from "node:crypto";
import canonicalize from "canonicalize";
import { TomoeError } from "../errors.ts";

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
    throw new TomoeError("INTERNAL", `${what} cannot be written as JSON: ${reason}`, {
      hint: "Report this: a value that JSON cannot hold came where only such values belong.",
      cause,
    });
  }
  return text;
}

/**
 * SHA-256, in hex, over the canonical JSON of a value: what has the same digest is the same, key order apart.
 *
 * @throws TomoeError as `canonicalJson`.
 */
export function digestJson(value: unknown, what: string): string {
  return createHash("sha256").update(canonicalJson(value, what), "utf8").digest("hex");
}
