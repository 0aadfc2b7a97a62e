import { writeFileSync } from "node:fs";
import type { CachedCase } from "../../../../../../ts/data/dataset/batch.ts";
import type { Dataset } from "../../../../../../ts/data/dataset/case.ts";
import { batchAt, casesOf as casesIn, splitBySubject } from "../../../../../../ts/data/dataset/index.ts";
import { datasetAt, datasetIn } from "../../../../../../ts/data/dataset/indexed/cases.ts";
import { wholeOf } from "../../../../../support/indexed.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";
import { casesOf, facts, opened, written } from "./examples.ts";

const root = temporaryFolder();

/** The same data set in memory and in an index. */
async function both(): Promise<readonly [Dataset, Dataset]> {
  const cases = casesOf(60);
  const { folder, manifest, fingerprint } = facts;
  const index = opened(await written(root, cases));
  return [{ folder, manifest, fingerprint, cases }, datasetIn(index)];
}

describe("the data set of an index", () => {
  it("has what the one in memory has", async () => {
    const [plain, kept] = await both();
    expect(wholeOf(kept)).toEqual(wholeOf(plain));
  });

  it("has the same cases in each split, and in splits that are drawn", async () => {
    const [plain, kept] = await both();
    const ids = (dataset: Dataset, split: "train" | "validation" | "test") =>
      casesIn(dataset, split).map(({ row }) => [row.case, row.split]);
    const shares = { train: 0.5, validation: 0.2, test: 0.3 };
    const [drawn, keptDrawn] = [splitBySubject(plain, shares, 3), splitBySubject(kept, shares, 3)];
    expect(wholeOf(keptDrawn)).toEqual(wholeOf(drawn));
    for (const split of ["train", "validation", "test"] as const) {
      expect(ids(kept, split)).toEqual(ids(plain, split));
      expect(ids(keptDrawn, split)).toEqual(ids(drawn, split));
      expect(ids(drawn, split).every(([, of]) => of === split)).toBe(true);
    }
  });

  it("knows which tasks a case is asked, in memory nobody does", async () => {
    const [plain, kept] = await both();
    expect(kept.cases.slice(0, 4).map(({ tasks }) => [...(tasks ?? [])].sort())).toEqual([
      [],
      ["report"],
      ["closed-vqa", "report"],
      ["closed-vqa", "report"],
    ]);
    expect(plain.cases[1]?.tasks).toBeUndefined();
    const drawn = splitBySubject(kept, { train: 1, validation: 0, test: 0 }, 1);
    expect(drawn.cases[1]?.tasks).toEqual(["report"]);
  });

  it("makes the same batches, each case once an epoch for any number of ranks", async () => {
    const [plain, kept] = await both();
    const cached = new Map(
      plain.cases.map(({ row }, at) => [row.case, { volumeId: `v${at}`, row: at } as unknown as CachedCase]),
    );
    const ruleOf = ({ cases, fingerprint }: Dataset) => ({
      order: { seed: 5, corpusFingerprint: fingerprint, stage: "s" },
      cases,
      cached,
      facts: ["nodule"],
      words: [],
      volumesPerStep: 12,
      reportTokenWeight: 1,
      tasks: ["report", "closed-vqa"] as const,
      route: ({ task }: { readonly task: "report" | "closed-vqa" | "open-vqa" }) => task,
      withItems: true,
    });
    for (const worldSize of [1, 2, 3, 4, 6, 12]) {
      const seen: string[] = [];
      for (let step = 0; step < 5; step++)
        for (let rank = 0; rank < worldSize; rank++) {
          const batch = batchAt(ruleOf(kept), step, rank, worldSize);
          expect(batch).toEqual(batchAt(ruleOf(plain), step, rank, worldSize));
          seen.push(...batch.volumes.map(({ volumeId }) => volumeId));
        }
      expect(new Set(seen).size).toBe(60);
      expect(seen).toHaveLength(60);
    }
  });
});

describe("the data set of an index at a path", () => {
  it("is the one that lies there, and none where nothing, or no index, does", async () => {
    const path = await written(root, casesOf(4), "at.rows");
    expect(datasetAt(path)?.cases.map(({ row }) => row.case)).toEqual(["c0", "c1", "c2", "c3"]);
    expect(datasetAt(`${path}.none`)).toBeUndefined();
    writeFileSync(path, "no index");
    expect(datasetAt(path)).toBeUndefined();
  });
});
