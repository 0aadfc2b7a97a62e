import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { radGenomeSource } from "../../../../../../../ts/data/sources/layouts/on-ct-rate/rad-genome.ts";
import { radGenomeExample } from "../../../../../../support/layouts/on-ct-rate.ts";
import { told, walked } from "../../../../../../support/source-rows.ts";
import { temporaryFolder } from "../../../../../../support/temporary-folder.ts";

const root = temporaryFolder();
const example = await radGenomeExample(join(root, "example"));

describe("RadGenome-ChestCT", () => {
  it("reports each region, its path as the type, and the whole scan where the region is empty", async () => {
    const { items } = await walked(await radGenomeSource.open(example.path));
    const reports = items.filter(({ task }) => task === "report").slice(0, 2);
    expect(reports.map(({ type, question, target }) => [type, question, target])).toEqual([
      ["lung/left lung/upper lobe", "Describe the findings of: lung, left lung, upper lobe.", "A nodule."],
      ["whole scan", null, "The heart is normal."],
    ]);
  });

  it("takes the type of a question from its table, and the findings it is about as labels", async () => {
    const { items } = await walked(await radGenomeSource.open(example.path));
    const asked = items.filter(({ case: of, task }) => of === "valid_7_a_1" && task === "open-vqa");
    expect(asked.map(({ type, target, labels }) => [type, target, labels])).toEqual([
      ["abnormality", "nodule, effusion", ["nodule", "effusion"]],
      ["abnormality", "Nothing", []],
      ["location", "left upper lobe", undefined],
      ["presence", "Yes", ["nodule"]],
      ["size", "3 mm", undefined],
    ]);
  });

  it("finds a scan in a folder without the second underscore", async () => {
    const { cases } = await walked(await radGenomeSource.open(example.path));
    expect(cases.map(({ paths, split }) => [...paths, split])).toEqual([
      [join(example.path, "dataset/train_preprocessed/train_1/train_1a/train_1_a_1.nii.gz"), "train"],
      [join(example.path, "dataset/train_preprocessed/train_2/train_2b/train_2_b_1.nii.gz"), "train"],
      [join(example.path, "dataset/valid_preprocessed/valid_7/valid_7a/valid_7_a_1.nii.gz"), "validation"],
    ]);
  });

  it("tells rows of other names, and rows that ask nothing", async () => {
    const broken = await radGenomeExample(join(root, "broken"));
    const size = join(broken.path, "dataset/radgenome_files/train_vqa_size.csv");
    appendFileSync(size, "scan7.nii.gz,How large?,3 mm\ntrain_1_a_1.nii.gz,,3 mm\n");
    const { problems } = await walked(await radGenomeSource.open(broken.path));
    expect(told(problems)).toEqual([
      'dataset/radgenome_files/train_vqa_size.csv:4 "scan7.nii.gz" is no name of CT-RATE',
      "dataset/radgenome_files/train_vqa_size.csv:5 the row has no question",
    ]);
  });
});
