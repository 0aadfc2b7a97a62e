import fc from "fast-check";
import {
  type AugmentRange,
  changeOf,
  changesNothing,
  unchanged,
} from "../../../../../../ts/data/dataset/augment/change.ts";

const nothing: AugmentRange = { flip: 0, rotateDegrees: 0, gain: 0, shiftHu: 0 };
const all: AugmentRange = { flip: 0.5, rotateDegrees: 10, gain: 0.2, shiftHu: 50 };
const keys = Array.from({ length: 2000 }, (_, index) => `7/corpus/stage/0/case-${index}`);

describe("how a volume is changed", () => {
  it("is a function of range and key alone", () => {
    fc.assert(
      fc.property(fc.string(), (key) => {
        expect(changeOf(all, key)).toEqual(changeOf(all, key));
      }),
      { seed: 7 },
    );
    expect(changeOf(all, "a")).not.toEqual(changeOf(all, "b"));
  });

  it("is not at all where no range says how", () => {
    expect(changesNothing(nothing)).toBe(true);
    for (const key of keys.slice(0, 50)) expect(changeOf(nothing, key)).toEqual(unchanged);
    for (const name of Object.keys(nothing) as (keyof AugmentRange)[])
      expect(changesNothing({ ...nothing, [name]: all[name] })).toBe(false);
  });

  it("stays within its ranges, both ways, and fills them", () => {
    const changes = keys.map((key) => changeOf(all, key));
    const within = (values: readonly number[], low: number, high: number): void => {
      const width = high - low;
      expect(Math.min(...values)).toBeGreaterThanOrEqual(low);
      expect(Math.max(...values)).toBeLessThanOrEqual(high);
      expect(Math.min(...values)).toBeLessThan(low + 0.01 * width);
      expect(Math.max(...values)).toBeGreaterThan(high - 0.01 * width);
    };
    within(
      changes.map(({ turnedDegrees }) => turnedDegrees),
      -10,
      10,
    );
    within(
      changes.map(({ gain }) => gain),
      0.8,
      1.2,
    );
    within(
      changes.map(({ shiftHu }) => shiftHu),
      -50,
      50,
    );
    // Half of 2,000, within five deviations.
    const mirrored = changes.filter((change) => change.mirrored).length;
    expect(Math.abs(mirrored - 1000)).toBeLessThan(112);
    for (const key of keys.slice(0, 100)) expect(changeOf({ ...all, flip: 1 }, key).mirrored).toBe(true);
  });

  it("draws each number for itself: another range of one leaves the others", () => {
    for (const key of keys.slice(0, 50)) {
      const { shiftHu: _, ...others } = changeOf(all, key);
      expect(changeOf({ ...all, shiftHu: 0 }, key)).toEqual({ ...others, shiftHu: 0 });
      const { turnedDegrees } = changeOf({ ...all, flip: 0, gain: 0 }, key);
      expect(turnedDegrees).toBe(others.turnedDegrees);
    }
  });
});
