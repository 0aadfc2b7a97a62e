import { readFile } from "node:fs/promises";
import { dirname } from "node:path";
import { TomoeError } from "../../errors.ts";
import { isMissing, readFailure, syncFolder, writeFailure } from "../../files/index.ts";
import { canonicalJson } from "../../schema/digest.ts";
import type { AppendOptions, FileEnd } from "./append-file.ts";
import { AppendFile } from "./append-file.ts";
import type { JsonObject } from "./framed-log.ts";
import { recordInvalid } from "./invalid.ts";

/**
 * A row of a plain JSONL file, e.g. `predictions.jsonl`: exactly what the file's readers expect, with an id
 * of its own.
 */
export interface Row extends JsonObject {
  readonly id: string;
}

/**
 * Plain JSONL that grows row by row as the work is done, each row on the disk before it counts.
 * It has no checksums, because other programs read the rows as they are; the torn last line of a kill is cut
 * off.
 */
export class RowLog {
  readonly #file: AppendFile;
  readonly #known: Map<string, string>;
  #last: Promise<void> = Promise.resolve();

  private constructor(file: AppendFile, known: Map<string, string>) {
    this.#file = file;
    this.#known = known;
  }

  /**
   * @throws TomoeError `RECORD_INVALID` for a line that is not a row or an id that stands twice; `IO_FAILED`,
   * `PERMISSION`, `OUTPUT_CREATE`.
   */
  static async open(path: string, options: AppendOptions): Promise<RowLog> {
    const known = new Map<string, string>();
    try {
      const end = scanRows(path, await readIfThere(path), known);
      const file = await AppendFile.reopen(path, end, options);
      await syncFolder(dirname(path));
      return new RowLog(file, known);
    } catch (cause) {
      throw writeFailure(cause, { action: "open the rows", path });
    }
  }

  /** Ids of the rows that are there, so that a restart does only what is missing. */
  get ids(): ReadonlySet<string> {
    return new Set(this.#known.keys());
  }

  /**
   * Appends rows; resolves once they are on the disk. The same id with the same row again writes nothing.
   *
   * @throws TomoeError `REPLAY_DIVERGED` when an id is there with another row; nothing of this call is then
   * written. `DISK_FULL`, `IO_FAILED`.
   */
  async append(rows: readonly Row[]): Promise<void> {
    const lines: string[] = [];
    const inCall = new Map<string, string>();
    for (const row of rows) {
      const text = canonicalJson(row, `the row ${row.id}`);
      const known = inCall.get(row.id) ?? this.#known.get(row.id);
      if (known === undefined) {
        inCall.set(row.id, text);
        lines.push(`${JSON.stringify(row)}\n`);
      } else if (known !== text) throw diverged(this.#file.path, row.id, known, text);
    }
    for (const [id, text] of inCall) this.#known.set(id, text);
    // One write after the other: a failed one fails those behind it too, since they may repeat its rows.
    this.#last = this.#last.then(() => this.#file.append(Buffer.from(lines.join(""), "utf8")));
    await this.#last;
  }

  async close(): Promise<void> {
    await this.#last.catch(() => undefined);
    await this.#file.close();
  }
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

async function readIfThere(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (cause) {
    if (isMissing(cause)) return Buffer.alloc(0);
    throw cause;
  }
}

function scanRows(
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

function diverged(path: string, id: string, recorded: string, replayed: string): TomoeError {
  return new TomoeError(
    "REPLAY_DIVERGED",
    `${path} has another row for ${JSON.stringify(id)} than this attempt gives`,
    {
      hint: "Results changed since the run was interrupted: compare environment.json with this machine, then resume there or start a new run.",
      details: { path, id, recorded, replayed },
    },
  );
}
