import fc from "fast-check";
import { type Places, regularPlaces, samePlaces } from "../../../../../../ts/data/volume/resample/places.ts";

const run = (count: number, step: number, first = 0): number[] =>
  Array.from({ length: count }, (_, index) => first + index * step);
/** Places of ge_head_tilt: 14 slices every 4.00, then 14 every 7.00, 1.08 mm on. */
const head = [...run(14, 4.00193, -33.665), ...run(14, 6.99863, 19.441)];

/** Places that lie these steps apart. */
const placesAt = (steps: readonly number[]): number[] => {
  const places = [0];
  for (const step of steps) places.push((places.at(-1) ?? 0) + step);
  return places;
};

/** Weight of each old slice in each new one, from its definition. */
const shown = ({ samples }: Places, slices: number): number[][] =>
  Array.from({ length: slices }, (_, slice) =>
    samples.map(({ lower, weight }) => (lower === slice ? 1 - weight : lower + 1 === slice ? weight : 0)),
  );

describe("regularPlaces", () => {
  it("lets the slices of the longest block stay as they are", () => {
    const { firstMm, samples, displaced } = regularPlaces([0, 2, 4, 6, 8, 9.1, 11.1], 2);
    expect([firstMm, displaced]).toEqual([0, []]);
    expect(samples.slice(0, 5)).toEqual([0, 1, 2, 3, 4].map((lower) => ({ lower, weight: 0 })));
    expect(samples[5]).toEqual({ lower: 5, weight: expect.closeTo(0.45, 6) });
    // The last one lies 0.9 mm beyond the last slice, nearer to it than the one before.
    expect(samples.slice(6)).toEqual([{ lower: 6, weight: 0 }]);
  });

  it("keeps every slice within half a step of its place, also where blocks of two steps meet", () => {
    const places = regularPlaces(head, 4.00193);
    expect(places.displaced).toEqual([]);
    for (const [slice, weights] of shown(places, head.length).entries()) {
      const strongest = weights.indexOf(Math.max(...weights));
      expect(Math.abs(places.firstMm + strongest * 4.00193 - (head[slice] ?? 0))).toBeLessThan(4.00193 / 2);
    }
  });

  it("names slices that lie too close to show apart", () => {
    const { displaced } = regularPlaces([0, 1, 2, 3, 4, 8, 12, 16, 20, 24, 28], 4);
    expect(displaced.length).toBeGreaterThan(0);
    expect(displaced.every((slice) => slice > 0 && slice < 5)).toBe(true);
  });

  it("reproduces what is linear along the normal, to half a step beyond the ends", () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.5, max: 4, noNaN: true }), { minLength: 2, maxLength: 30 }),
        fc.double({ min: 0.4, max: 5, noNaN: true }),
        (steps, step) => {
          const along = placesAt(steps).map((place) => place - 7);
          const [low, high] = [along[0] ?? 0, along.at(-1) ?? 0];
          const { firstMm, samples } = regularPlaces(along, step);
          samples.forEach(({ lower, weight }, index) => {
            const place = firstMm + index * step;
            const mixed =
              (along[lower] ?? Number.NaN) * (1 - weight) +
              (weight === 0 ? 0 : (along[lower + 1] ?? Number.NaN) * weight);
            expect(Math.abs(mixed - Math.min(high, Math.max(low, place)))).toBeLessThanOrEqual(
              0.01 * step + 1e-9,
            );
            expect(place).toBeGreaterThan(low - step / 2);
            expect(place).toBeLessThan(high + step / 2);
          });
        },
      ),
      { seed: 8, numRuns: 60 },
    );
  });
});

describe("samePlaces", () => {
  it("moves nothing", () => {
    expect(samePlaces([3, 5])).toEqual({
      firstMm: 3,
      samples: [
        { lower: 0, weight: 0 },
        { lower: 1, weight: 0 },
      ],
      displaced: [],
    });
  });
});
