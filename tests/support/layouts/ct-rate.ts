// CT-RATE as it lies on disk, with brain scans, several reconstructions of a scan, and equal findings.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import type { Example, WriteExample } from "./example.ts";
import { layScans } from "./scans.ts";

/** Volumes of each split: two reconstructions of one scan, two scans of one patient, a brain scan. */
const names = {
  train: ["train_1_a_1", "train_1_a_2", "train_2_a_1", "train_2_b_1", "train_3_a_1"],
  valid: ["valid_1_a_1", "valid_1_a_2", "valid_2_a_1", "valid_3_a_1", "valid_1067_d_1"],
} as const;

const brain = { train: "train_3_a_1", valid: "valid_3_a_1" } as const;

const abnormalities = ["Medical material", "Cardiomegaly", "Lung nodule", "Emphysema"];

/** Path of a volume below the folder of its split. */
export function ratePath(name: string): string {
  const parts = name.split("_");
  return join(parts.slice(0, 2).join("_"), parts.slice(0, 3).join("_"), `${name}.nii.gz`);
}

function metadataRow(name: string): string {
  return `${name}.nii.gz,1,-1024,"[0.75, 0.75]",1.5,"[-8.6, -8.6, 10.0]","[1.0, 0.0, 0.0, 0.0, 1.0, 0.0]"`;
}

function writeTables(root: string): void {
  for (const folder of ["metadata", "radiology_text_reports", "multi_abnormality_labels"])
    mkdirSync(join(root, "dataset", folder), { recursive: true });
  for (const [short, long] of [
    ["train", "train"],
    ["valid", "validation"],
  ] as const) {
    const write = (name: string, lines: readonly string[]): void => {
      writeFileSync(join(root, "dataset", name), `${lines.join("\n")}\n`);
    };
    write(`metadata/${long}_metadata.csv`, [
      "VolumeName,RescaleSlope,RescaleIntercept,XYSpacing,ZSpacing,ImagePositionPatient,ImageOrientationPatient",
      ...names[short].map(metadataRow),
    ]);
    write(`metadata/no_chest_${short}.txt`, [`some/folder/${brain[short]}.nii.gz`]);
    write(`radiology_text_reports/${long}_reports.csv`, [
      "VolumeName,ClinicalInformation_EN,Technique_EN,Findings_EN,Impressions_EN",
      ...names[short].map(
        (name) =>
          `${name}.nii.gz,Not given.,"CT, plain.",${findings(name)},Impression of ${name.slice(0, 9)}.`,
      ),
    ]);
    write(`multi_abnormality_labels/${short}_predicted_labels.csv`, [
      ["VolumeName", ...abnormalities].join(","),
      ...names[short].map((name, index) =>
        [`${name}.nii.gz`, index % 2, "0", index === 2 ? 1 : 0, "0"].join(","),
      ),
    ]);
  }
}

/** The scan `_2_b` of training and patient 1067 have the findings of another scan, word for word. */
function findings(name: string): string {
  if (name === "train_2_b_1") return findings("train_2_a_1");
  if (name === "valid_1067_d_1") return findings("valid_2_a_1");
  return `"Trachea is ""open"",\nlungs of ${name.split("_").slice(0, 3).join(" ")} are clear."`;
}

const dropped = {
  // A brain scan of each split, with its report and its labels.
  "no-chest": 6,
  "same-scan": 2,
  "equal-findings": 2,
};
/** Eight chest volumes; of ten reports four are left, of ten rows of labels eight. */
const counts = { cases: 8, items: 4 + 8, dropped };

function needs(volumes: string): Example["needs"] {
  const files = [
    volumes,
    "dataset/metadata/validation_metadata.csv",
    "dataset/metadata/no_chest_valid.txt",
    "dataset/radiology_text_reports/train_reports.csv",
    "dataset/multi_abnormality_labels/valid_predicted_labels.csv",
  ];
  return Object.fromEntries(files.map((name) => [name, `lacks ${name} of the layout ct-rate`]));
}

/** v2, with the metadata table of v1 beside it, which would scale its HU a second time. */
export const ctRateExample: WriteExample = async (folder) => {
  const path = join(folder, "CT-RATE");
  await layScans(
    path,
    (["train", "valid"] as const).flatMap((short) =>
      names[short].map((name) => `dataset/${short}_fixed/${ratePath(name)}`),
    ),
  );
  writeTables(path);
  return { path, needs: needs("dataset/valid_fixed"), ...counts };
};

/** Bytes of a NIfTI-1 header at which geometry and scaling stand. */
const header = { pixdim: 76, slope: 112, intercept: 116, qform: 252, sform: 254, rows: 280 } as const;

/** The scans of v2 as v1 has them: stored values 1024 higher, a header of placeholders. */
export const ctRateV1Example: WriteExample = async (folder) => {
  const { path } = await ctRateExample(folder);
  for (const short of ["train", "valid"] as const) {
    for (const name of names[short]) {
      const file = join(path, "dataset", `${short}_fixed`, ratePath(name));
      const bytes = gunzipSync(readFileSync(file));
      const offset = bytes.readFloatLE(108);
      for (let at = offset; at < bytes.length; at += 2) bytes.writeInt16LE(bytes.readInt16LE(at) + 1024, at);
      for (const at of [1, 2, 3]) bytes.writeFloatLE(1, header.pixdim + 4 * at);
      bytes.writeFloatLE(1, header.slope);
      bytes.writeFloatLE(0, header.intercept);
      bytes.writeInt16LE(0, header.qform);
      bytes.writeInt16LE(1, header.sform);
      for (const [at, value] of [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0].entries())
        bytes.writeFloatLE(value, header.rows + 4 * at);
      writeFileSync(file, gzipSync(bytes));
    }
    renameSync(join(path, "dataset", `${short}_fixed`), join(path, "dataset", short));
  }
  const v1 = Object.entries(needs("dataset/valid")).map(([name, said]) => [
    name,
    said.replace(/ct-rate$/, "ct-rate-v1"),
  ]);
  return { path, needs: Object.fromEntries(v1) as Example["needs"], ...counts };
};
