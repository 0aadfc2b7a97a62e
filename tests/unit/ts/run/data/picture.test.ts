import type { VerifyDocument } from "../../../../../ts/run/data/document.ts";
import { cohortPicture } from "../../../../../ts/run/data/picture.ts";
import { Tally } from "../../../../../ts/run/data/tally.ts";

const document: VerifyDocument = {
  ok: true,
  layout: "table",
  deep: false,
  cases: { total: 5, read: 3, refused: 1, missing: 1 },
  items: { total: 9, refused: 2 },
  rows: { refused: 0 },
  dropped: [],
  duplicates: { volumes: 1, reports: 2 },
  leaks: [],
  hu: null,
  problems: "p.jsonl",
  csv: "p.csv",
  picture: "p.svg",
  codes: [
    { kind: "note", code: "HU_SUSPECT", count: 1 },
    { kind: "refused", code: "DATA_EMPTY", count: 3 },
  ],
  resumed: 0,
  digest: "ab",
};

describe("what the page about a data set shows", () => {
  it("is its counts in words, and codes with the most frequent first", () => {
    const picture = cohortPicture(document, new Tally("t", false));
    expect(picture.title).toBe("Data set of the layout table, headers read");
    expect(picture.facts).toEqual([
      "5 cases: 3 read, 1 refused, 1 missing; 9 items, 2 of them refused",
      "1 volumes and 2 reports equal one before them",
      "no patient, volume or report stands in two splits",
    ]);
    expect(picture.codes.map(({ code }) => code)).toEqual(["DATA_EMPTY", "HU_SUSPECT"]);
    expect(picture.histogram).toBeNull();
  });

  it("names leaks by kind and splits", () => {
    const leaks = [{ kind: "patient", splits: ["train", "test"], count: 4 }] as const;
    const { facts } = cohortPicture({ ...document, leaks }, new Tally("t", false));
    expect(facts.at(-1)).toBe("4 of kind patient in train and test");
  });

  it("has the mean shares of HU where voxels were read", () => {
    const tally = new Tally("t", false);
    tally.shares[3] = 1.5;
    const hu = { scans: 3, ok: 3, suspect: 0, min: -1000, max: 9, mean: 0, p01: 0, p50: 0, p99: 0 };
    const { histogram, title } = cohortPicture({ ...document, hu, deep: true }, tally);
    expect(histogram).toMatchObject({ low: -1200, high: 1600 });
    expect(histogram?.shares[3]).toBe(0.5);
    expect(title).toContain("every voxel read");
  });
});
