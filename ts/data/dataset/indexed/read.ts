import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { deserialize } from "node:v8";
import { crc32 } from "node:zlib";
import { z } from "zod";
import { TomoeError } from "../../../errors.ts";
import { errnoOf, isMissing, readFailure, throwIfAborted } from "../../../files/index.ts";
import { type CaseRow, datasetManifestSchema, type ItemRow } from "../../../schema/sample.ts";
import { type TaskId, taskIds } from "../../../schema/task.ts";
import type { Calibration } from "../../volume/source.ts";
import {
  type Columns,
  columnBytes,
  columnsOf,
  indexFormat,
  recordHeadBytes,
  type Section,
  splitNames,
  type Tail,
  tailBytes,
  tailIn,
  unitBytes,
} from "./format.ts";
import type { Look } from "./looks.ts";
import { Veil } from "./veil.ts";
import type { IndexHead } from "./write.ts";

/** Bytes that are compared at once. */
const pieceBytes = 4 << 20;
/** Bytes that are read at once: of records one after the other, and of one by itself. */
const windowBytes = { next: 1 << 18, other: 1 << 13 } as const;

/** Closes the files of indexes that nobody holds any more. */
const forgotten = new FinalizationRegistry<number>((handle) => closeSync(handle));

const section = z.strictObject({
  at: z.int().nonnegative(),
  bytes: z.int().nonnegative(),
  crc32: z.int().nonnegative(),
});
const headSchema = z.strictObject({
  format: z.literal(indexFormat),
  code: z.string(),
  opened: z.string(),
  cases: z.int().nonnegative(),
  columns: section,
  looks: section,
  folder: z.string(),
  manifest: datasetManifestSchema,
  fingerprint: z.string(),
  more: z.unknown(),
});

/** Why a file is not believed. */
export interface Unbelieved {
  readonly why: string;
}

/** An index that is open: its head and columns are in memory, rows and items are read when they are asked for. */
export class KeptIndex {
  readonly head: IndexHead;
  readonly columns: Columns;
  readonly #path: string;
  readonly #handle: number;
  readonly #veil: Veil;
  readonly #bodyBytes: number;
  readonly #bodyCrc32: number;
  readonly #rows: Window;
  readonly #items: Window;
  #last:
    | { readonly at: number; readonly row: CaseRow; readonly calibration: Calibration | undefined }
    | undefined;

  private constructor(path: string, handle: number, { head, columns, tail, veil }: Parts) {
    this.head = head;
    this.columns = columns;
    this.#path = path;
    this.#handle = handle;
    this.#veil = veil;
    this.#bodyBytes = tail.head.at;
    this.#bodyCrc32 = tail.bodyCrc32;
    this.#rows = new Window(handle, veil);
    this.#items = new Window(handle, veil);
  }

  /**
   * Opens an index; of its body nothing is read.
   *
   * @returns undefined where there is none; why a file is none that can be believed.
   * @throws TomoeError `PERMISSION`, `IO_FAILED`.
   */
  static open(path: string): KeptIndex | Unbelieved | undefined {
    let handle: number | undefined;
    try {
      handle = openSync(path, "r");
      const parts = partsOf(handle);
      if ("why" in parts) {
        closeSync(handle);
        return parts;
      }
      const index = new KeptIndex(path, handle, parts);
      forgotten.register(index, handle);
      return index;
    } catch (cause) {
      if (handle !== undefined) closeSync(handle);
      if (isMissing(cause) || errnoOf(cause) === "ENOTDIR") return undefined;
      throw readFailure(cause, { action: "open the index of a data set", path });
    }
  }

