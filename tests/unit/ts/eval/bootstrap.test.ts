import fc from "fast-check";
import { describeRule, quantile, resampledMeans } from "../../../../ts/eval/bootstrap.ts";
import {
  type ClusterSums,
  clusterInterval,
  seededUniform,
  unseenShare,
  wilson,
} from "../../../../ts/eval/index.ts";
import { paces } from "../../../support/pace.ts";

const bootstrap = { resamples: 2000, seed: 1 };
const width = ({ low, high }: { readonly low: number; readonly high: number }): number => high - low;

/**
 * One stratum; each cluster holds `items` answers, right with chance `share`: each for itself, or all of a
 * cluster together.
 */
function clustered(
  clusters: number,
  items: number,
  alike: boolean,
  seed: number,
  share = 0.5,
): readonly (readonly ClusterSums[])[] {
  const uniform = seededUniform(seed);
  return Array.from({ length: clusters }, () => {
    const fate = uniform() < share ? 1 : 0;
    const sum = Array.from({ length: items }, () =>
      alike ? fate : uniform() < share ? 1 : 0,
    ).reduce<number>((total, one) => total + one, 0);
    return [{ sum, count: items }];
  });
}

/** Resampling the slow way: whole lists of items, nothing summed beforehand. */
function slowInterval(
  table: readonly (readonly ClusterSums[])[],
  resamples: number,
  seed: number,
): readonly [number, number] {
  const uniform = seededUniform(seed);
  const means = Array.from({ length: resamples }, () => {
    const drawn = table.map(() => table[Math.floor(uniform() * table.length)] ?? []);
    const strata = (table[0] ?? [])
      .map((_cell, s) =>
        drawn.flatMap((row) => {
          const { sum, count } = row[s] ?? { sum: 0, count: 0 };
          return Array.from({ length: count }, (_item, at) => (at < sum ? 1 : 0));
        }),
      )
      .filter((items) => items.length > 0);
    return (
      strata
        .map((items) => items.reduce<number>((total, one) => total + one, 0) / items.length)
        .reduce((total, one) => total + one, 0) / strata.length
    );
  }).sort((a, b) => a - b);
  const at = (share: number): number => {
    const place = share * (resamples - 1),
      below = Math.floor(place);
    return (
      (means[below] ?? 0) + ((means[below + 1] ?? means[below] ?? 0) - (means[below] ?? 0)) * (place - below)
    );
  };
  return [at(0.025), at(0.975)];
}

describe("the seeded stream", () => {
  it("is the same for a seed and another for the next", () => {
    const draw = (seed: number): readonly number[] => {
      const uniform = seededUniform(seed);
      return Array.from({ length: 5 }, () => uniform());
    };
    expect(draw(7)).toEqual(draw(7));
    expect(draw(7)).not.toEqual(draw(8));
  });

  it("fills 0..1 evenly: every tenth holds 10 percent of 50,000 draws within 1", () => {
    const uniform = seededUniform(3);
    const bins = Array.from({ length: 10 }, () => 0);
    for (let at = 0; at < 50_000; at++) {
      const bin = Math.floor(uniform() * 10);
      bins[bin] = (bins[bin] ?? 0) + 1;
    }
    for (const count of bins) expect(Math.abs(count / 50_000 - 0.1)).toBeLessThan(0.01);
  });
});

