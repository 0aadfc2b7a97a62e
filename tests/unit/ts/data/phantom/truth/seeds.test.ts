import {
  phantomSeed,
  requireInteger,
  seedStreams,
  streamOfSeed,
} from "../../../../../../ts/data/phantom/truth/seeds.ts";

describe("phantomSeed", () => {
  it("never repeats a seed within a stream nor shares one between streams, whatever the dataset seeds", () => {
    for (const datasetSeed of [0, 7, 4294967295]) {
      const seeds = seedStreams.flatMap((stream) =>
        Array.from({ length: 5000 }, (_, index) => phantomSeed(datasetSeed, stream, index)),
      );
      expect(new Set(seeds).size).toBe(seeds.length);
    }
    const ofStream = (stream: (typeof seedStreams)[number]): Set<number> =>
      new Set(
        [1, 2, 3].flatMap((datasetSeed) =>
          Array.from({ length: 2000 }, (_, index) => phantomSeed(datasetSeed, stream, index)),
        ),
      );
    expect(ofStream("heldOut").isDisjointFrom(ofStream("train"))).toBe(true);
    expect(ofStream("heldOut").isDisjointFrom(ofStream("validation"))).toBe(true);
  });

  it("gives safe integers that say which stream they belong to", () => {
    for (const stream of seedStreams) {
      for (const index of [0, 1, 2147483647]) {
        const seed = phantomSeed(11, stream, index);
        expect(Number.isSafeInteger(seed)).toBe(true);
        expect(streamOfSeed(seed)).toBe(stream);
      }
    }
  });

  it("is the same today as when the datasets of version 1 were written", () => {
    expect(phantomSeed(7, "train", 0)).toBe(1256238551602284);
    expect(phantomSeed(7, "train", 1)).toBe(1108601186390145);
  });

  it.each([
    [-1, 0],
    [1.5, 0],
    [4294967296, 0],
    [Number.NaN, 0],
    [0, -1],
    [0, 2147483648],
    [0, 0.5],
  ])("refuses dataset seed %p with index %p", (seed, index) => {
    try {
      phantomSeed(seed, "train", index);
    } catch (error) {
      expect((error as { code: string }).code).toBe("CONFIG_INVALID");
      expect((error as Error).message).toMatch(
        /^\[CONFIG_INVALID\] phantom (seed|index) is .*, not an integer from 0 to (4294967295|2147483647)$/,
      );
      return;
    }
    throw new Error("accepted");
  });
});

describe("requireInteger", () => {
  it("accepts both ends of its range and names the value and the range otherwise", () => {
    requireInteger("volumes.train", 0, 0, 5);
    requireInteger("volumes.train", 5, 0, 5);
    expect(() => requireInteger("volumes.train", 6, 0, 5)).toThrow(
      "[CONFIG_INVALID] phantom volumes.train is 6, not an integer from 0 to 5",
    );
  });
});
