import type { JsonSchema } from "../../files/index.ts";
import { isMissing, jsonText, readJson } from "../../files/index.ts";
import { canonicalJson } from "../../schema/digest.ts";
import { recordInvalid } from "./invalid.ts";

/** Indented JSON with a final newline, for files people read; refuses what `canonicalJson` refuses. */
export function readableJson(value: unknown, what: string): string {
  canonicalJson(value, what);
  return jsonText(value);
}

/**
 * Reads a JSON file of a run's own record and checks it.
 *
 * @throws TomoeError `RECORD_INVALID` when it is missing, not JSON or not what `schema` asks for; `PERMISSION` or
 * `IO_FAILED` when it cannot be read.
 */
export async function readRecord<T>(path: string, schema: JsonSchema<T>): Promise<T> {
  try {
    return await readJson(path, schema, recordInvalid);
  } catch (cause) {
    throw isMissing(cause) ? recordInvalid(path, "the file is missing") : cause;
  }
}
