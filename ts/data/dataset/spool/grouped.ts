import { Numbers } from "./numbers.ts";
import { Spool } from "./spool.ts";

const counts = (): Numbers<Uint32Array> => new Numbers((length) => new Uint32Array(length));

/**
 * Rows by group, of any number: a row takes 12 bytes of memory and a group 8, the rows themselves lie in a spool. They come in
 * any order, and are read back group by group in the order they came.
 */
export class GroupedRows<T> {
  readonly #spool: Spool;
  readonly #places = new Numbers((length) => new Float64Array(length));
  /** Of each row the one behind it in its group, of each group its first and last; counted from 1, 0 is none. */
  readonly #next = counts();
  readonly #first = counts();
  readonly #last = counts();

  constructor(spool = new Spool()) {
    this.#spool = spool;
  }

  /** Rows of all groups. */
  get count(): number {
    return this.#places.length;
  }

  /**
   * Keeps a row: what JSON has of it.
   *
   * @param group - from 0.
   * @throws TomoeError as `Spool.add`.
   */
  add(group: number, row: T): void {
    const number = this.#places.length + 1;
    this.#places.set(number - 1, this.#spool.add(JSON.stringify(row)));
    this.#next.set(number - 1, 0);
    const last = this.#last.at(group);
    if (last === 0) this.#first.set(group, number);
    else this.#next.set(last - 1, number);
    this.#last.set(group, number);
  }

  /** The rows of a group, made anew each time. @throws TomoeError as `Spool.text`. */
  of(group: number): T[] {
    const rows: T[] = [];
    for (let number = this.#first.at(group); number > 0; number = this.#next.at(number - 1))
      rows.push(JSON.parse(this.#spool.text(this.#places.at(number - 1))) as T);
    return rows;
  }
}
