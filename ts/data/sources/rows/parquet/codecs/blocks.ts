import { damaged } from "../damage.ts";

/**
 * Unpacks a block of Snappy.
 *
 * @param length - bytes it has to give.
 * @throws TomoeError `DATA_MANIFEST` for a block that gives more or fewer, or points before its beginning.
 * @see https://github.com/google/snappy/blob/main/format_description.txt
 */
export function unpackSnappy(input: Uint8Array, length: number): Uint8Array {
  const block = new Block(input, new Uint8Array(length), "snappy");
  let said = 0;
  for (let shift = 0, more = true; more; shift += 7) {
    const byte = block.next();
    if (shift > 28) throw damaged("a snappy page states no length");
    said += (byte & 0x7f) * 2 ** shift;
    more = byte > 127;
  }
  if (said !== length) throw damaged(`a snappy page is of ${said} bytes, its header says ${length}`);
  while (!block.ended) {
    const tag = block.next();
    if ((tag & 3) === 0) {
      const size = tag >> 2;
      block.literal(1 + (size < 60 ? size : block.little(size - 59)));
    } else if ((tag & 3) === 1) block.copy(((tag >> 5) << 8) | block.next(), 4 + ((tag >> 2) & 7));
    else block.copy(block.little((tag & 3) === 2 ? 2 : 4), 1 + (tag >> 2));
  }
  return block.whole();
}

/**
 * Unpacks a block of LZ4.
 *
 * @param length - bytes it has to give.
 * @throws TomoeError `DATA_MANIFEST` for a block that gives more or fewer, or points before its beginning.
 * @see https://github.com/lz4/lz4/tree/dev/doc the block format
 */
export function unpackLz4(input: Uint8Array, length: number): Uint8Array {
  const block = new Block(input, new Uint8Array(length), "lz4");
  while (!block.ended) {
    const token = block.next();
    block.literal(longer(block, token >> 4));
    // The last sequence is literals alone.
    if (block.ended) break;
    const offset = block.little(2);
    block.copy(offset, 4 + longer(block, token & 15));
  }
  return block.whole();
}

/** A length of four bits, which goes on in bytes while they are full. */
function longer(block: Block, first: number): number {
  let length = first;
  for (let byte = first === 15 ? 255 : 0; byte === 255; length += byte) byte = block.next();
  return length;
}

/**
 * Unpacks LZ4 as Hadoop frames it: blocks, each behind the sizes it gives and has; without frames, as some old writers
 * left it, it is one block.
 *
 * @throws TomoeError as `unpackLz4`.
 */
export function unpackFramedLz4(input: Uint8Array, length: number): Uint8Array {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  const frames: { readonly from: number; readonly bytes: number; readonly gives: number }[] = [];
  let [at, given] = [0, 0];
  while (at + 8 <= input.length) {
    const [gives, bytes] = [view.getUint32(at), view.getUint32(at + 4)];
    frames.push({ from: at + 8, bytes, gives });
    at += 8 + bytes;
    given += gives;
  }
  if (at !== input.length || given !== length) return unpackLz4(input, length);
  return Buffer.concat(
    frames.map(({ from, bytes, gives }) => unpackLz4(input.subarray(from, from + bytes), gives)),
  );
}

/** A packed block that is read, and what it gives so far. */
class Block {
  readonly #input: Uint8Array;
  readonly #output: Uint8Array;
  readonly #name: string;
  #at = 0;
  #written = 0;

  constructor(input: Uint8Array, output: Uint8Array, name: string) {
    this.#input = input;
    this.#output = output;
    this.#name = name;
  }

  get ended(): boolean {
    return this.#at === this.#input.length;
  }

  next(): number {
    const byte = this.#input[this.#at++];
    if (byte === undefined) throw damaged(`a ${this.#name} page ends before it is whole`);
    return byte;
  }

  /** A number of so many bytes, the lowest first. */
  little(bytes: number): number {
    let value = 0;
    for (let index = 0; index < bytes; index++) value += this.next() * 256 ** index;
    return value;
  }

  literal(length: number): void {
    if (length > this.#input.length - this.#at) throw damaged(`a ${this.#name} page ends before it is whole`);
    this.#room(length);
    this.#output.set(this.#input.subarray(this.#at, this.#at + length), this.#written);
    this.#at += length;
    this.#written += length;
  }

  /** Repeats what was given `offset` bytes before; it may run into itself. */
  copy(offset: number, length: number): void {
    if (offset === 0 || offset > this.#written)
      throw damaged(`a ${this.#name} page points before its beginning`);
    this.#room(length);
    const output = this.#output;
    const end = this.#written + length;
    for (let to = this.#written, from = to - offset; to < end; ) output[to++] = output[from++] ?? 0;
    this.#written = end;
  }

  whole(): Uint8Array {
    if (this.#written !== this.#output.length)
      throw damaged(
        `a ${this.#name} page gives ${this.#written} bytes, its header says ${this.#output.length}`,
      );
    return this.#output;
  }

  #room(length: number): void {
    if (length > this.#output.length - this.#written)
      throw damaged(`a ${this.#name} page gives more than the ${this.#output.length} bytes of its header`);
  }
}
