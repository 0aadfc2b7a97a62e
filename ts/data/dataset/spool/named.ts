import { deserialize, serialize } from "node:v8";
import { Numbers } from "./numbers.ts";
import { Seen } from "./seen.ts";
import { Spool } from "./spool.ts";

/** What a row has that is kept by its id: numbers that JSON does not keep stand in `calibration`. */
interface Named {
  readonly id: string;
  readonly calibration?: unknown;
}

/**
 * Rows with ids of their own, of any number: a row takes some 60 bytes of memory and lies in a spool. They are numbered in
 * the order in which their ids came first.
 */
export class NamedRows<T extends Named> {
  readonly #spool: Spool;
  readonly #numbers = new Seen();
  #last: { readonly number: number; readonly row: T } | undefined;
  readonly #places = new Numbers((length) => new Float64Array(length));

  constructor(spool = new Spool()) {
    this.#spool = spool;
  }

  /** Rows that are kept. */
  get count(): number {
    return this.#places.length;
  }

  /** The number of an id; undefined where no row has it. */
  numberOf(id: string): number | undefined {
    return this.#numbers.get(id);
  }

  /**
   * Keeps a row, in place of one of the same id.
   *
   * @returns its number.
   * @throws TomoeError as `Spool.add`.
   */
  set(row: T): number {
    const { calibration, ...plain } = row;
    // JSON has no negative zero, and geometry does.
    const stated = calibration === undefined ? null : serialize(calibration).toString("base64");
    const number = this.#numbers.get(row.id) ?? this.#places.length;
    this.#last = undefined;
    this.#places.set(number, this.#spool.add(JSON.stringify([plain, stated])));
    this.#numbers.set(row.id, number);
    return number;
  }

  /** A row by its number; the one that was read last is at hand. @throws TomoeError as `Spool.text`. */
  at(number: number): T {
    const before = this.#last;
    if (before?.number === number) return before.row;
    const row = this.#read(number);
    this.#last = { number, row };
    return row;
  }

  #read(number: number): T {
    const [plain, stated] = JSON.parse(this.#spool.text(this.#places.at(number))) as [T, string | null];
    return stated === null ? plain : { ...plain, calibration: deserialize(Buffer.from(stated, "base64")) };
  }

  /** All rows in their order; errors as `at`. */
  *[Symbol.iterator](): Generator<T, void, undefined> {
    for (let number = 0; number < this.count; number++) yield this.at(number);
  }
}
