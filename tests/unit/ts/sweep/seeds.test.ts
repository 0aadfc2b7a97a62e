import { drawn, runSeed, trialSeed } from "../../../../ts/sweep/seeds.ts";

describe("trialSeed", () => {
  it("is 32 bits wide, the same at every call, and another one for each number and sweep seed", () => {
    const seeds = Array.from({ length: 500 }, (_, trial) => trialSeed(7, trial));
    expect(seeds).toEqual(Array.from({ length: 500 }, (_, trial) => trialSeed(7, trial)));
    expect(new Set([...seeds, ...seeds.map((_, trial) => trialSeed(8, trial))]).size).toBe(1000);
    for (const seed of seeds) expect(Number.isInteger(seed) && seed >= 0 && seed <= 4_294_967_295).toBe(true);
  });

  it("never changes between versions: sweeps of an earlier one are gone on with", () => {
    expect([trialSeed(0, 0), trialSeed(3, 0), trialSeed(3, 1)]).toEqual([1765081758, 2252082268, 2941138491]);
  });
});

describe("runSeed", () => {
  it("is the trial's own for its first run, and others for the further ones", () => {
    const seed = trialSeed(7, 4);
    expect(runSeed(seed, 0)).toBe(seed);
    expect(new Set([0, 1, 2, 3].map((member) => runSeed(seed, member))).size).toBe(4);
    expect(runSeed(seed, 2)).toBe(runSeed(seed, 2));
  });
});

describe("drawn", () => {
  const draws = Array.from({ length: 4000 }, (_, trial) => drawn(trialSeed(1, trial), "router.topK"));

  it("lies between 0 and 1, evenly", () => {
    expect(Math.min(...draws)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...draws)).toBeLessThan(1);
    const tenths = Array.from(
      { length: 10 },
      (_, at) => draws.filter((u) => Math.floor(u * 10) === at).length,
    );
    // 400 expected in each, with a standard deviation of 19.
    for (const count of tenths) expect(Math.abs(count - 400)).toBeLessThan(100);
  });

  it("is drawn for each name by itself", () => {
    const others = Array.from({ length: 4000 }, (_, trial) => drawn(trialSeed(1, trial), "router.topL"));
    const mean = draws.reduce((sum, u, at) => sum + (u - 0.5) * ((others[at] ?? 0) - 0.5), 0) / 4000;
    // Without any relation the mean product is 0, with a standard deviation of 1/12/sqrt(4000).
    expect(Math.abs(mean)).toBeLessThan(6 / 12 / Math.sqrt(4000));
  });
});
