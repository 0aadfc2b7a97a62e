import { isUtf8 } from "node:buffer";
import { readPieces } from "../../../files/index.ts";
import type { Place, SourceProblem } from "../source.ts";
import type { TableFile } from "./table-row.ts";

/** One record of a text table: its text without the line's end, or what is wrong with its bytes. */
export type TextRecord =
  | { readonly row: number; readonly text: string }
  | { readonly row: number; readonly problem: string; readonly hint: string };

/** Bytes that one record may have: a report of a page is thousands. */
const maxRecordBytes = 16 << 20;

const quote = 0x22,
  newline = 0x0a,
  carriageReturn = 0x0d;

/** Where a walk over bytes stands: before a field, in a bare one, inside quotes, or behind a quote that may close. */
type Stand = "start" | "bare" | "quoted" | "closing";

/**
 * Splits a file at the line ends that stand outside quotes and hands out records one by one; no more than one is held.
 *
 * Each is decoded by itself, so that bytes that are no UTF-8 cost their own record alone; a byte order mark at the
 * beginning is no text. A quote opens a field only where the field begins (RFC 4180); elsewhere it is a letter.
 *
 * @param delimiter - byte between fields; null where quotes mean nothing (JSON Lines).
 * @throws TomoeError `PATH_NOT_FOUND`, `PERMISSION`, `IO_FAILED`, `CANCELLED`.
 * @see https://www.rfc-editor.org/rfc/rfc4180
 */
export async function* textRecords(
  { path, signal, looks }: Omit<TableFile, "table">,
  delimiter: number | null,
): AsyncGenerator<TextRecord, void, undefined> {
  looks?.content(path);
  let row = 1;
  const parts = new Parts();
  let stand: Stand = "start";
  for await (const piece of readPieces(path, () => undefined, signal)) {
    let from = 0;
    for (let at = 0; at < piece.length; at++) {
      const byte = piece[at] ?? 0;
      if (stand === "quoted") {
        if (byte === quote) stand = "closing";
        continue;
      }
      if (byte === newline) {
        yield parts.record(row++, piece.subarray(from, at));
        from = at + 1;
        stand = "start";
      } else if (byte === delimiter) stand = "start";
      else if (byte === quote && delimiter !== null && stand !== "bare") stand = "quoted";
      else if (stand === "start") stand = "bare";
    }
    parts.keep(piece.subarray(from));
  }
  if (stand === "quoted")
    yield {
      row,
      problem: "a quoted field that begins in this row is never closed",
      hint: "Double a quote that stands inside a quoted field, and close the field.",
    };
  else if (parts.length > 0) yield parts.record(row, Buffer.alloc(0));
}

/** The pieces of a record that runs over the end of what was read at once. */
class Parts {
  #kept: Buffer[] = [];
  #bytes = 0;
  #isFirst = true;

  get length(): number {
    return this.#bytes;
  }

  /** Copies, since what was read is overwritten; of a record that is too long no more than its length is kept. */
  keep(piece: Buffer): void {
    this.#bytes += piece.length;
    if (this.#bytes <= maxRecordBytes && piece.length > 0) this.#kept.push(Buffer.from(piece));
  }

  record(row: number, last: Buffer): TextRecord {
    const length = this.#bytes + last.length;
    const bytes = this.#kept.length === 0 ? last : Buffer.concat([...this.#kept, last]);
    this.#kept = [];
    this.#bytes = 0;
    if (length > maxRecordBytes)
      return {
        row,
        problem: `the row is of ${length} bytes, more than ${maxRecordBytes}`,
        hint: "A quote may be missing at its end.",
      };
    const text = this.#isFirst && isMarked(bytes) ? bytes.subarray(3) : bytes;
    const isFirst = this.#isFirst;
    this.#isFirst = false;
    if (isFirst && (isWide(bytes, 0xff, 0xfe) || isWide(bytes, 0xfe, 0xff)))
      return {
        row,
        problem: "the table is UTF-16, not UTF-8",
        hint: "Write the table as UTF-8: iconv -f utf-16 -t utf-8 OLD > NEW.",
      };
    if (!isUtf8(text))
      return {
        row,
        problem: "the row is not UTF-8",
        hint: "Write the table as UTF-8: iconv -f latin1 -t utf-8 OLD > NEW.",
      };
    const end = text.at(-1) === carriageReturn ? text.length - 1 : text.length;
    return { row, text: text.toString("utf8", 0, end) };
  }
}

function isMarked(bytes: Buffer): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

const isWide = (bytes: Buffer, first: number, second: number): boolean =>
  bytes[0] === first && bytes[1] === second;

/** A problem of a row that cannot be read. */
export function rowProblem(place: Place, message: string, hint: string): SourceProblem {
  return { code: "DATA_MANIFEST", message, hint, place };
}
