// 1.2 million volumes and 6 million questions; `npm test` walks thousands.
import { digestOf, walkedAlone } from "../support/manifest/walks.ts";

const MiB = 2 ** 20;

describe("a data set of 1.2 million volumes and 6 million questions", () => {
  it("is walked with every check in 64 MiB of objects and less than 900 MiB in all", () => {
    const { maxRssBytes, ...seen } = walkedAlone("walk", {
      cases: 1_200_000,
      itemsPerCase: 5,
      heapMiB: 64,
    });
    expect(seen).toMatchObject({ cases: 1_200_000, items: 6_000_000, problems: 0 });
    expect(maxRssBytes).toBeLessThan(900 * MiB);
  });

  it("is kept for a run, each case with its questions, in 192 MiB of objects, of which a case takes less than a hundred bytes", () => {
    const { maxRssBytes, ...seen } = walkedAlone("collect", {
      cases: 1_200_000,
      itemsPerCase: 5,
      heapMiB: 192,
    });
    expect(seen).toMatchObject({ cases: 1_200_000, items: 6_000_000, problems: 0 });
    expect(seen.digest).toBe(digestOf(1_200_000, 5));
    expect(maxRssBytes).toBeLessThan(1280 * MiB);
  });

  it("takes no more objects where each case has fifty questions", () => {
    const seen = walkedAlone("collect", { cases: 120_000, itemsPerCase: 50, heapMiB: 64 });
    expect(seen).toMatchObject({ cases: 120_000, items: 6_000_000, digest: digestOf(120_000, 50) });
  });
});
