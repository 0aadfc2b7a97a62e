import { closeSync, fstatSync, mkdirSync, openSync, renameSync, writeSync } from "node:fs";
import { dirname } from "node:path";
import { writeFailure } from "../files/index.ts";

const keptLines = 60;
const maxLineChars = 500;

/**
 * What a long-lived child prints, on disk: appended to `file`, moved to `file.1` when it would pass
 * `maxBytes`; at most two files of that size.
 * The last lines are kept in memory for error messages. A disk that refuses a write never stops the child:
 * the loss is counted and told in the tail.
 */
export class RotatingLog {
  readonly #file: string;
  readonly #maxBytes: number;
  #fd: number;
  #bytes: number;
  #closed = false;
  #lostBytes = 0;
  #lines: string[] = [];
  #open = "";

  /** @throws TomoeError `PERMISSION`, `OUTPUT_CREATE`, `DISK_FULL`, `IO_FAILED` when the file cannot be made. */
  constructor(file: string, maxBytes: number) {
    this.#file = file;
    this.#maxBytes = maxBytes;
    try {
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      this.#fd = openSync(file, "a", 0o600);
      this.#bytes = fstatSync(this.#fd).size;
    } catch (cause) {
      throw writeFailure(cause, { action: "write the log", path: file });
    }
  }

  /** Appends a chunk of any bytes; what comes after `close` is counted as lost. */
  write(chunk: Uint8Array): void {
    this.#keepLines(chunk);
    for (let offset = 0; offset < chunk.length; offset += this.#maxBytes)
      this.#append(chunk.subarray(offset, offset + this.#maxBytes));
  }

  /** The last lines printed, oldest first, control characters replaced. */
  tail(lines: number): readonly string[] {
    const all = this.#open === "" ? this.#lines : [...this.#lines, this.#open];
    const told = all.slice(-lines).map(printable);
    return this.#lostBytes === 0
      ? told
      : [...told, `(${this.#lostBytes} bytes of output could not be written to ${this.#file})`];
  }

  close(): void {
    if (!this.#closed) closeSync(this.#fd);
    this.#closed = true;
  }

  #append(chunk: Uint8Array): void {
    if (this.#closed) {
      this.#lostBytes += chunk.length;
      return;
    }
    try {
      if (this.#bytes > 0 && this.#bytes + chunk.length > this.#maxBytes) this.#rotate();
      let written = 0;
      while (written < chunk.length) written += writeSync(this.#fd, chunk, written);
      this.#bytes += chunk.length;
    } catch {
      this.#lostBytes += chunk.length;
    }
  }

  #rotate(): void {
    renameSync(this.#file, `${this.#file}.1`);
    const next = openSync(this.#file, "a", 0o600);
    closeSync(this.#fd);
    this.#fd = next;
    this.#bytes = 0;
  }

  #keepLines(chunk: Uint8Array): void {
    // Only the end of a large chunk can still be in the tail.
    const text = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)
      .subarray(-keptLines * maxLineChars)
      .toString("utf8");
    const parts = (this.#open + text).split("\n");
    this.#open = (parts.pop() ?? "").slice(-maxLineChars);
    for (const line of parts.slice(-keptLines)) this.#lines.push(line.slice(0, maxLineChars));
    if (this.#lines.length > keptLines) this.#lines = this.#lines.slice(-keptLines);
  }
}

function printable(line: string): string {
  return line.replace(/[^\t\u0020-\u007e\u00a0-\uffff]/g, "?");
}
