import { appendFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { deepTumorVqaSource } from "../../../../../../ts/data/sources/layouts/deep-tumor-vqa.ts";
import { caught } from "../../../../../support/caught.ts";
import { deepTumorVqaExample } from "../../../../../support/layouts/others.ts";
import { told, walked } from "../../../../../support/source-rows.ts";
import { temporaryFolder } from "../../../../../support/temporary-folder.ts";

const root = temporaryFolder();

describe("DeepTumorVQA v2", () => {
  it("asks with the options of its text and without, in 42 subtypes of its own names", async () => {
    const { path, options } = await deepTumorVqaExample(join(root, "example"));
    const { items } = await walked(await deepTumorVqaSource.open(path, options));
    expect(
      items.slice(0, 4).map(({ id, task, type, choices, target }) => [id, task, type, choices, target]),
    ).toEqual([
      ["1/open", "open-vqa", "organ volume measurement", undefined, "1432.5"],
      ["1/closed", "closed-vqa", "organ volume measurement", ["900", "1432.5", "2000", "3000"], "1432.5"],
      ["2/open", "open-vqa", "lesion existence", undefined, "no"],
      ["2/closed", "closed-vqa", "lesion existence", ["yes", "no"], "no"],
    ]);
    expect(items[0]?.extra).toMatchObject({
      organ: "liver",
      spacing: "[0.8, 0.8, 2.5]",
      requires_tools: "true",
    });
  });

  it("has the benchmark's volumes beside it and those of training elsewhere", async () => {
    const { path, options } = await deepTumorVqaExample(join(root, "scans"));
    const { cases } = await walked(await deepTumorVqaSource.open(path, options));
    expect(cases.map(({ paths, split }) => [...paths, split])).toEqual([
      [join(path, "benchmark/ct/BDMAP_00000001/ct.nii.gz"), "test"],
      [join(options?.scans ?? "", "BDMAP_00000002/ct.nii.gz"), "train"],
      [join(options?.scans ?? "", "BDMAP_00000003/ct.nii.gz"), "train"],
    ]);
  });

  it("reads the flat file where the other is not there, and one of them where both are", async () => {
    const { path, options } = await deepTumorVqaExample(join(root, "flat"));
    const question = { qid: 9, image_id: "BDMAP_00000001", question: "Q?", answer: "a", question_type: "x" };
    writeFileSync(join(path, "benchmark/test_qa.jsonl"), JSON.stringify(question));
    expect((await deepTumorVqaSource.open(path, options)).tables).toEqual([
      "benchmark/test_qa.json",
      "train/train_qa.csv",
    ]);
    rmSync(join(path, "benchmark/test_qa.json"));
    const { items } = await walked(await deepTumorVqaSource.open(path, options));
    expect(items[0]).toMatchObject({ id: "9/open", type: "x", target: "a" });
  });

  it("tells rows whose scan, answer or options cannot be", async () => {
    const { path, options } = await deepTumorVqaExample(join(root, "broken"));
    appendFileSync(
      join(path, "train/train_qa.csv"),
      "\nt4,../x,Q?,a,,,x,y\nt5,BDMAP_00000002,Q?,,,,x,y\nt6,BDMAP_00000002,Q?,a,Q? A: a B: b,D,x,y\nt7,BDMAP_00000002,Q?,a,no options,A,x,y\n",
    );
    const { problems } = await walked(await deepTumorVqaSource.open(path, options));
    expect(told(problems)).toEqual([
      'train/train_qa.csv:4 "image_id" is "../x", no name of a scan',
      'train/train_qa.csv:4 item "t4/open" is of case "../x", which is not there',
      'train/train_qa.csv:5 question "t5" has no answer',
      'train/train_qa.csv:6 "mc_question" of "t6" lists no option D',
      'train/train_qa.csv:7 "mc_question" of "t7" lists no option A',
    ]);
  });

  it("is refused without any of its tables", async () => {
    const error = await caught(() => deepTumorVqaSource.open(root));
    expect(error.message).toContain(
      "lacks benchmark/test_qa.json or benchmark/test_qa.jsonl or train/train_qa.csv",
    );
  });
});
