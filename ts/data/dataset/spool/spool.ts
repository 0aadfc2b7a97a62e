import { randomUUID } from "node:crypto";
import { closeSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bug } from "../../../errors.ts";
import { readFailure, writeFailure } from "../../../files/index.ts";

/** Bytes that stay in memory before a file takes them: a small data set never has one. */
const memoryBytes = 4 << 20;
/** Bytes that are read at once: most rows are shorter. */
const readBytes = 1024;
const lengthBytes = 4;

/** Closes the files of spools that nobody holds any more. */
const forgotten = new FinalizationRegistry<number>((handle) => closeSync(handle));

/**
 * Texts one behind the other, of any number: the last few MiB are in memory, those before in a file of the temporary
 * folder, which has no name and is gone with the process.
 */
export class Spool {
  #tail = Buffer.alloc(1 << 16);
  #used = 0;
  /** Bytes in the file, where the tail begins. */
  #written = 0;
  #handle: number | undefined;
  readonly #memoryBytes: number;
  readonly #folder: string;

  /**
   * @param most - bytes that stay in memory.
   * @param folder - where the file lies.
   */
  constructor(most = memoryBytes, folder = tmpdir()) {
    this.#memoryBytes = most;
    this.#folder = folder;
  }

  /** Bytes of all texts with their lengths. */
  get sizeBytes(): number {
    return this.#written + this.#used;
  }

  /**
   * Keeps a text.
   *
   * @returns where it is found again.
   * @throws TomoeError `DISK_FULL`, `PERMISSION`, `IO_FAILED`, `OUTPUT_CREATE` of the temporary folder.
   */
  add(text: string): number {
    const length = Buffer.byteLength(text);
    if (this.#used > 0 && this.#used + lengthBytes + length > this.#memoryBytes) this.#flush();
    this.#room(lengthBytes + length);
    const place = this.sizeBytes;
    this.#tail.writeUInt32LE(length, this.#used);
    this.#tail.write(text, this.#used + lengthBytes, "utf8");
    this.#used += lengthBytes + length;
    return place;
  }

  /** A text that was kept. @throws TomoeError `IO_FAILED` where the disk fails. */
  text(place: number): string {
    const start = place - this.#written;
    if (start >= 0) {
      const from = start + lengthBytes;
      return this.#tail.toString("utf8", from, from + this.#tail.readUInt32LE(start));
    }
    const head = this.#read(place, Math.min(readBytes, this.#written - place));
    const length = head.readUInt32LE(0);
    const body =
      lengthBytes + length <= head.length
        ? head.subarray(lengthBytes, lengthBytes + length)
        : this.#read(place + lengthBytes, length);
    return body.toString("utf8");
  }

  #room(more: number): void {
    if (this.#used + more <= this.#tail.length) return;
    const grown = Buffer.alloc(Math.max(2 * this.#tail.length, this.#used + more));
    this.#tail.copy(grown, 0, 0, this.#used);
    this.#tail = grown;
  }

  #flush(): void {
    const path = join(this.#folder, `tomoe-rows-${randomUUID()}`);
    try {
      if (this.#handle === undefined) {
        this.#handle = openSync(path, "wx+", 0o600);
        unlinkSync(path);
        forgotten.register(this, this.#handle);
      }
      for (let at = 0; at < this.#used; )
        at += writeSync(this.#handle, this.#tail, at, this.#used - at, this.#written + at);
    } catch (cause) {
      throw writeFailure(cause, { action: "keep the rows of a data set", path });
    }
    this.#written += this.#used;
    this.#used = 0;
  }

  #read(from: number, length: number): Buffer {
    const bytes = Buffer.alloc(length);
    try {
      for (let at = 0; at < length; ) {
        const read = readSync(this.#handle ?? -1, bytes, at, length - at, from + at);
        if (read === 0) throw bug("the file of a data set's rows ends early", { from, length });
        at += read;
      }
    } catch (cause) {
      throw readFailure(cause, { action: "read the rows of a data set", path: this.#folder });
    }
    return bytes;
  }
}
