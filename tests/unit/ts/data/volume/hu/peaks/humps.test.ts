import fc from "fast-check";
import { huHistogram } from "../../../../../../../ts/data/volume/hu/histogram.ts";
import { humps, quantile } from "../../../../../../../ts/data/volume/hu/peaks/humps.ts";
import { seeded } from "../../../../../../support/body-voxels.ts";

const random = seeded(4);
const normal = (): number => 2 * (random() + random() + random() - 1.5);
/** Voxels of peaks, each a place, a width and a share. */
const of = (...peaks: readonly (readonly [number, number, number])[]): Int16Array =>
  Int16Array.from({ length: 20_000 }, (_, at) => {
    let left = (at % 1000) / 1000;
    for (const [place, width, share] of peaks) {
      if (left < share) return Math.round(place + width * normal());
      left -= share;
    }
    return 0;
  });

describe("humps", () => {
  it("are found where voxels crowd, from low to high, with about their share", () => {
    const found = humps(huHistogram(of([-1000, 15, 0.5], [-100, 20, 0.2], [50, 18, 0.3])));
    expect(found.map(({ isPile }) => isPile)).toEqual([false, false, false]);
    [-1000, -100, 50].forEach((place, index) => {
      expect(Math.abs((found[index]?.at ?? 0) - place)).toBeLessThan(12);
    });
    expect(found[0]?.share).toBeGreaterThan(0.4);
  });

  it("are the same ones on any scale, and behind any offset", () => {
    const voxels = of([-1000, 15, 0.5], [-100, 20, 0.2], [50, 18, 0.3]);
    fc.assert(
      fc.property(
        fc.constantFrom(0.3, 0.5, 0.9, 1.1, 2, 5),
        fc.integer({ min: -900, max: 900 }),
        (scale, add) => {
          const found = humps(huHistogram(voxels.map((hu) => Math.round(scale * hu + add))));
          expect(found.length).toBe(3);
          [-1000, -100, 50].forEach((place, index) => {
            expect(Math.abs((found[index]?.at ?? 0) - scale * place - add)).toBeLessThan(12 * scale + 3);
          });
        },
      ),
      { numRuns: 8, seed: 3 },
    );
  });

  it("tell a pile at one value from what noise makes, and what lies under it from the pile", () => {
    const padded = of([-1000, 15, 0.5], [50, 18, 0.3], [-2000, 0, 0.2]);
    const found = humps(huHistogram(padded));
    expect(found.filter(({ isPile }) => isPile)).toEqual([
      { at: -2000, share: expect.closeTo(0.2, 2), isPile: true },
    ]);
    const clipped = humps(huHistogram(of([-1000, 15, 0.5], [50, 18, 0.5]).map((hu) => Math.max(-1005, hu))));
    expect(clipped.find(({ isPile }) => isPile)?.at).toBe(-1005);
  });

  it("are none in voxels that spread evenly, and one in a single tissue", () => {
    expect(humps(huHistogram(Int16Array.from({ length: 30_000 }, (_, at) => at % 1500))).length).toBeLessThan(
      2,
    );
    expect(humps(huHistogram(of([60, 12, 1]))).length).toBe(1);
  });
});

describe("quantile", () => {
  it("is the value below which a share of the voxels lie", () => {
    const histogram = huHistogram(Int16Array.from({ length: 1000 }, (_, at) => at - 500));
    for (const share of [0.01, 0.5, 0.99]) {
      expect(Math.abs(quantile(histogram, share) - (1000 * share - 500))).toBeLessThanOrEqual(1);
    }
  });
});
