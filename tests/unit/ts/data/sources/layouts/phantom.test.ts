import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openDataset } from "../../../../../../ts/data/dataset/index.ts";
import { writePhantomDataset } from "../../../../../../ts/data/phantom/index.ts";
import { phantomSource } from "../../../../../../ts/data/sources/layouts/phantom.ts";
import { caught } from "../../../../../support/caught.ts";
import { datasetRows, writeDataset } from "../../../../../support/dataset-folder.ts";
import { told, walked } from "../../../../../support/source-rows.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const folder = temporaryFolder();

describe("a folder as PhantomCT is written", () => {
  it("is read as the data set that openDataset reads", async () => {
    const path = join(folder, "phantom");
    await writePhantomDataset(path, {
      seed: 4,
      volumes: { train: 2, validation: 0, test: 1 },
      sizeDHW: [16, 24, 24],
    });
    const dataset = await openDataset(path);
    const { cases, items, problems } = await walked(await phantomSource.open(path));
    expect(problems).toEqual([]);
    expect(
      cases.map(({ id, patient, split, facts, paths }) => [id, patient, split, facts, ...paths]),
    ).toEqual(
      dataset.cases.map(({ row }) => [row.case, row.subject, row.split, row.facts, join(path, row.path)]),
    );
    expect(items.map(({ id, target, choices }) => [id, target, choices])).toEqual(
      dataset.cases.flatMap((one) => one.items.map(({ id, target, choices }) => [id, target, choices])),
    );
  });

  it("tells every row that is wrong, where openDataset tells the first", async () => {
    const rows = datasetRows();
    Object.assign(rows.cases[0] ?? {}, { split: "val" });
    Object.assign(rows.cases[3] ?? {}, { case: "c2" });
    Object.assign(rows.cases[5] ?? {}, { path: "../c5.nii" });
    Object.assign(rows.items[4] ?? {}, { target: "z" });
    writeDataset(folder, rows);
    const { problems, cases } = await walked(await phantomSource.open(folder));
    expect(told(problems)).toEqual([
      expect.stringMatching(/^cases.jsonl:1 split: Invalid option/),
      'cases.jsonl:4 case "c2" stands twice',
      'cases.jsonl:6 "../c5.nii" leaves the folder',
      'items.jsonl:5 the target "z" of item "c1/q" is none of its choices "a", "b", "c", "d"',
      ...["10", "11", "12"].map((row) => expect.stringContaining(`items.jsonl:${row} item`)),
    ]);
    expect(cases.map(({ id }) => id)).toEqual(["c1", "c2", "c4"]);
  });

  it("is refused where half of it is there", async () => {
    rmSync(join(folder, "items.jsonl"));
    const error = await caught(() => phantomSource.open(folder));
    expect(error.code).toBe("DATA_MANIFEST");
    expect(error.message).toContain("lacks items.jsonl of the layout phantom");
    writeFileSync(join(folder, "items.jsonl"), "");
    expect(await phantomSource.count(folder)).toMatchObject({ items: 0 });
  });
});
