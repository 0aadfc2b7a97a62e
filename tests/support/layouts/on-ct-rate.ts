// Data sets that ask about the volumes of CT-RATE.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { ratePath } from "./ct-rate.ts";
import type { WriteExample } from "./example.ts";
import { layScans } from "./scans.ts";

function write(root: string, name: string, lines: readonly string[]): void {
  mkdirSync(dirname(join(root, name)), { recursive: true });
  writeFileSync(join(root, name), `${lines.join("\n")}\n`);
}

export const threeDRadExample: WriteExample = async (folder) => {
  const path = join(folder, "3D-RAD"),
    scans = join(folder, "CT-RATE");
  await layScans(scans, [
    ...["train_1_a_1", "train_1_a_2", "train_2_a_1"].map((name) => `dataset/train_fixed/${ratePath(name)}`),
    ...["valid_1_a_1"].map((name) => `dataset/valid_fixed/${ratePath(name)}`),
  ]);
  const header =
    "Task,Subtask,VolumeName,Question,Answer,QuestionType,AnswerChoice,Choice A,Choice B,Choice C,Choice D";
  const existence = (name: string): string =>
    `Existence Detection,Emphysema,${name}.nii.gz,Is there emphysema?,No,Close,B,Yes,No,-,-`;
  write(path, "3DRAD/train/Task4_Existence_Detection/Emphysema.csv", [
    header,
    ...["train_1_a_1", "train_1_a_2", "train_2_a_1"].map(existence),
  ]);
  write(path, "3DRAD/train/Task2_Anomaly_Detection/Diagnosis.csv", [
    header,
    'Anomaly Detection,Diagnosis,train_2_a_1.nii.gz,"What, if anything, is seen?",A nodule,Open,-,-,-,-,-',
  ]);
  write(path, "3DRAD/test/Task3_Medical_Computation/Size.csv", [
    header,
    "Medical Computation,Size,test_1_a_1.nii.gz,How large?,3 mm,Close,C,1 mm,-,3 mm,4 mm",
    existence("test_1_a_1"),
  ]);
  return {
    path,
    options: { scans },
    needs: { "3DRAD": "of the layout 3d-rad" },
    cases: 4,
    items: 5,
    dropped: { "same-scan": 1 },
  };
};

export const radGenomeExample: WriteExample = async (folder) => {
  const path = join(folder, "RadGenome");
  await layScans(path, [
    "dataset/train_preprocessed/train_1/train_1a/train_1_a_1.nii.gz",
    "dataset/train_preprocessed/train_2/train_2b/train_2_b_1.nii.gz",
    "dataset/valid_preprocessed/valid_7/valid_7a/valid_7_a_1.nii.gz",
  ]);
  for (const [split, volumes] of [
    ["train", ["train_1_a_1", "train_2_b_1"]],
    ["validation", ["valid_7_a_1"]],
  ] as const) {
    const table = (kind: string, header: string, rows: readonly string[]): void => {
      const lines = volumes.flatMap((name) => rows.map((row) => `${name}.nii.gz,${row}`));
      write(path, `dataset/radgenome_files/${split}_${kind}.csv`, [header, ...lines]);
    };
    table("region_report", "Volumename,Anatomy,Sentence", [
      "lung/left lung/upper lobe,A nodule.",
      ",The heart is normal.",
    ]);
    table("vqa_presence", "Volumename,Question,Answer,Finding,Presence", ["Is there a nodule?,Yes,nodule,1"]);
    table("vqa_abnormality", "Volumename,Question,Answer,Abnormality,Anatomy", [
      'What is seen?,"nodule, effusion","nodule, effusion",lung',
      "What is seen in the heart?,Nothing,,heart",
    ]);
    table("vqa_location", "Volumename,Question,Answer,Anatomy", ["Where?,left upper lobe,lung/left lung"]);
    table("vqa_size", "Volumename,Question,Answer", ["How large?,3 mm"]);
  }
  return {
    path,
    needs: { "dataset/radgenome_files": "of the layout radgenome-chestct" },
    cases: 3,
    items: 3 * 7,
    dropped: {},
  };
};

export const clinFusionExample: WriteExample = async (folder) => {
  const path = join(folder, "ClinFusion"),
    scans = join(folder, "scans");
  await layScans(scans, [`dataset/valid_fixed/${ratePath("valid_1_a_1")}`, "imagesVa/amos_0601.nii.gz"]);
  const ct = [`mm_data/ct-rate/valid_fixed/${ratePath("valid_1_a_1")}`];
  const amos = ["/somebody/mm_data/amos/imagesVa/amos_0601.nii.gz"];
  const rows = [
    {
      source: "3d_rad",
      index: 0,
      eval_method: "mcq",
      ct_path: ct,
      question: "Is it?",
      options: { A: "Yes", B: "No" },
      ground_truth: "B",
    },
    {
      source: "ct_rate_vqa",
      index: 0,
      eval_method: "mcq",
      ct_path: ct,
      question: "Which?",
      options: { A: "a", B: "", C: "c", D: "d", E: "e", F: "f", G: "g", H: "h" },
      ground_truth: "H. h",
    },
    {
      source: "ct_rate_vqa",
      index: 1,
      eval_method: "open",
      ct_path: ct,
      question: "Where?",
      options: null,
      ground_truth: "left",
    },
    {
      source: "amos-mm",
      index: 0,
      eval_method: "report_generation",
      ct_path: amos,
      question: "A liver with one cyst:",
      ground_truth: "Cyst.",
      meta_info: { region: "abdomen" },
    },
  ];
  const table = "eval/Evaluation/datasets/3d_eval_data_ct-rate_amos_3d-rad_lite.jsonl";
  write(
    path,
    table,
    rows.map((row) => JSON.stringify(row)),
  );
  return {
    path,
    options: { scans },
    needs: { [table]: "of the layout clinfusion-3d" },
    cases: 2,
    items: 4,
    dropped: {},
  };
};
