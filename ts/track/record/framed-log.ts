import { mkdir } from "node:fs/promises";
import { basename, join } from "node:path";
import { bug } from "../../errors.ts";
import { syncFolder, writeFailure } from "../../files/index.ts";
import type { AppendOptions } from "./append-file.ts";
import { AppendFile } from "./append-file.ts";
import type { FramedRecord, JsonObject } from "./frames.ts";
import { encodeRecord, readSegments, segmentFile } from "./frames.ts";

export interface FramedLogOptions extends AppendOptions {
  /** Folder of the segments, made when missing. */
  readonly folder: string;
  /** A segment is closed once it is at least this long. */
  readonly segmentBytes?: number;
}

const defaultSegmentBytes = 8 * 1024 * 1024;

/** A record to append: an object, or the canonical JSON of one. */
type Body = JsonObject | string;

interface Waiting {
  readonly bodies: readonly Body[];
  readonly resolve: () => void;
  readonly reject: (reason: unknown) => void;
}

/** Writes one log. There is one per folder, in the process that owns the run. */
export class FramedLog {
  readonly #options: FramedLogOptions;
  #file: AppendFile;
  #segment: number;
  #nextSeq: number;
  #queue: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #failure: unknown;

  private constructor(options: FramedLogOptions, file: AppendFile, segment: number, nextSeq: number) {
    this.#options = options;
    this.#file = file;
    this.#segment = segment;
    this.#nextSeq = nextSeq;
  }

  /**
   * Opens the log for appending, handing every record to `onRecord` first; a torn last line is cut off with a
   * notice.
   *
   * @throws TomoeError `RECORD_INVALID` for damage anywhere but in a torn tail; `IO_FAILED`, `PERMISSION`,
   * `DISK_FULL`, `OUTPUT_CREATE`.
   */
  static async open(options: FramedLogOptions, onRecord: (record: FramedRecord) => void): Promise<FramedLog> {
    try {
      await mkdir(options.folder, { recursive: true, mode: 0o700 });
      const found = await readSegments(options.folder, onRecord);
      const file = await AppendFile.reopen(join(options.folder, segmentFile(found.segment)), found, options);
      await syncFolder(options.folder);
      return new FramedLog(options, file, found.segment, found.records);
    } catch (cause) {
      throw writeFailure(cause, { action: `open the log ${basename(options.folder)}`, path: options.folder });
    }
  }

  /**
   * Appends records; resolves once they are on the disk (fsync). What is appended while a flush runs shares
   * the next one.
   *
   * @throws TomoeError `DISK_FULL` after waiting for space in vain, `IO_FAILED`, whatever the guard throws;
   * the log then takes nothing more.
   */
  async append(bodies: readonly Body[]): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const done = new Promise<void>((resolve, reject) => this.#queue.push({ bodies, resolve, reject }));
    this.#writing ??= this.#drain();
    await done;
  }

  /** Waits for what was appended, then closes the file; a second call does nothing. */
  async close(): Promise<void> {
    await this.#writing;
    this.#failure ??= bug(`the log ${basename(this.#options.folder)} is closed`);
    await this.#file.close();
  }

  async #drain(): Promise<void> {
    for (let batch = this.#take(); batch.length > 0; batch = this.#take()) {
      try {
        if (this.#failure !== undefined) throw this.#failure;
        await this.#write(batch.flatMap(({ bodies }) => bodies));
        for (const { resolve } of batch) resolve();
      } catch (cause) {
        this.#failure ??= cause;
        for (const { reject } of batch) reject(cause);
      }
    }
    this.#writing = undefined;
  }

  #take(): Waiting[] {
    const batch = this.#queue;
    this.#queue = [];
    return batch;
  }

  async #write(bodies: readonly Body[]): Promise<void> {
    let seq = this.#nextSeq;
    await this.#file.append(Buffer.from(bodies.map((body) => encodeRecord(seq++, body)).join(""), "utf8"));
    this.#nextSeq = seq;
    if (this.#file.sizeBytes >= (this.#options.segmentBytes ?? defaultSegmentBytes))
      await this.#nextSegment();
  }

  async #nextSegment(): Promise<void> {
    const path = join(this.#options.folder, segmentFile(this.#segment + 1));
    try {
      const next = await AppendFile.create(path, this.#options);
      await this.#file.close();
      this.#file = next;
    } catch (cause) {
      throw writeFailure(cause, { action: "begin a new log segment", path });
    }
    this.#segment += 1;
    await syncFolder(this.#options.folder);
  }
}
