import { readFile } from "node:fs/promises";
import { ioFailure } from "../../files/index.ts";
import { canonicalJson } from "../../schema/digest.ts";
import { recordInvalid } from "./invalid.ts";

/** Indented JSON with a final newline, for files people read; refuses what `canonicalJson` refuses. */
export function readableJson(value: unknown, what: string): string {
  canonicalJson(value, what);
  return `${JSON.stringify(value, null, 2)}\n`;
}

/**
 * Parses a JSON file of the record.
 *
 * @throws TomoeError `RECORD_INVALID` when it is missing or not JSON, `IO_FAILED` or `PERMISSION` when it
 * cannot be read.
 */
export async function readJsonFile(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (cause) {
    const failure = ioFailure(cause, { action: "read", path });
    throw failure.details.errno === "ENOENT" ? recordInvalid(path, "the file is missing") : failure;
  }
  try {
    return JSON.parse(text);
  } catch {
    throw recordInvalid(path, `it is not JSON (${text.length} characters)`);
  }
}
