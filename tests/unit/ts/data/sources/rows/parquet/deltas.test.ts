import fc from "fast-check";
import {
  deltaInt32,
  deltaInt64,
  deltaLengths,
  deltaStrings,
  type Slices,
} from "../../../../../../../ts/data/sources/rows/parquet/deltas.ts";
import { thrown } from "../../../../../../support/caught.ts";
import { varint, zigzag } from "../../../../../../support/parquet/craft.ts";
import { deltas } from "../../../../../../support/parquet/deltas.ts";

const texts = ({ bytes, starts, ends }: Slices): readonly string[] =>
  [...starts].map((start, at) => Buffer.from(bytes.subarray(start, ends[at])).toString());
const big = (values: readonly number[]): readonly bigint[] => values.map(BigInt);

describe("integers as differences", () => {
  it("of 64 bits give back what was written", () => {
    const any = fc.array(fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }), { maxLength: 300 });
    fc.assert(
      fc.property(any, (values) => {
        expect([...deltaInt64(deltas(values, 64), values.length)]).toEqual(values);
      }),
      { seed: 94, numRuns: 60 },
    );
  });

  it("of 32 bits give back what was written, differences that wrap too", () => {
    const any = fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), { maxLength: 300 });
    fc.assert(
      fc.property(any, (values) => {
        expect([...deltaInt32(deltas(big(values), 32), values.length)]).toEqual(values);
      }),
      { seed: 94, numRuns: 60 },
    );
  });

  it.each([0, 1, 2, 32, 33, 128, 129, 130, 257])("are %d, whatever of the last block is left", (count) => {
    const values = Array.from({ length: count }, (_, at) => at * at - 7 * at);
    expect([...deltaInt32(deltas(big(values), 32), count)]).toEqual(values);
  });

  const head = (block: number, parts: number, count: number): Uint8Array =>
    Buffer.concat([varint(block), varint(parts), varint(count), zigzag(0n)]);

  it.each([
    ["another number of values", deltas([1n, 2n], 32), "are of 2 values where 3 have to be"],
    ["blocks of none", head(0, 4, 3), "in blocks of 0 in 4 parts"],
    ["blocks of two thousand million", head(2 ** 31, 2 ** 28, 3), "in blocks of 2147483648"],
    ["no parts", head(128, 0, 3), "in 0 parts"],
    ["more parts than values", head(128, 2 ** 31, 3), "in 2147483648 parts"],
    ["parts that no byte ends", head(128, 32, 3), "in 32 parts"],
    ["no block", head(128, 4, 3), "ends before its values do"],
    ["widths alone", Buffer.concat([head(128, 4, 3), zigzag(0n), Uint8Array.of(8, 0, 0, 0)]), "ends before"],
    ["a width of 65", Buffer.concat([head(128, 4, 3), zigzag(0n), Buffer.alloc(600, 65)]), "of 65 bits"],
  ])("are damaged by %s", (_, bytes, message) => {
    for (const read of [deltaInt32, deltaInt64]) {
      const error = thrown(() => read(bytes, 3));
      expect(error).toMatchObject({ code: "DATA_MANIFEST" });
      expect(error.message).toContain(message);
    }
  });
});

describe("texts behind all of their lengths", () => {
  it("are as written", () => {
    const words = ["", "eins", "Ein längerer Text", "x".repeat(1000), ""];
    const bytes = words.map((word) => Buffer.from(word));
    const packed = Buffer.concat([deltas(big(bytes.map(({ length }) => length)), 32), ...bytes]);
    expect(texts(deltaLengths(packed, words.length))).toEqual(words);
  });

  it("are damaged where a length is negative, or leads behind the page", () => {
    expect(thrown(() => deltaLengths(deltas([-1n], 32), 1)).what).toBe("a value is said to be of -1 bytes");
    expect(thrown(() => deltaLengths(deltas([5n], 32), 1)).what).toBe("a page ends before its values do");
    expect(thrown(() => deltaLengths(deltas([2n ** 40n], 64), 1)).what).toContain("of 1099511627776 bytes");
  });
});

describe("texts that begin as the one before", () => {
  /** Prefixes, rests and the rests' bytes. */
  const packed = (kept: readonly number[], rest: readonly string[]): Uint8Array =>
    Buffer.concat([
      deltas(big(kept), 32),
      deltas(big(rest.map(({ length }) => length)), 32),
      Buffer.from(rest.join("")),
    ]);

  it("are as written", () => {
    const bytes = packed([0, 6, 4, 0, 2], ["nodule", "s", "ar", "cyst", ""]);
    expect(texts(deltaStrings(bytes, 5, 100))).toEqual(["nodule", "nodules", "noduar", "cyst", "cy"]);
  });

  it("are damaged where they take more of the one before than it has", () => {
    expect(thrown(() => deltaStrings(packed([1], ["a"]), 1, 100)).what).toBe(
      "a value takes 1 bytes of one of 0",
    );
    expect(thrown(() => deltaStrings(packed([0, 4], ["abc", ""]), 2, 100)).what).toBe(
      "a value takes 4 bytes of one of 3",
    );
  });

  it("are refused before they take more memory than a page may have", () => {
    // A million values in a few bytes, of which each is a byte longer: 500 GB together.
    const count = 1_000_000;
    const kept = deltas(big(Array.from({ length: count }, (_, at) => at)), 32);
    const rest = deltas(big(Array.from({ length: count }, () => 1)), 32);
    const bytes = Buffer.concat([kept, rest, Buffer.alloc(count, 65)]);
    const error = thrown(() => deltaStrings(bytes, count, 1 << 28));
    expect(error.what).toBe("the values of a page are of 500000500000 bytes, more than 268435456");
  });
});
