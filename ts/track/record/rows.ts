import { readFile } from "node:fs/promises";
import { isMissing, readFailure } from "../../files/index.ts";
import { canonicalJson } from "../../schema/digest.ts";
import type { FileEnd, JsonObject } from "./frames.ts";
import { recordInvalid } from "./invalid.ts";

/**
 * A row of a plain JSONL file, e.g. `predictions.jsonl`: exactly what the file's readers expect, with an id
 * of its own.
 */
export interface Row extends JsonObject {
  readonly id: string;
}

/**
 * Reads a JSONL file of the record; a torn last line is left out. No file: no rows.
 *
 * @throws TomoeError `RECORD_INVALID` naming the line; `IO_FAILED`, `PERMISSION`.
 */
export async function readRows(path: string): Promise<readonly Row[]> {
  try {
    const rows: Row[] = [];
    scanRows(path, await readIfThere(path), new Map(), (row) => rows.push(row));
    return rows;
  } catch (cause) {
    throw readFailure(cause, { action: "read the rows", path });
  }
}

/** Bytes of a file of rows; none where there is no file. */
export async function readIfThere(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    if (isMissing(cause)) return Buffer.alloc(0);
    throw cause;
  }
}

/** Reads rows into `known`, id -> canonical text; `RECORD_INVALID` for a line that is none or an id that stands twice. */
export function scanRows(
  path: string,
  bytes: Buffer,
  known: Map<string, string>,
  onRow?: (row: Row) => void,
): FileEnd {
  let start = 0;
  for (let line = 1; ; line += 1) {
    const end = bytes.indexOf(0x0a, start);
    const text = bytes.toString("utf8", start, end === -1 ? bytes.length : end);
    if (end === -1 && text === "") return { validBytes: start, tornBytes: 0, lostNewline: false };
    const row = parseRow(text);
    if (row === undefined) {
      if (end !== -1) throw recordInvalid(path, `line ${line} is not a row with an id`, { line });
      return { validBytes: start, tornBytes: bytes.length - start, lostNewline: false };
    }
    if (known.has(row.id))
      throw recordInvalid(path, `the id ${JSON.stringify(row.id)} stands a second time in line ${line}`, {
        line,
        id: row.id,
      });
    known.set(row.id, canonicalJson(row, `line ${line}`));
    onRow?.(row);
    if (end === -1) return { validBytes: bytes.length, tornBytes: 0, lostNewline: true };
    start = end + 1;
  }
}

function parseRow(text: string): Row | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const isRow = typeof value === "object" && value !== null && "id" in value && typeof value.id === "string";
  return isRow ? (value as Row) : undefined;
}
