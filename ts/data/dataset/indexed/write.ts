import { serialize } from "node:v8";
import { crc32 } from "node:zlib";
import { type JsonValue, TomoeError } from "../../../errors.ts";
import { StreamedFile } from "../../../files/index.ts";
import type { CaseRow, DatasetManifest, ItemRow } from "../../../schema/sample.ts";
import { taskIds } from "../../../schema/task.ts";
import type { Calibration } from "../../volume/source.ts";
import {
  type Columns,
  columnsOf,
  indexFormat,
  recordHeadBytes,
  type Section,
  splitNames,
  tailOf,
  unitBytes,
} from "./format.ts";
import type { Look } from "./looks.ts";
import { Veil } from "./veil.ts";

/** Bytes of rows that are held until they are written as one piece: who walks over rows reads no items. */
const rowsAtOnce = 1 << 20;

/** A place is told in 32 bits. */
const mostBytes = unitBytes * 0xffff_0000;

/** Rows of one case, as they are kept. */
export interface KeptCase {
  readonly row: CaseRow;
  readonly calibration?: Calibration | undefined;
  readonly items: readonly ItemRow[];
  /** The items as JSON, which who digests them has at hand. */
  readonly itemsJson: string;
}

/** What is true of all cases. */
export interface IndexFacts {
  readonly folder: string;
  readonly manifest: DatasetManifest;
  readonly fingerprint: string;
  /** What else a walk found out. */
  readonly more: JsonValue;
}

/** What an index states of itself. */
export interface IndexHead extends IndexFacts {
  readonly format: typeof indexFormat;
  /** As `readingCode`. */
  readonly code: string;
  /** What was looked at to find the tables, digested. */
  readonly opened: string;
  readonly cases: number;
  readonly columns: Section;
  readonly looks: Section;
}

/** Writes an index: whole, or not at all. */
export class IndexWriter {
  readonly #file: StreamedFile;
  readonly #veil = Veil.begin();
  readonly #columns: Columns;
  readonly #bytes: ArrayBuffer;
  #at = 0;
  #crc = 0;
  #case = 0;
  /** Records of rows that wait for their place. */
  #rows: Buffer[] = [];
  #rowsBytes = 0;
  #rowsFrom = 0;

  private constructor(file: StreamedFile, cases: number) {
    this.#file = file;
    this.#columns = columnsOf(cases);
    this.#bytes = this.#columns.rowAt.buffer as ArrayBuffer;
  }

  /**
   * @param cases - how many will be added.
   * @throws TomoeError `PERMISSION`, `OUTPUT_CREATE`, `DISK_FULL`, `IO_FAILED`.
   */
  static async begin(path: string, cases: number): Promise<IndexWriter> {
    const writer = new IndexWriter(await StreamedFile.begin(path), cases);
    await writer.#put(writer.#veil.start);
    return writer;
  }

  /** Adds the next case; errors as `begin`. */
  async add({ row, calibration, items, itemsJson }: KeptCase): Promise<void> {
    if (this.#at + this.#rowsBytes > mostBytes)
      throw new TomoeError("DATA_UNSUPPORTED", `the rows take more than ${mostBytes} bytes`, {
        hint: "Read the data set in parts.",
      });
    const at = this.#case++;
    // JSON has no negative zero, and geometry does.
    const stated = calibration === undefined ? null : serialize(calibration).toString("base64");
    this.#rows.push(record(JSON.stringify([row, stated])));
    this.#columns.rowAt[at] = this.#rowsBytes / unitBytes;
    this.#rowsBytes += this.#rows.at(-1)?.length ?? 0;
    this.#columns.split[at] = splitNames.indexOf(row.split);
    this.#columns.tasks[at] = items.reduce((mask, { task }) => mask | (1 << taskIds.indexOf(task)), 0);
    this.#columns.itemsAt[at] = this.#at / unitBytes;
    await this.#put(record(itemsJson));
    if (this.#rowsBytes >= rowsAtOnce) await this.#putRows();
  }

  /** Puts the index in its place; errors as `begin`, and then what was there before stands. */
  async commit(
    facts: IndexFacts,
    {
      looks,
      opened,
      code,
    }: { readonly looks: readonly Look[]; readonly opened: string; readonly code: string },
  ): Promise<void> {
    await this.#putRows();
    const columns = await this.#putSection(Buffer.from(this.#bytes));
    const head: IndexHead = {
      format: indexFormat,
      code,
      opened,
      cases: this.#case,
      columns,
      looks: await this.#putSection(Buffer.from(JSON.stringify(looks))),
      ...facts,
    };
    const text = Buffer.from(JSON.stringify(head));
    const section = { at: this.#at, bytes: text.length, crc32: crc32(text) };
    await this.#file.write(this.#veil.turned(text, this.#at));
    await this.#file.write(tailOf({ head: section, bodyCrc32: this.#crc }));
    await this.#file.commit();
  }

  /** Leaves what was there before. */
  async abandon(): Promise<void> {
    await this.#file.abandon();
  }

  async #putRows(): Promise<void> {
    // Until now their places were counted from the first that waited.
    const from = this.#at / unitBytes;
    for (let at = this.#rowsFrom; at < this.#case; at++)
      this.#columns.rowAt[at] = (this.#columns.rowAt[at] ?? 0) + from;
    await this.#put(Buffer.concat(this.#rows));
    this.#rows = [];
    this.#rowsBytes = 0;
    this.#rowsFrom = this.#case;
  }

  async #putSection(bytes: Buffer): Promise<Section> {
    const section = { at: this.#at, bytes: bytes.length, crc32: crc32(bytes) };
    await this.#put(padded(bytes));
    return section;
  }

  async #put(bytes: Buffer): Promise<void> {
    this.#crc = crc32(bytes, this.#crc);
    const veiled = this.#veil.turned(bytes, this.#at);
    this.#at += bytes.length;
    await this.#file.write(veiled);
  }
}

/** A text behind its length and checksum. */
function record(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const bytes = Buffer.alloc(wholeUnits(recordHeadBytes + length));
  bytes.write(text, recordHeadBytes, "utf8");
  bytes.writeUInt32LE(length, 0);
  bytes.writeUInt32LE(crc32(bytes.subarray(recordHeadBytes, recordHeadBytes + length)), 4);
  return bytes;
}

const wholeUnits = (bytes: number): number => unitBytes * Math.ceil(bytes / unitBytes);

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes], wholeUnits(bytes.length));
}
