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
    throw new TomoeError("INTERNAL", `${what} cannot be recorded as JSON: ${reason}`, {
      hint: "Report this: a value reached the run record that it cannot hold.",
      cause,
    });
  }
  return text;
}
