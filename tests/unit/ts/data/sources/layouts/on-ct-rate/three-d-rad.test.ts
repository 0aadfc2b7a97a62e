import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { threeDRadSource } from "../../../../../../../ts/data/sources/layouts/on-ct-rate/three-d-rad.ts";
import { caught } from "../../../../../../support/caught.ts";
import { threeDRadExample } from "../../../../../../support/layouts/on-ct-rate.ts";
import { told, walked } from "../../../../../../support/source-rows.ts";
import { temporaryFolder } from "../../../../../../support/temporary-folder.ts";

const root = temporaryFolder();
const example = await threeDRadExample(join(root, "example"));

describe("3D-RAD", () => {
  it("asks yes and no with two options, and leaves one out that is not given", async () => {
    const { items } = await walked(await threeDRadSource.open(example.path, example.options));
    expect(
      items.map(({ task, type, choices, target, split }) => [task, type, choices, target, split]),
    ).toEqual([
      ["closed-vqa", "Size", ["1 mm", "-", "3 mm", "4 mm"], "3 mm", "test"],
      ["closed-vqa", "Emphysema", ["Yes", "No"], "No", "test"],
      ["open-vqa", "Diagnosis", undefined, "A nodule", "train"],
      ["closed-vqa", "Emphysema", ["Yes", "No"], "No", "train"],
      ["closed-vqa", "Emphysema", ["Yes", "No"], "No", "train"],
    ]);
  });

  it("finds its test among CT-RATE's valid, and asks a scan once however often it was reconstructed", async () => {
    const { cases, dropped } = await walked(await threeDRadSource.open(example.path, example.options));
    expect(cases.map(({ id, patient, split }) => [id, patient, split])).toEqual([
      ["valid_1_a_1", "valid_1", "test"],
      ["train_2_a_1", "train_2", "train"],
      ["train_1_a_1", "train_1", "train"],
      ["train_1_a_2", "train_1", "train"],
    ]);
    expect(dropped.map(({ id, filter }) => [id, filter])).toEqual([
      ["train/Task4_Existence_Detection/Emphysema:3", "same-scan"],
    ]);
  });

  it("tells rows without an answer among their options, and names of other data sets", async () => {
    const broken = await threeDRadExample(join(root, "broken"));
    appendFileSync(
      join(broken.path, "3DRAD/train/Task4_Existence_Detection/Emphysema.csv"),
      "E,Emphysema,train_2_a_1.nii.gz,Is it?,Maybe,Close,-,Yes,No,-,-\nE,Emphysema,amos_1.nii.gz,Is it?,No,Close,B,Yes,No,-,-\nE,Emphysema,train_2_a_1.nii.gz,,No,Close,B,Yes,No,-,-\n",
    );
    const { problems } = await walked(await threeDRadSource.open(broken.path, broken.options));
    const table = "train/Task4_Existence_Detection/Emphysema.csv";
    expect(told(problems)).toEqual([
      `${table}:6 "amos_1.nii.gz" is no name of CT-RATE`,
      `${table}:5 the answer "Maybe" is none of ["Yes","No"]`,
      `${table}:7 the row has no question`,
    ]);
  });

  it("is refused without a table of questions", async () => {
    mkdirSync(join(root, "bare/3DRAD/train"), { recursive: true });
    const error = await caught(() => threeDRadSource.open(join(root, "bare")));
    expect(error.code).toBe("DATA_MANIFEST");
    expect(error.message).toContain("train/Task1_Image_Observation");
  });
});