  /** What the walk looked at; undefined where it is damaged. @throws TomoeError `IO_FAILED`. */
  looks(): readonly Look[] | undefined {
    const bytes = sectionOf(this.#handle, this.#veil, this.head.looks);
    return bytes === undefined ? undefined : (JSON.parse(bytes.toString("utf8")) as readonly Look[]);
  }

  /** Compares every byte of the body with its checksum. @throws TomoeError `IO_FAILED`, `CANCELLED`. */
  async isWhole(signal?: AbortSignal): Promise<boolean> {
    const piece = Buffer.allocUnsafe(pieceBytes);
    let [crc, at] = [0, 0];
    try {
      while (at < this.#bodyBytes) {
        const read = readSync(this.#handle, piece, 0, Math.min(pieceBytes, this.#bodyBytes - at), at);
        if (read === 0) return false;
        crc = crc32(this.#veil.turned(piece.subarray(0, read), at), crc);
        at += read;
        // Who else works in this process has a turn, and may stop this.
        await new Promise((turn) => setImmediate(turn));
        throwIfAborted(signal);
      }
    } catch (cause) {
      throw readFailure(cause, { action: "read the index of a data set", path: this.#path });
    }
    return crc === this.#bodyCrc32;
  }

  /** The row of a case. @throws TomoeError `DATA_SHARD_CHECKSUM` for one that was damaged after it was compared. */
  row(at: number): CaseRow {
    return this.#record(at).row;
  }

  calibration(at: number): Calibration | undefined {
    return this.#record(at).calibration;
  }

  /** The items of a case, made anew each time; errors as `row`. */
  items(at: number): readonly ItemRow[] {
    return this.#parsed(this.#items, this.columns.itemsAt[at] ?? 0) as readonly ItemRow[];
  }

  #record(at: number) {
    if (this.#last?.at === at) return this.#last;
    const [row, stated] = this.#parsed(this.#rows, this.columns.rowAt[at] ?? 0) as [CaseRow, string | null];
    const calibration =
      stated === null ? undefined : (deserialize(Buffer.from(stated, "base64")) as Calibration);
    this.#last = { at, row, calibration };
    return this.#last;
  }

  #parsed(window: Window, unit: number): unknown {
    let text: string | undefined;
    try {
      text = window.record(unitBytes * unit);
    } catch (cause) {
      throw readFailure(cause, { action: "read the index of a data set", path: this.#path });
    }
    if (text !== undefined) return JSON.parse(text);
    throw new TomoeError("DATA_SHARD_CHECKSUM", `the index ${this.#path} was damaged while it was in use`, {
      hint: "Give the command again: the tables are read anew.",
      details: { path: this.#path },
    });
  }
}

interface Parts {
  readonly head: IndexHead;
  readonly columns: Columns;
  readonly tail: Tail;
  readonly veil: Veil;
}

function partsOf(handle: number): Parts | Unbelieved {
  const { size } = fstatSync(handle);
  const tail = tailIn(bytesAt(handle, Math.max(0, size - tailBytes), tailBytes), size);
  if (tail === undefined) return { why: "is cut off, or none" };
  const veil = Veil.of(bytesAt(handle, 0, unitBytes));
  if (veil === undefined) return { why: "is damaged" };
  const text = sectionOf(handle, veil, tail.head);
  if (text === undefined) return { why: "is damaged" };
  const parsed = headSchema.safeParse(JSON.parse(text.toString("utf8")));
  if (!parsed.success) return { why: "is of another version" };
  const head = parsed.data as IndexHead;
  const columns = sectionOf(handle, veil, head.columns);
  if (columns === undefined || columns.length !== columnBytes(head.cases)) return { why: "is damaged" };
  const own = new Uint8Array(columns.length);
  own.set(columns);
  return { head, columns: columnsOf(head.cases, own.buffer), tail, veil };
}

function sectionOf(handle: number, veil: Veil, { at, bytes, crc32: sum }: Section): Buffer | undefined {
  const found = veil.turned(bytesAt(handle, at, bytes), at);
  return found.length === bytes && crc32(found) === sum ? found : undefined;
}

/** Fewer than were asked for where the file ends. */
function bytesAt(handle: number, from: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafe(length);
  let at = 0;
  while (at < length) {
    const read = readSync(handle, bytes, at, length - at, from + at);
    if (read === 0) break;
    at += read;
  }
  return bytes.subarray(0, at);
}

/** A piece of the file: records that lie one behind the other are read together. */
class Window {
  readonly #handle: number;
  readonly #veil: Veil;
  #from = 0;
  #bytes: Buffer = Buffer.alloc(0);
  /** Where the record behind the last one may begin. */
  #next = 0;

  constructor(handle: number, veil: Veil) {
    this.#handle = handle;
    this.#veil = veil;
  }

  /** The text of a record; undefined where it is not what was written. */
  record(at: number): string | undefined {
    const isNext = at >= this.#next && at < this.#next + windowBytes.next;
    const most = isNext ? windowBytes.next : windowBytes.other;
    const head = this.#take(at, recordHeadBytes, most);
    if (head === undefined) return undefined;
    const [length, sum] = [head.readUInt32LE(0), head.readUInt32LE(4)];
    const body = this.#take(at + recordHeadBytes, length, most);
    this.#next = at + recordHeadBytes + length;
    return body === undefined || crc32(body) !== sum ? undefined : body.toString("utf8");
  }

  #take(at: number, length: number, most: number): Buffer | undefined {
    const start = at - this.#from;
    if (start >= 0 && start + length <= this.#bytes.length)
      return this.#bytes.subarray(start, start + length);
    // A length that is no length ends with the file, not with the memory.
    if (length > fstatSync(this.#handle).size) return undefined;
    this.#bytes = this.#veil.turned(bytesAt(this.#handle, at, Math.max(length, most)), at);
    this.#from = at;
    return this.#bytes.length < length ? undefined : this.#bytes.subarray(0, length);
  }
}

/** Tasks by the bits of a column, each list made once. */
const tasksOf = new Map<number, readonly TaskId[]>();

/** The tasks that a column says. */
export function tasksIn(mask: number): readonly TaskId[] {
  const known = tasksOf.get(mask) ?? taskIds.filter((_, bit) => (mask & (1 << bit)) !== 0);
  tasksOf.set(mask, known);
  return known;
}

/** The split that a column says. */
export function splitIn(index: number): CaseRow["split"] {
  return splitNames[index] ?? "train";
}
