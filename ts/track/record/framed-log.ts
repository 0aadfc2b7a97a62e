import { mkdir, readdir, readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { crc32 } from "node:zlib";
import type { JsonValue } from "../../errors.ts";
import { TomoeError } from "../../errors.ts";
import { isMissing, readFailure, syncFolder, writeFailure } from "../../files/index.ts";
import { canonicalJson } from "../../schema/digest.ts";
import type { AppendOptions, FileEnd } from "./append-file.ts";
import { AppendFile } from "./append-file.ts";
import { recordInvalid } from "./invalid.ts";

/**
 * An append-only log: JSONL segments `000000.jsonl`, `000001.jsonl`, ...; each line is one JSON object that
 * begins with its sequence number
 * and ends with the CRC-32 of the object without it, so any JSON reader can read it and any damage is seen.
 */

export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** A record as read back: its sequence number, and the object that was appended. */
export interface FramedRecord {
  readonly seq: number;
  readonly body: JsonObject;
}

export interface FramedLogOptions extends AppendOptions {
  /** Folder of the segments, made when missing. */
  readonly folder: string;
  /** A segment is closed once it is at least this long. */
  readonly segmentBytes?: number;
}

const defaultSegmentBytes = 8 * 1024 * 1024;
const crcField = /^,"crc32":"([0-9a-f]{8})"\}$/;
const crcFieldBytes = 20;
const segmentName = /^\d{6}\.jsonl$/;

interface Waiting {
  readonly bodies: readonly JsonObject[];
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
      const file = await AppendFile.reopen(join(options.folder, nameOf(found.segment)), found, options);
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
  async append(bodies: readonly JsonObject[]): Promise<void> {
    if (this.#failure !== undefined) throw this.#failure;
    const done = new Promise<void>((resolve, reject) => this.#queue.push({ bodies, resolve, reject }));
    this.#writing ??= this.#drain();
    await done;
  }

  /** Waits for what was appended, then closes the file; a second call does nothing. */
  async close(): Promise<void> {
    await this.#writing;
    this.#failure ??= new TomoeError("INTERNAL", `the log ${basename(this.#options.folder)} is closed`, {
      hint: "Report this: something was recorded after the run was closed.",
    });
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

  async #write(bodies: readonly JsonObject[]): Promise<void> {
    let seq = this.#nextSeq;
    await this.#file.append(Buffer.from(bodies.map((body) => encodeRecord(seq++, body)).join(""), "utf8"));
    this.#nextSeq = seq;
    if (this.#file.sizeBytes >= (this.#options.segmentBytes ?? defaultSegmentBytes))
      await this.#nextSegment();
  }

  async #nextSegment(): Promise<void> {
    const path = join(this.#options.folder, nameOf(this.#segment + 1));
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

/** The line of one record, with its newline. */
export function encodeRecord(seq: number, body: JsonObject): string {
  if ("seq" in body || "crc32" in body) {
    throw new TomoeError("INTERNAL", "a log record may not have a key seq or crc32 of its own", {
      hint: "Report this: the frame of the record would be ambiguous.",
    });
  }
  const rest = canonicalJson(body, "a log record");
  const text = rest === "{}" ? `{"seq":${seq}}` : `{"seq":${seq},${rest.slice(1)}`;
  return `${text.slice(0, -1)},"crc32":"${hex(crc32(text))}"}\n`;
}

/**
 * Reads a log without changing it. A folder that does not exist holds no records.
 *
 * @returns records read, and the bytes of a torn tail (0 when there is none).
 * @throws TomoeError `RECORD_INVALID`, `IO_FAILED`, `PERMISSION`.
 */
export async function readFramedLog(
  folder: string,
  onRecord: (record: FramedRecord) => void,
): Promise<{ readonly records: number; readonly tornBytes: number }> {
  try {
    const { records, tornBytes } = await readSegments(folder, onRecord);
    return { records, tornBytes };
  } catch (cause) {
    if (isMissing(cause)) return { records: 0, tornBytes: 0 };
    throw readFailure(cause, { action: "read the log", path: folder });
  }
}

interface Found extends FileEnd {
  /** Number of the last segment; 0 when there is none yet. */
  readonly segment: number;
  readonly records: number;
}

async function readSegments(folder: string, onRecord: (record: FramedRecord) => void): Promise<Found> {
  const names = (await readdir(folder)).filter((name) => segmentName.test(name)).sort();
  let records = 0;
  let last: Found = { segment: 0, records: 0, validBytes: 0, tornBytes: 0, lostNewline: false };
  for (const [index, name] of names.entries()) {
    const path = join(folder, name);
    if (name !== nameOf(index)) throw recordInvalid(path, `segment ${nameOf(index)} is missing before it`);
    const end = scanSegment(path, await readFile(path), index === names.length - 1, records, onRecord);
    records = end.nextSeq;
    last = { segment: index, records, ...end };
  }
  return last;
}

interface SegmentEnd extends FileEnd {
  readonly nextSeq: number;
}

function scanSegment(
  path: string,
  bytes: Buffer,
  isLast: boolean,
  firstSeq: number,
  onRecord: (record: FramedRecord) => void,
): SegmentEnd {
  let seq = firstSeq;
  let start = 0;
  for (;;) {
    const end = bytes.indexOf(0x0a, start);
    const line = bytes.subarray(start, end === -1 ? bytes.length : end);
    if (end === -1 && line.length === 0)
      return { nextSeq: seq, validBytes: start, tornBytes: 0, lostNewline: false };
    const record = decodeRecord(line);
    if (record !== undefined && record.seq !== seq) {
      throw recordInvalid(path, `record ${record.seq} stands where record ${seq} belongs (byte ${start})`, {
        byte: start,
        expected: seq,
        found: record.seq,
      });
    }
    if (record === undefined) {
      // A kill tears the last line; a power loss may leave unwritten pages (zeros). Anything else is damage
      // to acknowledged records.
      const torn = isLast && (end === -1 || (line.includes(0) && bytes.indexOf('"crc32"', end) === -1));
      if (!torn)
        throw recordInvalid(path, `record ${seq} is damaged (byte ${start})`, { byte: start, record: seq });
      return { nextSeq: seq, validBytes: start, tornBytes: bytes.length - start, lostNewline: false };
    }
    onRecord(record);
    seq += 1;
    if (end === -1) {
      if (!isLast)
        throw recordInvalid(path, `the newline after record ${record.seq} is missing`, {
          record: record.seq,
        });
      return { nextSeq: seq, validBytes: bytes.length, tornBytes: 0, lostNewline: true };
    }
    start = end + 1;
  }
}

function decodeRecord(line: Uint8Array): FramedRecord | undefined {
  const body = line.subarray(0, -crcFieldBytes);
  const crc = crcField.exec(Buffer.from(line.subarray(-crcFieldBytes)).toString("latin1"));
  if (crc === null || hex(crc32("}", crc32(body))) !== crc[1]) return undefined;
  const { seq, ...rest } = JSON.parse(`${Buffer.from(body).toString("utf8")}}`) as {
    readonly seq: number;
  } & JsonObject;
  return { seq, body: rest };
}

function hex(checksum: number): string {
  return checksum.toString(16).padStart(8, "0");
}

function nameOf(segment: number): string {
  return `${String(segment).padStart(6, "0")}.jsonl`;
}
