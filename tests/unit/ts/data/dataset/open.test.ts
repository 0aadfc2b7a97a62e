import { join } from "node:path";
import { openDataset } from "../../../../../ts/data/dataset/open.ts";
import { casesOf } from "../../../../../ts/data/dataset/split.ts";
import { caught } from "../../../../support/caught.ts";
import { type DatasetRows, datasetRows, writeDataset } from "../../../../support/dataset-folder.ts";
import { temporaryFolder } from "../../../../support/temporary-folder.ts";

const folder = temporaryFolder();

describe("openDataset", () => {
  it("reads cases with their items, and its fingerprint follows every byte", async () => {
    writeDataset(folder, datasetRows());
    const first = await openDataset(folder);
    expect(casesOf(first, "train").map((entry) => entry.items.length)).toEqual([3, 3, 3, 3]);
    const changed = datasetRows();
    (changed.items[0] as Record<string, unknown>).target = "Other.";
    writeDataset(folder, changed);
    expect((await openDataset(folder)).fingerprint).not.toBe(first.fingerprint);
  });

  it("names file and line of a row that does not fit", async () => {
    const broken = datasetRows();
    (broken.items[4] as Record<string, unknown>).tsak = "closed-vqa";
    writeDataset(folder, broken);
    const error = await caught(() => openDataset(folder));
    expect(error.code).toBe("DATA_MANIFEST");
    expect(error.message).toContain("items.jsonl:5");
    expect(error.message).toContain("tsak");
  });

  it.each<[string, (data: DatasetRows) => void, string, string]>([
    [
      "a subject in two splits",
      (data) => {
        (data.cases[1] as Record<string, unknown>).split = "test";
      },
      "DATA_LEAK",
      'subject "s0" stands in split "train" and in split "test"',
    ],
    [
      "an item of an unknown case",
      (data) => {
        (data.items[0] as Record<string, unknown>).case = "zz";
      },
      "DATA_MANIFEST",
      'names case "zz"',
    ],
    [
      "an id used twice",
      (data) => {
        (data.items[1] as Record<string, unknown>).id = "c0/r";
      },
      "DATA_MANIFEST",
      '"c0/r" is used twice',
    ],
    [
      "a closed item without choices",
      (data) => {
        delete (data.items[1] as Record<string, unknown>).choices;
      },
      "DATA_MANIFEST",
      "closed-vqa without choices",
    ],
    [
      "a target that is not a choice",
      (data) => {
        (data.items[1] as Record<string, unknown>).target = "e";
      },
      "DATA_MANIFEST",
      "not exactly one of its choices",
    ],
  ])("refuses %s", async (_what, spoil, code, message) => {
    const data = datasetRows();
    spoil(data);
    writeDataset(folder, data);
    const error = await caught(() => openDataset(folder));
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
  });

  it("refuses files that hold fewer rows than the manifest counts, and a folder that is not there", async () => {
    writeDataset(folder, datasetRows(), { items: 99 });
    expect((await caught(() => openDataset(folder))).message).toContain("counts 6 cases and 99 items");
    const missing = await caught(() => openDataset(join(folder, "none")));
    expect([missing.code, missing.exitCode]).toEqual(["PATH_NOT_FOUND", 64]);
    expect(missing.message).toContain("manifest.json does not exist");
  });

  it("refuses a set of no cases, and says how to fill it", async () => {
    writeDataset(folder, { cases: [], items: [] });
    const error = await caught(() => openDataset(folder));
    expect([error.code, error.hint]).toEqual(["DATA_EMPTY", "Write one row per scan into cases.jsonl."]);
  });
});
