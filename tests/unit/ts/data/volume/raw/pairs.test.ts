import fc from "fast-check";
import { addToAll, keepBits } from "../../../../../../ts/data/volume/raw/pairs.ts";

/** Numbers in the middle of a larger array, at an odd place as often as at an even one. */
const placed = fc.record({
  values: fc.array(fc.integer({ min: 0, max: 65535 }), { maxLength: 9 }),
  before: fc.nat(3),
  signed: fc.boolean(),
});

function within({ values, before, signed }: { values: number[]; before: number; signed: boolean }) {
  const all = new (signed ? Int16Array : Uint16Array)(before + values.length + 2).fill(23456);
  all.set(values, before);
  const words = all.subarray(before, before + values.length);
  const others = (): number[] => [...all.subarray(0, before), ...all.subarray(before + values.length)];
  return { words, others };
}

describe("keepBits", () => {
  it("keeps the bits of each number, tells which were set in any, and touches no neighbour", () => {
    fc.assert(
      fc.property(placed, fc.integer({ min: 0, max: 65535 }), (place, mask) => {
        const { words, others } = within(place);
        const any = place.values.reduce((bits, value) => bits | value, 0);
        expect(keepBits(words, mask)).toBe(any);
        expect([...words].map((value) => value & 0xffff)).toEqual(place.values.map((value) => value & mask));
        expect(others().every((value) => value === 23456)).toBe(true);
      }),
      { numRuns: 300, seed: 3 },
    );
  });
});

describe("addToAll", () => {
  it("adds to each number modulo 65,536, as one after the other, and touches no neighbour", () => {
    fc.assert(
      fc.property(placed, fc.integer({ min: -70000, max: 70000 }), (place, addend) => {
        const { words, others } = within(place);
        const wanted = words.map((value) => value + addend);
        addToAll(words, addend);
        expect(words).toEqual(wanted);
        expect(others().every((value) => value === 23456)).toBe(true);
      }),
      { numRuns: 300, seed: 4 },
    );
  });

  it.each([
    [0, -1],
    [65535, 1],
    [32767, 1],
    [32768, -1],
    [32768, 32768],
  ])("carries nothing from %d + %d into the number beside it", (value, addend) => {
    const words = Uint16Array.of(value, 0, value, 7, 0, value);
    addToAll(words, addend);
    const sum = (of: number): number => (of + addend + 65536) % 65536;
    expect([...words]).toEqual([sum(value), sum(0), sum(value), sum(7), sum(0), sum(value)]);
  });
});
