import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { bug, type JsonValue } from "../../errors.ts";
import { isMissing, readFailure } from "../../files/index.ts";
import { canonicalJson } from "../../schema/digest.ts";
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

/**
 * What reading a file found at its end: `validBytes` of whole lines, then `tornBytes` that were never
 * acknowledged.
 */
export interface FileEnd {
  readonly validBytes: number;
  readonly tornBytes: number;
  /** The last line is whole but its newline is not there. */
  readonly lostNewline: boolean;
}

const crcField = /^,"crc32":"([0-9a-f]{8})"\}$/;
const crcFieldBytes = 20;
/** Name of a segment. */
export const segmentName = /^\d{6}\.jsonl$/;

/**
 * The line of one record, with its newline.
 *
 * @param body - an object, or the canonical JSON of one, which who writes many numbers makes faster than we would.
 */
export function encodeRecord(seq: number, body: JsonObject | string): string {
  if (typeof body !== "string" && ("seq" in body || "crc32" in body)) {
    throw bug("a log record may not have a key seq or crc32 of its own: its frame would be ambiguous");
  }
  const rest = typeof body === "string" ? body : canonicalJson(body, "a log record");
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

/** What reading a whole log found. */
export interface LogEnd extends FileEnd {
  /** Number of the last segment; 0 when there is none yet. */
  readonly segment: number;
  readonly records: number;
}

/** Reads every segment in its order, handing each record to `onRecord`; errors as `readFramedLog`, untyped ones of the disk. */
export async function readSegments(
  folder: string,
  onRecord: (record: FramedRecord) => void,
): Promise<LogEnd> {
  const names = (await readdir(folder)).filter((name) => segmentName.test(name)).sort();
  let records = 0;
  let last: LogEnd = { segment: 0, records: 0, validBytes: 0, tornBytes: 0, lostNewline: false };
  for (const [index, name] of names.entries()) {
    const path = join(folder, name);
    if (name !== segmentFile(index))
      throw recordInvalid(path, `segment ${segmentFile(index)} is missing before it`);
    const place = { path, isLast: index === names.length - 1, firstSeq: records };
    const end = await readSegment(place, onRecord);
    records = end.nextSeq;
    last = { segment: index, records, ...end };
  }
  return last;
}

interface SegmentEnd extends FileEnd {
  readonly nextSeq: number;
}

/** One segment of a log, for who reads some of them. */
interface SegmentPlace {
  readonly path: string;
  readonly isLast: boolean;
  /** Records before it; null where that is not known, and its first record says. */
  readonly firstSeq: number | null;
}

/** Reads one segment; errors as `readSegments`. */
export async function readSegment(
  { path, isLast, firstSeq }: SegmentPlace,
  onRecord: (record: FramedRecord) => void,
): Promise<SegmentEnd> {
  const bytes = await readFile(path);
  return scanSegment(path, bytes, isLast, firstSeq ?? seqAt(bytes), onRecord);
}

/** The number of the first record, as it stands; 0 where none can be read. */
function seqAt(bytes: Buffer): number {
  return Number(/^\{"seq":(\d+)/.exec(bytes.toString("latin1", 0, 32))?.[1] ?? 0);
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
    // A last newline that was damaged harms nothing before it: the record still vouches for itself.
    const whole = decodeRecord(line);
    const record = whole ?? (end === -1 ? decodeRecord(line.subarray(0, -1)) : undefined);
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
      const torn =
        isLast && (end === -1 || (hasUnwritten(bytes, start) && bytes.indexOf('"crc32"', end) === -1));
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
      const tornBytes = whole === undefined ? 1 : 0;
      return { nextSeq: seq, validBytes: bytes.length - tornBytes, tornBytes, lostNewline: true };
    }
    start = end + 1;
  }
}

/** Zeros in a row that no flipped byte makes. */
const unwrittenBytes = 64;

/** True where zeros stand behind `from` as a disk leaves them, many in a row or to the end; one alone is a flipped byte. */
function hasUnwritten(bytes: Buffer, from: number): boolean {
  for (let at = bytes.indexOf(0, from); at !== -1; at = bytes.indexOf(0, at)) {
    const begin = at;
    while (bytes[at] === 0) at += 1;
    if (at === bytes.length || at - begin >= unwrittenBytes) return true;
  }
  return false;
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

/** File name of a segment: `000003.jsonl`. */
export function segmentFile(segment: number): string {
  return `${String(segment).padStart(6, "0")}.jsonl`;
}
