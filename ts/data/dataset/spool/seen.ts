/**
 * A number below 2^32 for each text that was met, without keeping the texts: two 32-bit hashes stand for one, so that
 * six million ids take 144 MB. That two of n texts meet has the chance n * n / 2^65, 1e-6 for six million.
 */
export class Seen {
  #keys = new Uint32Array(2 * 1024);
  #values = new Uint32Array(1024);
  /** Marks taken slots: both hashes may be 0. */
  #taken = new Uint8Array(1024);
  #size = 0;

  /** How many texts were met. */
  get size(): number {
    return this.#size;
  }

  /** The number of a text; undefined for one that was not met. */
  get(text: string): number | undefined {
    const [first, second] = hashes(text);
    const slot = this.#slot(first, second);
    return this.#taken[slot] === 1 ? this.#values[slot] : undefined;
  }

  /**
   * Keeps a number for a text, in place of the one before.
   *
   * @param value - 0..2^32 - 1.
   */
  set(text: string, value: number): void {
    if (2 * (this.#size + 1) > this.#taken.length) this.#grow();
    const [first, second] = hashes(text);
    this.#put(first, second, value);
  }

  #put(first: number, second: number, value: number): void {
    const slot = this.#slot(first, second);
    if (this.#taken[slot] === 0) this.#size++;
    this.#taken[slot] = 1;
    this.#keys[2 * slot] = first;
    this.#keys[2 * slot + 1] = second;
    this.#values[slot] = value;
  }

  /** Where a text stands, or the free slot where it would. */
  #slot(first: number, second: number): number {
    const mask = this.#taken.length - 1;
    for (let slot = first & mask; ; slot = (slot + 1) & mask)
      if (this.#taken[slot] === 0 || (this.#keys[2 * slot] === first && this.#keys[2 * slot + 1] === second))
        return slot;
  }

  #grow(): void {
    const [keys, values, taken] = [this.#keys, this.#values, this.#taken];
    const slots = 2 * taken.length;
    this.#keys = new Uint32Array(2 * slots);
    this.#values = new Uint32Array(slots);
    this.#taken = new Uint8Array(slots);
    this.#size = 0;
    for (let slot = 0; slot < taken.length; slot++)
      if (taken[slot] === 1) this.#put(keys[2 * slot] ?? 0, keys[2 * slot + 1] ?? 0, values[slot] ?? 0);
  }
}

/**
 * Two hashes of a text's UTF-16 units, each multiplied on and mixed at the end as murmur3 does.
 *
 * @returns two numbers in 0..2^32 - 1.
 */
export function hashes(text: string): readonly [number, number] {
  let first = 0xdeadbeef,
    second = 0x41c6ce57;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    first = Math.imul(first ^ unit, 0x9e3779b1);
    second = Math.imul(second ^ unit, 0x5f356495);
    first ^= first >>> 15;
    second ^= second >>> 13;
  }
  return [mixed(first ^ Math.imul(second, 3)), mixed(second ^ Math.imul(first, 5))];
}

function mixed(value: number): number {
  let x = value >>> 0;
  x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
  return (x ^ (x >>> 16)) >>> 0;
}
