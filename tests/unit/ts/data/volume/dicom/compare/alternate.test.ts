import fc from "fast-check";
import { interleaved, requireOneStack } from "../../../../../../../ts/data/volume/dicom/compare/alternate.ts";
import type { SliceHeader } from "../../../../../../../ts/data/volume/dicom/slice.ts";
import { caught } from "../../../../../../support/caught.ts";
import { at } from "../../../../../../support/slice-headers.ts";

type Keyword = "KVP" | "XRayTubeCurrent" | "InstanceNumber";
const stack = (keyword: Keyword, values: readonly (number | undefined)[]): readonly SliceHeader[] =>
  at(
    values.map((_, index) => 2 * index),
    (index) => {
      const number = values[index];
      return { traits: new Map(number === undefined ? [] : [[keyword, { key: String(number), number }]]) };
    },
  );
const parts = (keyword: Keyword, values: readonly (number | undefined)[]): readonly number[] | undefined =>
  interleaved(stack(keyword, values))?.parts.map((part) => part.length);

describe("interleaved", () => {
  it("sees a value that comes back after another one, and no blocks", () => {
    expect(parts("KVP", [80, 140, 80, 140, 80, 140])).toEqual([3, 3]);
    expect(parts("KVP", [80, 80, 80, 140, 80, 80])).toEqual([5, 1]);
    expect(parts("KVP", [80, 80, 140, 140, 120, 120])).toBeUndefined();
    expect(parts("KVP", [1, 2, 3, 4, 5, 6])).toBeUndefined();
    expect(parts("KVP", [80, 80, 140, 140, 140, 80, 140, 140])).toEqual([3, 5]);
    const blocks = [5, 5, 5, 5, 2, 2, 2, 2, 5, 5, 5, 5];
    expect(parts("KVP", blocks)).toBeUndefined();
  });

  it("takes absence for a value only where a quarter or more lack it", () => {
    expect(parts("KVP", [80, undefined, 80, undefined, 80, undefined])).toEqual([3, 3]);
    expect(parts("KVP", [80, 80, undefined, 80, 80, 80])).toBeUndefined();
  });

  it("sees the beat of a drifting number in twos to tens, and none in one that wanders", () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 10 }), fc.integer({ min: 4, max: 8 }), (stacks, each) => {
        const values = Array.from({ length: stacks * each }, (_, z) => 100 * ((z % stacks) + 1));
        expect(parts("XRayTubeCurrent", values)).toHaveLength(stacks);
      }),
      { numRuns: 40, seed: 2 },
    );
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 150, max: 400 }), { minLength: 16, maxLength: 60 }),
        (values) => {
          expect(parts("XRayTubeCurrent", values)).toBeUndefined();
        },
      ),
      { numRuns: 200, seed: 3 },
    );
    expect(parts("XRayTubeCurrent", [200, 201, 200, 201, 200, 201, 200, 201])).toBeUndefined();
  });

  it("takes numbers that count up in each pass for passes, and shuffled ones for none", () => {
    expect(parts("InstanceNumber", [1, 7, 2, 8, 3, 9, 4, 10, 5, 11, 6, 12])).toEqual([6, 6]);
    expect(parts("InstanceNumber", [6, 12, 5, 11, 4, 10, 3, 9, 2, 8, 1, 7])).toEqual([6, 6]);
    expect(parts("InstanceNumber", [3, 9, 1, 12, 2, 7, 6, 8, 4, 11, 5, 10])).toBeUndefined();
    expect(parts("InstanceNumber", [12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1])).toBeUndefined();
  });
});

describe("requireOneStack", () => {
  it("names what alternates, the stacks, their step and their offset", async () => {
    const heights = [0, 0.6, 2.5, 3.1, 5, 5.6];
    const slices = at(heights, (index) => ({
      traits: new Map([["KVP" as const, { key: String(index % 2), number: index % 2 === 0 ? 80 : 140 }]]),
    }));
    const error = await caught(() => requireOneStack(slices, heights));
    expect(error.message).toBe(
      "[DATA_SERIES_MIXED] slices of 2 stacks interleave: the tube voltage (KVP) alternates along the normal (80, 140); the stacks have 3, 3 of 6 slices, step 2.5 mm each and lie 0.6 mm apart",
    );
    expect(error.details).toMatchObject({ offsetMm: expect.closeTo(0.6, 9), stepMm: 2.5, series: [{}, {}] });
  });

  it("lets one stack pass", () => {
    expect(() => requireOneStack(at([0, 2, 4]), [0, 2, 4])).not.toThrow();
  });
});