describe("closed forms", () => {
  it.each([
    // Wilson's 95% intervals, worked out by hand from the textbook formula with z = 1.96.
    [0.8, 10, 0.49, 0.943],
    [1, 10, 0.7225, 1],
    [0, 10, 0, 0.2775],
    [0.5, 100, 0.4038, 0.5962],
  ])("wilson of %d over %d is %d .. %d (0.0005)", (value, n, low, high) => {
    const found = wilson(value, n);
    expect(Math.abs(found.low - low)).toBeLessThan(0.0005);
    expect(Math.abs(found.high - high)).toBeLessThan(0.0005);
  });

  it("wilson scales to other bounds", () => {
    const scaled = wilson(0.6, 10, { floor: -1, ceiling: 1 });
    const plain = wilson(0.8, 10);
    expect(scaled.low).toBeCloseTo(2 * plain.low - 1, 12);
    expect(scaled.high).toBeCloseTo(2 * plain.high - 1, 12);
  });

  it("the unseen share is Wilson's at both ends, and lets the unseen score anything in between", () => {
    for (const n of [10, 37, 500]) {
      expect(unseenShare(1, n).low).toBeCloseTo(wilson(1, n).low, 12);
      expect(unseenShare(0, n).high).toBeCloseTo(wilson(0, n).high, 12);
    }
    const unseen = 1.959963984540054 ** 2 / (100 + 1.959963984540054 ** 2);
    expect(unseenShare(0.5, 100).high - unseenShare(0.5, 100).low).toBeCloseTo(unseen, 12);
  });

  it("a quantile lies between order statistics, linearly", () => {
    const sorted = Float64Array.of(0, 10, 20, 30, 40);
    expect([0, 0.25, 0.3, 0.5, 1].map((q) => quantile(sorted, q))).toEqual([0, 10, 12, 20, 40]);
  });
});

