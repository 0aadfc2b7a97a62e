import { TomoeError } from "../errors.ts";

/** Raises `DATA_SHARD_SCHEMA`: the bytes are not an Arrow message this reader accepts. */
export function refuseBytes(
  what: string,
  hint = "Write the file with encodeTensors, or with pyarrow as one uncompressed batch of fixed_shape_tensor columns.",
): never {
  throw new TomoeError("DATA_SHARD_SCHEMA", what, { hint });
}

/** A run of elements inside one metadata block; `at(i)` is the position of element i. */
export interface FlatVector {
  readonly length: number;
  at(index: number): number;
}

/**
 * Reads the FlatBuffers of Arrow metadata with every offset checked before it is followed. The library's
 * reader checks
 * none: a byte-mutated message makes it allocate until Node aborts.
 *
 * @see https://flatbuffers.dev/internals/
 */
export class FlatBlock {
  readonly #view: DataView;
  readonly #kind: string;

  /** @param kind - what the block is, for messages, e.g. "the schema message". */
  constructor(bytes: Uint8Array, kind: string) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#kind = kind;
  }

  /** The table the block's first word points at. */
  root(): FlatTable {
    return this.table(this.#offset(0));
  }

  table(position: number): FlatTable {
    const vtable = position - this.i32(position);
    const vtableBytes = this.u16(vtable),
      tableBytes = this.u16(vtable + 2);
    this.#inside(vtable, vtableBytes);
    this.#inside(position, tableBytes);
    if (vtableBytes < 4 || vtableBytes % 2 !== 0 || tableBytes < 4)
      refuseBytes(`${this.#kind}: a table of ${tableBytes} bytes with a vtable of ${vtableBytes}`);
    return new FlatTable(this, position, vtable, vtableBytes, tableBytes);
  }

  /** Where the unsigned offset stored at `position` points. */
  follow(position: number): number {
    return position + this.#offset(position);
  }

  vector(position: number, elementBytes: number): FlatVector {
    const start = this.follow(position),
      length = this.#offset(start);
    this.#inside(start + 4, length * elementBytes);
    return { length, at: (index) => start + 4 + index * elementBytes };
  }

  text(position: number): string {
    const { length, at } = this.vector(position, 1);
    const bytes = new Uint8Array(this.#view.buffer, this.#view.byteOffset + at(0), length);
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch (cause) {
      throw new TomoeError("DATA_SHARD_SCHEMA", `${this.#kind}: a name of ${length} bytes is not UTF-8`, {
        hint: "Write names as UTF-8 text.",
        cause,
      });
    }
  }

  u8(position: number): number {
    this.#inside(position, 1);
    return this.#view.getUint8(position);
  }
  u16(position: number): number {
    this.#inside(position, 2);
    return this.#view.getUint16(position, true);
  }
  i16(position: number): number {
    this.#inside(position, 2);
    return this.#view.getInt16(position, true);
  }
  i32(position: number): number {
    this.#inside(position, 4);
    return this.#view.getInt32(position, true);
  }

  /** A 64-bit count or offset: refused when negative or above 2^53 - 1. */
  size64(position: number): number {
    this.#inside(position, 8);
    const value = this.#view.getBigInt64(position, true);
    if (value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER))
      refuseBytes(`${this.#kind}: a count of ${value} is outside 0..2^53-1`);
    return Number(value);
  }

  #offset(position: number): number {
    this.#inside(position, 4);
    return this.#view.getUint32(position, true);
  }

  #inside(position: number, bytes: number): void {
    if (position < 0 || position + bytes > this.#view.byteLength) {
      refuseBytes(
        `${this.#kind}: ${bytes} bytes at ${position} lie outside its ${this.#view.byteLength} bytes`,
      );
    }
  }
}

/**
 * One FlatBuffers table; fields go by their index in Arrow's .fbs files, an absent one reads as `undefined`
 * or its default.
 */
export class FlatTable {
  readonly block: FlatBlock;
  readonly #position: number;
  readonly #vtable: number;
  readonly #vtableBytes: number;
  readonly #tableBytes: number;

  constructor(block: FlatBlock, position: number, vtable: number, vtableBytes: number, tableBytes: number) {
    this.block = block;
    this.#position = position;
    this.#vtable = vtable;
    this.#vtableBytes = vtableBytes;
    this.#tableBytes = tableBytes;
  }

  /** Position of a field's inline part, or `undefined` when the field is absent. */
  position(field: number): number | undefined {
    const entry = 4 + 2 * field;
    const offset = entry < this.#vtableBytes ? this.block.u16(this.#vtable + entry) : 0;
    if (offset === 0) return undefined;
    if (offset >= this.#tableBytes)
      refuseBytes(`field ${field} lies at ${offset}, outside its table of ${this.#tableBytes} bytes`);
    return this.#position + offset;
  }

  has(field: number): boolean {
    return this.position(field) !== undefined;
  }
  u8(field: number): number {
    return this.#read(field, 0, (at) => this.block.u8(at));
  }
  i16(field: number): number {
    return this.#read(field, 0, (at) => this.block.i16(at));
  }
  i32(field: number): number {
    return this.#read(field, 0, (at) => this.block.i32(at));
  }
  size64(field: number): number {
    return this.#read(field, 0, (at) => this.block.size64(at));
  }
  table(field: number): FlatTable | undefined {
    return this.#read(field, undefined, (at) => this.block.table(this.block.follow(at)));
  }
  text(field: number): string {
    return this.#read(field, "", (at) => this.block.text(at));
  }
  vector(field: number, elementBytes: number): FlatVector {
    return this.#read(field, { length: 0, at: () => 0 }, (at) => this.block.vector(at, elementBytes));
  }

  /** The tables of a vector of tables, refused above `limit` before any is read. */
  tables(field: number, limit: number, kind: string): FlatTable[] {
    const { length, at } = this.vector(field, 4);
    if (length > limit) refuseBytes(`${length} ${kind}, more than ${limit}`);
    return Array.from({ length }, (_, index) => this.block.table(this.block.follow(at(index))));
  }

  #read<T>(field: number, absent: T, read: (position: number) => T): T {
    const at = this.position(field);
    return at === undefined ? absent : read(at);
  }
}
