import fc from "fast-check";
import { Bits, bitsOf, readRuns } from "../../../../../../../ts/data/sources/rows/parquet/runs.ts";
import { thrown } from "../../../../../../support/caught.ts";
import { packedBits, packedRun, run, varint, zigzag } from "../../../../../../support/parquet/craft.ts";

const most = (width: number): number => 2 ** width - 1;

/** Runs and packed groups by turns, as the values allow. */
function encode(values: readonly number[], width: number, lengths: readonly number[]): Uint8Array {
  const parts: Uint8Array[] = [];
  for (let at = 0, turn = 0; at < values.length; turn++) {
    const length = lengths[turn % lengths.length] ?? 1;
    const first = values[at] ?? 0;
    let same = 1;
    while (values[at + same] === first) same++;
    if (turn % 2 === 0) {
      parts.push(run(same, first, width));
      at += same;
    } else {
      const packed = values.slice(at, at + 8 * length);
      parts.push(packedRun(packed, width));
      at += packed.length;
    }
  }
  return Buffer.concat(parts);
}

describe("runs of numbers of equal width", () => {
  it("give back what was written, of any width, whatever stands as a run and whatever packed", () => {
    const cases = fc.integer({ min: 1, max: 32 }).chain((width) =>
      fc.record({
        width: fc.constant(width),
        values: fc.array(fc.oneof(fc.constant(most(width)), fc.integer({ min: 0, max: most(width) })), {
          maxLength: 100,
        }),
        lengths: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 4 }),
      }),
    );
    fc.assert(
      fc.property(cases, ({ width, values, lengths }) => {
        const out = new Uint32Array(values.length);
        readRuns(encode(values, width, lengths), out, width, most(width));
        expect([...out]).toEqual(values);
      }),
      { seed: 94, numRuns: 200 },
    );
  });

  it("of no bits are all 0 and take no bytes", () => {
    const out = new Uint32Array(5);
    readRuns(Buffer.alloc(0), out, 0, 0);
    expect([...out]).toEqual([0, 0, 0, 0, 0]);
  });

  it("may leave out the bytes of the last group that nothing stands in", () => {
    const out = new Uint8Array(2);
    readRuns(packedRun([1, 1], 4).subarray(0, 2), out, 4, 15);
    expect([...out]).toEqual([1, 1]);
  });

  it.each([
    ["give more values than there are", run(6, 1, 2), "a run is of 6 values where 5 are left"],
    [
      "give two thousand million values",
      run(2_000_000_000, 1, 2),
      "a run is of 2000000000 values where 5 are",
    ],
    ["give none", run(0, 1, 2), "a run is of 0 values"],
    ["pack none", Uint8Array.of(1), "a run is of no values"],
    ["end before their value", varint(10), "ends before its values do"],
    ["end before all of them", run(3, 1, 2), "ends before its values do"],
    ["end within packed bits", packedRun([1, 1, 1, 1, 1], 2).subarray(0, 2), "ends before its values do"],
    ["hold a larger number than there can be", run(5, 3, 2), "a number is 3 where 2 is the most"],
    [
      "pack a larger number than there can be",
      packedRun([0, 1, 2, 3, 0], 2),
      "a number is 3 where 2 is the most",
    ],
    ["state a length without an end", Uint8Array.from([255, 255, 255, 255, 255, 1]), "more than five bytes"],
  ])("are damaged where they %s", (_, bytes, message) => {
    const error = thrown(() => readRuns(bytes, new Uint8Array(5), 2, 2));
    expect(error).toMatchObject({ code: "DATA_MANIFEST" });
    expect(error.message).toContain(message);
  });

  it("are damaged where their numbers are wider than any is", () => {
    const error = thrown(() => readRuns(Buffer.alloc(9), new Uint8Array(5), 33, 2));
    expect(error.what).toBe("numbers are said to be of 33 bits");
  });
});

describe("bits", () => {
  it("are read in any width, one number behind the other", () => {
    const values = [5, 0, 1023, 77, 512];
    const bits = new Bits(packedBits(values, 10));
    expect(values.map(() => bits.bits(10))).toEqual(values);
  });

  it("go on at a whole byte", () => {
    const bits = new Bits(Uint8Array.of(0xff, 0x02, 0x03));
    expect(bits.bits(3)).toBe(7);
    bits.jump(1);
    expect([bits.bits(8), bits.byte()]).toEqual([2, 3]);
    expect(thrown(() => bits.bits(1)).what).toBe("a page ends before its values do");
  });

  it("are numbers of whole bytes, of seven bits a byte, and signed ones of up to 64", () => {
    expect(new Bits(Uint8Array.of(1, 2, 0)).whole(3)).toBe(513);
    expect(new Bits(varint(4_000_000_000)).varint()).toBe(4_000_000_000);
    for (const value of [0n, -1n, 1n, 2n ** 62n, -(2n ** 63n), 2n ** 63n - 1n])
      expect(BigInt.asIntN(64, new Bits(zigzag(value)).zigzag())).toBe(value);
    expect(thrown(() => new Bits(Buffer.alloc(12, 255)).zigzag()).what).toContain("more than ten bytes");
  });

  it.each([
    [0, 0],
    [1, 1],
    [2, 2],
    [3, 2],
    [4, 3],
    [255, 8],
  ])("up to %d take %d of them", (largest, bits) => {
    expect(bitsOf(largest)).toBe(bits);
  });
});