describe("the cluster interval", () => {
  it("brackets the value", () => {
    const cell = fc
      .record({ right: fc.nat(5), wrong: fc.nat(5) })
      .map(({ right, wrong }): ClusterSums => ({ sum: right, count: right + wrong }));
    const row = fc.tuple(cell, cell, cell).filter((cells) => cells.some(({ count }) => count > 0));
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 40 }), (table) => {
        const { value, low, high } = clusterInterval(table, { resamples: 200, seed: 0 });
        expect(low).toBeLessThanOrEqual(value);
        expect(value).toBeLessThanOrEqual(high);
        expect(low).toBeGreaterThanOrEqual(0);
        expect(high).toBeLessThanOrEqual(1);
        expect(high).toBeGreaterThan(low);
      }),
      { seed: 9, numRuns: 200 },
    );
  });

  it("equals resampling items one by one with the same draws (1e-12)", () => {
    const uniform = seededUniform(31);
    const table = Array.from({ length: 25 }, () =>
      Array.from({ length: 3 }, (): ClusterSums => {
        const count = Math.floor(uniform() * 4);
        return { count, sum: Math.floor(uniform() * (count + 1)) };
      }),
    );
    const { low, high } = clusterInterval(table, { resamples: 500, seed: 5 });
    const [slowLow, slowHigh] = slowInterval(table, 500, 5);
    expect(low).toBeCloseTo(slowLow, 12);
    expect(high).toBeCloseTo(slowHigh, 12);
  });

  it("is narrower with more clusters, about as the root of their number", () => {
    const widths = [25, 100, 400, 1600].map((clusters) =>
      width(clusterInterval(clustered(clusters, 3, true, 2), bootstrap)),
    );
    for (let at = 1; at < widths.length; at++) {
      const ratio = (widths[at - 1] ?? 0) / (widths[at] ?? 1);
      expect(ratio).toBeGreaterThan(1.6);
      expect(ratio).toBeLessThan(2.4);
    }
  });

  it("is wider for answers that go together in a patient than for the same number of independent ones: by the root of the cluster size", () => {
    const together = width(clusterInterval(clustered(200, 9, true, 4), bootstrap));
    const apart = width(clusterInterval(clustered(200, 9, false, 4), bootstrap));
    expect(together / apart).toBeGreaterThan(2.4);
    expect(together / apart).toBeLessThan(3.6);
  });

  it("covers the truth about 95 times in 100: 400 experiments of 40 patients", () => {
    const covered = Array.from({ length: 400 }, (_, seed) =>
      clusterInterval(clustered(40, 4, true, 1000 + seed), { resamples: 400, seed }),
    ).filter(({ low, high }) => low <= 0.5 && 0.5 <= high).length;
    expect(covered / 400).toBeGreaterThan(0.9);
    expect(covered / 400).toBeLessThan(0.99);
  });

  it("covers a truth of 0.9 also with five patients, where percentiles do not", () => {
    const share = (intervals: readonly { readonly low: number; readonly high: number }[]): number =>
      intervals.filter(({ low, high }) => low <= 0.9 && 0.9 <= high).length / intervals.length;
    const tables = Array.from({ length: 300 }, (_, seed) => clustered(5, 4, true, 5000 + seed, 0.9));
    const percentiles = tables.map((table, seed) => {
      const means = resampledMeans(table, { resamples: 200, seed });
      return { low: quantile(means, 0.025), high: quantile(means, 0.975) };
    });
    const found = tables.map((table) => clusterInterval(table, bootstrap));
    expect(found.every(({ rule }) => rule === "wilson-few-clusters")).toBe(true);
    expect(share(found)).toBeGreaterThan(0.9);
    expect(share(percentiles)).toBeLessThan(0.6);
  });

  it("never is of no width: one patient, all right, all wrong, all alike", () => {
    const of = (clusters: number, sum: number, count: number) =>
      clusterInterval(
        Array.from({ length: clusters }, () => [{ sum, count }]),
        bootstrap,
      );
    expect(of(1, 50, 50)).toMatchObject({ value: 1, rule: "wilson-few-clusters", high: 1 });
    expect(of(1, 50, 50).low).toBeCloseTo(wilson(1, 1).low, 12);
    expect(of(30, 4, 4)).toMatchObject({ value: 1, rule: "unseen-share-no-spread", high: 1 });
    expect(of(30, 4, 4).low).toBeCloseTo(wilson(1, 30).low, 12);
    expect(of(30, 0, 4).high).toBeCloseTo(wilson(0, 30).high, 12);
    expect(width(of(30, 1 / 3, 1))).toBeGreaterThan(0.1);
    expect(of(30, 1 / 3, 1).rule).toBe("unseen-share-no-spread");
  });

  it("rests a mean over strata on the stratum that the fewest patients have", () => {
    const table = Array.from({ length: 40 }, (_, at) => [
      { sum: 2, count: 2 },
      at < 12 ? { sum: 1, count: 1 } : { sum: 0, count: 0 },
    ]);
    const { value, low } = clusterInterval(table, bootstrap);
    expect(value).toBe(1);
    expect(low).toBeCloseTo(wilson(1, 12).low, 12);
  });

  it("takes the mean over strata anew in each resample: a rare type weighs as much as a common one", () => {
    const table = Array.from({ length: 60 }, (_, at) => [
      { sum: 9, count: 10 },
      at % 2 === 0 ? { sum: at % 4 === 0 ? 1 : 0, count: 1 } : { sum: 0, count: 0 },
    ]);
    const { value, low, high } = clusterInterval(table, bootstrap);
    expect(value).toBeCloseTo((0.9 + 0.5) / 2, 12);
    // All of the spread is the rare type's: half of its own standard error, sqrt(.25 / 30) / 2.
    expect(high - low).toBeGreaterThan((0.7 * 2 * 1.96 * Math.sqrt(0.25 / 30)) / 2);
    expect(high - low).toBeLessThan((1.4 * 2 * 1.96 * Math.sqrt(0.25 / 30)) / 2);
  });

  it("says in words how it was made", () => {
    expect(describeRule("percentile", bootstrap)).toBe(
      "ci:cluster-bootstrap-percentile95(resamples=2000,seed=1,prng=splitmix32)",
    );
    expect(describeRule("wilson-few-clusters", bootstrap)).toBe(
      "ci:wilson95(n=clusters,why=under-10-clusters)",
    );
    expect(describeRule("unseen-share-no-spread", bootstrap)).toBe(
      "ci:unseen-share95(n=clusters,why=no-spread)",
    );
  });

  it("takes 2000 resamples of 2000 patients in five strata in at most 80 paces", () => {
    const uniform = seededUniform(8);
    const table = Array.from({ length: 2000 }, () =>
      Array.from({ length: 5 }, (): ClusterSums => ({ sum: uniform() < 0.7 ? 1 : 0, count: 1 })),
    );
    // About 8; one resampling that copied the table would be far above.
    const needed = paces(() => {
      clusterInterval(table, bootstrap);
    }, 2);
    expect(needed).toBeLessThan(80);
  });
});
