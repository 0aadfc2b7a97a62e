import fc from "fast-check";
import {
  commonestStep,
  longestBlock,
  missingSlices,
  sameStep,
  stepsOf,
} from "../../../../../../ts/data/volume/resample/steps.ts";

const along = (...steps: readonly number[]): number[] => {
  const places = [0];
  for (const step of steps) places.push((places.at(-1) ?? 0) + step);
  return places;
};
const times = (count: number, step: number): number[] => Array.from({ length: count }, () => step);

describe("sameStep", () => {
  it("allows a hundredth, and what one decimal of two positions rounds", () => {
    expect([sameStep(2, 2.019), sameStep(2, 2.1), sameStep(2, 2.2), sameStep(0.6, 0.7)]).toEqual([
      true,
      true,
      false,
      false,
    ]);
  });
});

describe("commonestStep", () => {
  it("is the mean of the steps that are alike, with their number", () => {
    expect(commonestStep([1, 4, 4.002, 3.998, 7])).toEqual({ mm: expect.closeTo(4, 9), count: 3 });
  });

  it("of several as common is the one nearest the median, then the smaller", () => {
    expect(commonestStep([1.08, ...times(13, 4), ...times(13, 7)]).mm).toBeCloseTo(4, 9);
    expect(commonestStep([...times(13, 4), 9, ...times(13, 7)]).mm).toBeCloseTo(7, 9);
    expect(commonestStep([2, 3]).mm).toBe(2);
  });

  it("is every step of a regular series", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.double({ min: 0.1, max: 10, noNaN: true }),
        (count, step) => {
          const found = commonestStep(times(count, step));
          expect(found.count).toBe(count);
          expect(found.mm).toBeCloseTo(step, 9);
        },
      ),
      { seed: 3 },
    );
  });
});

describe("longestBlock", () => {
  it("is where the longest row of that step begins, 0 where there is none", () => {
    expect(longestBlock([4, 1, 4, 4, 4, 1, 4], 4)).toBe(2);
    expect(longestBlock([4, 1], 9)).toBe(0);
  });
});

describe("missingSlices", () => {
  it.each<[string, number[], { index: number; stepMm: number; usualMm: number }]>([
    ["a whole multiple", along(2, 2, 2, 4, 2, 2), { index: 3, stepMm: 4, usualMm: 2 }],
    ["no multiple", along(2, 2, 2, 5.3, 2, 2), { index: 3, stepMm: 5.3, usualMm: 2 }],
    ["two gaps around one slice", along(2, 2, 2, 4, 4, 2, 2, 2), { index: 3, stepMm: 4, usualMm: 2 }],
    ["the last slice far off", along(2, 2, 2, 2, 10), { index: 4, stepMm: 10, usualMm: 2 }],
    [
      "every second one, in a block",
      along(...times(6, 2), ...times(4, 4)),
      { index: 6, stepMm: 4, usualMm: 2 },
    ],
    ["too few slices to tell a block", along(2, 3.5), { index: 1, stepMm: 3.5, usualMm: 2 }],
  ])("finds %s", (_, places, found) => {
    const { index, stepMm, usualMm } = found;
    expect(missingSlices(places, [])).toEqual({
      index,
      stepMm: expect.closeTo(stepMm, 9),
      usualMm: expect.closeTo(usualMm, 9),
    });
  });

  it.each<[string, number[], number[]]>([
    ["two blocks of other steps", along(...times(5, 4), ...times(5, 7)), []],
    ["a short step between blocks", along(...times(5, 4), 1.08, ...times(5, 7)), []],
    ["a step between those of its blocks", along(...times(5, 2), 4, ...times(5, 5)), []],
    ["steps that vary by less than half", along(2, 2.4, 1.7, 2.2, 2, 2.8), []],
    [
      "a block of twice the step and thickness",
      along(...times(6, 2), ...times(4, 4)),
      [...times(7, 2), ...times(4, 4)],
    ],
    ["one place", [0], []],
  ])("finds none in %s", (_, places, thicknesses) => {
    expect(missingSlices(places, thicknesses)).toBeUndefined();
  });
});

describe("stepsOf", () => {
  it("is one less than the places", () => {
    expect([stepsOf([1, 3, 6]), stepsOf([1])]).toEqual([[2, 3], []]);
  });
});
