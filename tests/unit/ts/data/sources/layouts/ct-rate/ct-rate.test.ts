import { appendFileSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  ctRateSource,
  ctRateV1Source,
} from "../../../../../../../ts/data/sources/layouts/ct-rate/ct-rate.ts";
import { readVolume } from "../../../../../../../ts/data/volume/read.ts";
import { caught } from "../../../../../../support/caught.ts";
import { ctRateExample, ctRateV1Example, ratePath } from "../../../../../../support/layouts/ct-rate.ts";
import { told, type Walked, walked } from "../../../../../../support/source-rows.ts";
import { temporaryFolder } from "../../../../../../support/temporary-folder.ts";

const root = temporaryFolder();
const v2 = await ctRateExample(join(root, "v2"));
const v1 = await ctRateV1Example(join(root, "v1"));

/** Rows of a split that a filter dropped. */
function counted({ dropped }: Walked, filter: string, split: string, ending: string): number {
  return dropped.filter((row) => row.filter === filter && row.split === split && row.id.endsWith(ending))
    .length;
}

describe("CT-RATE", () => {
  it("says by each filter what it dropped, so that the counts of a paper can be written down", async () => {
    const found = await walked(await ctRateSource.open(v2.path));
    // Of five volumes a split one is a brain scan; of five reports two are of one scan, one of the brain, two equal.
    for (const split of ["train", "validation"]) {
      expect(found.cases.filter((row) => row.split === split)).toHaveLength(4);
      expect(counted(found, "no-chest", split, "_1")).toBe(1);
      expect(counted(found, "same-scan", split, "/report")).toBe(1);
      expect(counted(found, "no-chest", split, "/report")).toBe(1);
      expect(counted(found, "equal-findings", split, "/report")).toBe(1);
      expect(found.items.filter((row) => row.split === split && row.task === "report")).toHaveLength(2);
    }
  });

  it("has a patient for all scans of one number, in each split its own", async () => {
    const { cases } = await walked(await ctRateSource.open(v2.path));
    expect(cases.filter(({ patient }) => patient === "train_2").map(({ id }) => id)).toEqual([
      "train_2_a_1",
      "train_2_b_1",
    ]);
    expect(cases.filter(({ patient }) => patient === "valid_1067").map(({ id }) => id)).toEqual([
      "valid_1067_d_1",
    ]);
    expect(cases[0]?.paths[0]).toBe(join(v2.path, "dataset/train_fixed", ratePath("train_1_a_1")));
  });

  it("joins findings and impression, keeps the rest of the row, and asks the labels as one list", async () => {
    const { items } = await walked(await ctRateSource.open(v2.path));
    const report = items.find(({ id }) => id === "train_1_a_1/report");
    expect(report?.target).toBe(
      'Trachea is "open",\nlungs of train 1 a are clear.\nImpression of train_1_a.',
    );
    expect(report?.extra).toEqual({ ClinicalInformation_EN: "Not given.", Technique_EN: "CT, plain." });
    const labels = items.filter(({ type }) => type === "abnormality");
    expect(labels.slice(0, 3).map(({ target, labels: list }) => [target, list])).toEqual([
      ["none", []],
      ["Medical material", ["Medical material"]],
      ["Lung nodule", ["Lung nodule"]],
    ]);
    expect(labels[0]?.question).toBe(
      "Which of these are seen: Medical material, Cardiomegaly, Lung nodule, Emphysema?",
    );
  });

  it("of v1 is scaled and placed by its table, to the HU and the millimetres of v2", async () => {
    const [first] = (await walked(await ctRateV1Source.open(v1.path))).cases;
    const [fixed] = (await walked(await ctRateSource.open(v2.path))).cases;
    expect(fixed?.calibration).toBeUndefined();
    if (first?.calibration === undefined || fixed === undefined) throw new Error("no case of v1");
    const scaled = await readVolume(first.paths[0], { calibration: first.calibration });
    const plain = await readVolume(fixed.paths[0]);
    expect(
      Buffer.compare(Buffer.from(scaled.voxels.buffer), Buffer.from(Int16Array.from(scaled.voxels).buffer)),
    ).toBe(0);
    expect([scaled.hu.min, scaled.hu.max]).toEqual([plain.hu.min, plain.hu.max]);
    expect(scaled.spacingMmDHW).toEqual([1.5, 0.75, 0.75]);
    // The table is DICOM's: rows to the left, columns to the back, so stored axes are L, P, S.
    expect(scaled.receipt.sourceOrientation).toBe("LPS");
    expect(scaled.receipt.steps.find(({ step }) => step === "table")).toMatchObject({
      slope: 1,
      intercept: -1024,
    });
  });

  it("of v2 does not read the scaling of the table beside it, and refuses to scale twice", async () => {
    const [fixed] = (await walked(await ctRateSource.open(v2.path))).cases;
    expect(fixed?.calibration).toBeUndefined();
    const volume = await readVolume(fixed?.paths[0] ?? "");
    expect(volume.hu.verdict).toBe("ok");
    expect(volume.receipt.steps.some(({ step }) => step === "table")).toBe(false);
  });

  it("tells malformed rows of every table with their place", async () => {
    const example = await ctRateV1Example(join(root, "broken"));
    const at = (name: string): string => join(example.path, "dataset", name);
    appendFileSync(
      at("metadata/train_metadata.csv"),
      'train_9_a_1.nii.gz,one,-1024,"[0.75]",1.5,"[0,0,0]","[1,0,0,0,1,0]"\nfoo,1,0,[],1,[],[]\n',
    );
    appendFileSync(
      at("radiology_text_reports/validation_reports.csv"),
      "nobody,a,b,c,d\nvalid_99_a_1.nii.gz,a,b,c,d\n",
    );
    appendFileSync(at("multi_abnormality_labels/train_predicted_labels.csv"), "train_1_a_9.nii.gz,0,2,x,0\n");
    const { problems } = await walked(await ctRateV1Source.open(example.path));
    expect(told(problems)).toEqual([
      'dataset/metadata/train_metadata.csv:7 RescaleSlope, XYSpacing of "train_9_a_1" cannot be read',
      'dataset/metadata/train_metadata.csv:8 "foo" is no name of CT-RATE',
      'dataset/multi_abnormality_labels/train_predicted_labels.csv:7 Cardiomegaly, Lung nodule of "train_1_a_9" is neither 0 nor 1',
      'dataset/radiology_text_reports/validation_reports.csv:7 "nobody" is no name of CT-RATE',
      'dataset/radiology_text_reports/validation_reports.csv:8 item "valid_99_a_1/report" is of case "valid_99_a_1", which is not there',
    ]);
  });

  it("may have one split alone, of which all has to be there", async () => {
    const example = await ctRateExample(join(root, "half"));
    const at = (name: string): string => join(example.path, "dataset", name);
    for (const name of ["train_fixed", "metadata/train_metadata.csv", "metadata/no_chest_train.txt"])
      rmSync(at(name), { recursive: true });
    const error = await caught(() => ctRateSource.open(example.path));
    expect(error.details.missing).toEqual([
      "dataset/train_fixed",
      "dataset/metadata/train_metadata.csv",
      "dataset/metadata/no_chest_train.txt",
    ]);
    for (const name of [
      "radiology_text_reports/train_reports.csv",
      "multi_abnormality_labels/train_predicted_labels.csv",
    ])
      rmSync(at(name));
    const { cases } = await walked(await ctRateSource.open(join(example.path, "dataset")));
    expect(new Set(cases.map(({ split }) => split))).toEqual(new Set(["validation"]));
  });

  it("tells a table that is another data set's", async () => {
    const example = await ctRateExample(join(root, "foreign"));
    const reports = join(example.path, "dataset/radiology_text_reports/train_reports.csv");
    writeFileSync(reports, readFileSync(reports, "utf8").replace("Findings_EN", "Findings"));
    const { problems } = await walked(await ctRateSource.open(example.path));
    expect(told(problems)).toEqual([
      'dataset/radiology_text_reports/train_reports.csv:1 the header has no column "Findings_EN", did you mean "Findings"?',
    ]);
    renameSync(reports, `${reports}.gone`);
  });
});
