import fc from "fast-check";
import { chooseItems, permutation, samplesAt } from "../../../../../ts/data/dataset/order.ts";

describe("permutation", () => {
  it("visits every position exactly once, for any size and key", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), fc.string(), (size, key) => {
        const order = permutation(size, key);
        const seen = new Set(Array.from({ length: size }, (_, position) => order(position)));
        return seen.size === size && Math.min(...seen) === 0 && Math.max(...seen) === size - 1;
      }),
      { numRuns: 60, seed: 20261128 },
    );
  });

  it("is fixed by its key and changes with it", () => {
    const list = (key: string): number[] =>
      Array.from({ length: 500 }, (_, position) => permutation(500, key)(position));
    expect(list("a")).toEqual(list("a"));
    expect(list("a")).not.toEqual(list("b"));
  });

  it("spreads: neighbours land far apart on average, as in a random order", () => {
    const size = 4096,
      order = permutation(size, "spread");
    let sum = 0;
    for (let position = 1; position < size; position += 1)
      sum += Math.abs(order(position) - order(position - 1));
    // The mean distance of two random positions is size / 3, with a standard error of about size / 4 /
    // sqrt(size).
    expect(Math.abs(sum / (size - 1) - size / 3)).toBeLessThan(4 * (size / 4 / Math.sqrt(size)));
  });

  it("refuses an empty split", () => {
    expect(() => permutation(0, "x")).toThrow("[CONFIG_INVALID] an order over 0 samples");
  });
});

describe("samplesAt", () => {
  const key = { seed: 3, corpusFingerprint: "f", stage: "shared" };

  it("gives every case exactly once an epoch, whatever the batch size", () => {
    const size = 37,
      batch = 8;
    const stream = Array.from({ length: size }, (_, step) => samplesAt(key, size, batch, step, 0, 1)).flat();
    for (let epoch = 0; epoch < 8; epoch += 1) {
      const seen = stream.filter((entry) => entry.epoch === epoch).map((entry) => entry.sample);
      expect(new Set(seen).size).toBe(size);
      expect(seen).toHaveLength(size);
    }
  });

  it.each([1, 2, 3, 4, 6, 12])("gives the same global batch over %i ranks", (worldSize) => {
    for (let step = 0; step < 5; step += 1) {
      const one = samplesAt(key, 50, 12, step, 0, 1);
      const many = Array.from({ length: worldSize }, (_, rank) =>
        samplesAt(key, 50, 12, step, rank, worldSize),
      )
        .flat()
        .sort((a, b) => a.slot - b.slot);
      expect(many).toEqual(one);
    }
  });

  it("orders each epoch, stage and corpus differently", () => {
    const first = samplesAt(key, 64, 64, 0, 0, 1).map((entry) => entry.sample);
    expect(samplesAt(key, 64, 64, 1, 0, 1).map((entry) => entry.sample)).not.toEqual(first);
    expect(
      samplesAt({ ...key, stage: "specific" }, 64, 64, 0, 0, 1).map((entry) => entry.sample),
    ).not.toEqual(first);
    expect(
      samplesAt({ ...key, corpusFingerprint: "g" }, 64, 64, 0, 0, 1).map((entry) => entry.sample),
    ).not.toEqual(first);
  });
});

describe("chooseItems", () => {
  it("draws without repeats, keeps the order, and all of them when there are few", () => {
    const items = Array.from({ length: 10 }, (_, index) => index);
    const chosen = chooseItems(items, 4, "k");
    expect(chosen).toHaveLength(4);
    expect([...new Set(chosen)].sort((a, b) => a - b)).toEqual([...chosen]);
    expect(chooseItems(items, 4, "k")).toEqual(chosen);
    expect(chooseItems(items, 10, "k")).toEqual(items);
  });

  it("chooses every item about equally often over keys", () => {
    const counts = new Array<number>(8).fill(0);
    for (let draw = 0; draw < 2000; draw += 1)
      for (const index of chooseItems([0, 1, 2, 3, 4, 5, 6, 7], 3, `k${draw}`))
        counts[index] = (counts[index] ?? 0) + 1;
    // Expected 750 each; the binomial standard deviation is about 22.
    for (const count of counts) expect(Math.abs(count - 750)).toBeLessThan(100);
  });
});
