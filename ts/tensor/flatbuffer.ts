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
 * reader checks none: a byte-mutated message makes it allocate until Node aborts.
 *
 * The rules are those of the format's own verifier and no others, so that nothing is read here that another
 * reader refuses: a value lies inside its block at a multiple of its size, an offset leads forward, a text
 * ends in a zero byte. server/tensors/flatbuffer.py holds the same ones, check for check.
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
    return this.table(this.follow(0));
  }

  /** The table at a position, once its field list and every field in it lie inside. */
  table(position: number): FlatTable {
    const vtable = position - this.i32(position);
    const vtableBytes = this.u16(vtable);
    const tableBytes = this.u16(vtable + 2);
    this.#inside(vtable, vtableBytes);
    this.#inside(position, tableBytes);
    if (vtableBytes < 4 || vtableBytes % 2 !== 0 || tableBytes < 4)
      refuseBytes(`${this.#kind}: a table of ${tableBytes} bytes with a vtable of ${vtableBytes}`);
    const offsets = Array.from({ length: vtableBytes / 2 - 2 }, (_, field) =>
      this.u16(vtable + 4 + 2 * field),
    );
    offsets.forEach((offset, field) => {
      if (offset !== 0 && (offset < 4 || offset >= tableBytes))
        refuseBytes(
          `${this.#kind}: field ${field} lies at ${offset}, outside its table of ${tableBytes} bytes`,
        );
    });
    return new FlatTable(this, position, offsets);
  }

  /** Where the unsigned offset stored at `position` points. */
  follow(position: number): number {
    const offset = this.#offset(position);
    if (offset === 0) refuseBytes(`${this.#kind}: the offset at ${position} leads nowhere`);
    return position + offset;
  }

  vector(position: number, elementBytes: number): FlatVector {
    const start = this.follow(position);
    const length = this.#offset(start);
    this.#inside(start + 4, length * elementBytes);
    return { length, at: (index) => start + 4 + index * elementBytes };
  }

  text(position: number): string {
    const { length, at } = this.vector(position, 1);
    if (this.u8(at(length)) !== 0)
      refuseBytes(`${this.#kind}: a name of ${length} bytes does not end in a zero byte`);
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
    this.#scalar(position, 1);
    return this.#view.getUint8(position);
  }
  u16(position: number): number {
    this.#scalar(position, 2);
    return this.#view.getUint16(position, true);
  }
  i16(position: number): number {
    this.#scalar(position, 2);
    return this.#view.getInt16(position, true);
  }
  i32(position: number): number {
    this.#scalar(position, 4);
    return this.#view.getInt32(position, true);
  }

  /** A 64-bit count or offset: refused when negative or above 2^53 - 1. */
  size64(position: number): number {
    this.#scalar(position, 8);
    const value = this.#view.getBigInt64(position, true);
    if (value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER))
      refuseBytes(`${this.#kind}: a count of ${value} is outside 0..2^53-1`);
    return Number(value);
  }

  #offset(position: number): number {
    this.#scalar(position, 4);
    return this.#view.getUint32(position, true);
  }

  #scalar(position: number, bytes: number): void {
    this.#inside(position, bytes);
    if (position % bytes !== 0)
      refuseBytes(`${this.#kind}: a value of ${bytes} bytes lies at ${position}, no multiple of its size`);
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
  readonly #offsets: readonly number[];

  constructor(block: FlatBlock, position: number, offsets: readonly number[]) {
    this.block = block;
    this.#position = position;
    this.#offsets = offsets;
  }

  /** Position of a field's inline part, or `undefined` when the field is absent. */
  position(field: number): number | undefined {
    const offset = this.#offsets[field] ?? 0;
    return offset === 0 ? undefined : this.#position + offset;
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
