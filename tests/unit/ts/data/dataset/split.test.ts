import { openDataset } from "../../../../../ts/data/dataset/open.ts";
import { casesOf, splitBySubject } from "../../../../../ts/data/dataset/split.ts";
import { caught } from "../../../../support/caught.ts";
import { datasetRows, writeDataset } from "../../../../support/dataset-folder.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const folder = temporaryFolder();

describe("splitBySubject", () => {
  it("keeps a subject together, fills every split and is fixed by the seed", async () => {
    writeDataset(folder, datasetRows());
    const dataset = await openDataset(folder);
    for (let seed = 0; seed < 20; seed += 1) {
      const split = splitBySubject(dataset, { train: 0.4, validation: 0.3, test: 0.3 }, seed);
      const bySubject = new Map<string, Set<string>>();
      for (const { row } of split.cases)
        bySubject.set(row.subject, (bySubject.get(row.subject) ?? new Set()).add(row.split));
      expect([...bySubject.values()].every((names) => names.size === 1)).toBe(true);
      expect(new Set(split.cases.map(({ row }) => row.split))).toEqual(
        new Set(["train", "validation", "test"]),
      );
      expect(splitBySubject(dataset, { train: 0.4, validation: 0.3, test: 0.3 }, seed)).toEqual(split);
    }
  });

  it("gives train what rounding leaves, and follows the seed", async () => {
    writeDataset(folder, datasetRows());
    const dataset = await openDataset(folder);
    const shares = { train: 0.34, validation: 0, test: 0.66 };
    const drawn = Array.from({ length: 30 }, (_, seed) => splitBySubject(dataset, shares, seed));
    for (const split of drawn)
      expect([casesOf(split, "train").length, casesOf(split, "test").length]).toEqual([2, 4]);
    expect(new Set(drawn.map((split) => casesOf(split, "train")[0]?.row.subject)).size).toBe(3);
    // Another draw or other shares are another set of data: what was trained on one is not resumed on the other.
    expect(new Set([dataset, ...drawn].map((split) => split.fingerprint)).size).toBe(31);
    expect(dataset.cases.filter(({ row }) => row.split === "train")).toHaveLength(4);
  });

  it("refuses fewer subjects than splits", async () => {
    writeDataset(folder, datasetRows());
    const dataset = await openDataset(folder);
    const two = { ...dataset, cases: dataset.cases.slice(0, 4) };
    const error = await caught(() => splitBySubject(two, { train: 0.4, validation: 0.3, test: 0.3 }, 1));
    expect([error.code, error.exitCode]).toEqual(["DATA_EMPTY", 65]);
    expect(error.message).toContain("2 subjects cannot fill 3 splits");
    expect(error.hint).toBe("Add scans of more patients, or set a share to 0.");
    expect(splitBySubject(two, { train: 0.5, validation: 0, test: 0.5 }, 1).cases).toHaveLength(4);
  });
});

describe("casesOf", () => {
  it("keeps the order of the file", async () => {
    writeDataset(folder, datasetRows());
    const dataset = await openDataset(folder);
    expect(casesOf(dataset, "train").map(({ row }) => row.case)).toEqual(["c0", "c1", "c2", "c3"]);
    expect(casesOf(dataset, "validation")).toEqual([]);
  });
});
