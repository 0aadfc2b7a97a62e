// AMOS-MM, DeepTumorVQA v2, and rows of chat messages.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { WriteExample } from "./example.ts";
import { layScans } from "./scans.ts";

export const amosMmExample: WriteExample = async (folder) => {
  const path = join(folder, "AMOS-MM");
  const scans = ["imagesTr/amos_0001.nii.gz", "imagesTr/amos_0004.nii.gz", "imagesVa/amos_0008.nii.gz"];
  await layScans(path, scans);
  const entry = (image: string) => ({
    image: `./${image}`,
    meta: { site: 1 },
    labels: {
      report: { findings: { chest: `Clear in ${image.slice(-11, -7)}.`, abdomen: "A cyst.", pelvis: "" } },
      qa: [
        {
          question: "Which organ?",
          options: { A: "liver", B: "spleen", C: "kidney", D: "none" },
          answer: "C",
        },
        { question: "Is there a cyst?", options: { A: "yes", B: "no" }, answer: "A" },
      ],
    },
  });
  const [first = "", second = "", third = ""] = scans;
  const list = { name: "AMOS-MM", training: [entry(first), entry(second)], validation: [entry(third)] };
  writeFileSync(join(path, "dataset.json"), JSON.stringify(list, null, 2));
  return {
    path,
    needs: { "dataset.json": "lacks dataset.json of the layout amos-mm" },
    cases: 3,
    items: 3 * 4,
    dropped: { "not-reported": 3 },
  };
};

export const deepTumorVqaExample: WriteExample = async (folder) => {
  const path = join(folder, "DeepTumorVQA"),
    scans = join(folder, "AbdomenAtlas");
  await layScans(path, ["benchmark/ct/BDMAP_00000001/ct.nii.gz"]);
  await layScans(scans, ["BDMAP_00000002/ct.nii.gz", "BDMAP_00000003/ct.nii.gz"]);
  const question = (qid: number, more: object) => ({
    qid,
    image_id: "BDMAP_00000001",
    spacing: "[0.8, 0.8, 2.5]",
    shape: "[24, 24, 16]",
    question: "What is the volume of the liver?",
    answer: 1432.5,
    organ: "liver",
    lesion: "",
    question_type: "measurement",
    question_subtype: "organ volume measurement",
    requires_tools: true,
    ...more,
  });
  const listed = { mc_question: "What is the volume? A: 900 B: 1432.5 C: 2000 D: 3000", correct_option: "B" };
  const yes = {
    question: "Is there a cyst?",
    answer: "no",
    mc_question: "Is there a cyst? A: yes B: no",
    correct_option: "B",
  };
  const list = {
    version: 2,
    num_questions: 2,
    questions: [question(1, listed), question(2, { ...yes, question_subtype: "lesion existence" })],
  };
  writeFileSync(join(path, "benchmark", "test_qa.json"), JSON.stringify(list));
  mkdirSync(join(path, "train"));
  const header = "qid,image_id,question,answer,mc_question,correct_option,question_type,question_subtype";
  const rows = ["2", "3"].map(
    (n) =>
      `t${n},BDMAP_0000000${n},Is there a cyst?,yes,Is there a cyst? A: yes B: no,A,recognition,lesion existence`,
  );
  writeFileSync(join(path, "train", "train_qa.csv"), [header, ...rows].join("\n"));
  return { path, options: { scans }, needs: {}, cases: 3, items: 8, dropped: {} };
};

export const messagesExample: WriteExample = async (folder) => {
  const path = join(folder, "messages");
  const scans = ["scans/1.nii.gz", "scans/2.nii.gz", "scans/3.nii.gz"];
  await layScans(path, scans);
  const row = (index: number, said: string, more: object = {}) => ({
    id: `r${index}`,
    image: scans[index],
    anatomy_region: "chest",
    messages: [
      {
        role: "user",
        content: [
          { type: "image", image: scans[index] },
          { type: "text", text: "Report the scan." },
        ],
      },
      { role: "assistant", content: [{ type: "text", text: said }] },
    ],
    ...more,
  });
  const reported =
    "<think>A nodule?</think>FINDINGS: a nodule.\nIMPRESSION: benign.\n<answer>Lung nodule, Emphysema</answer>";
  const lines = (rows: readonly object[]): string => rows.map((one) => JSON.stringify(one)).join("\n");
  writeFileSync(
    join(path, "train.jsonl"),
    lines([
      row(0, reported, { solution: "Lung nodule, Emphysema" }),
      row(1, "<think>Hm.</think>A plain answer."),
    ]),
  );
  writeFileSync(join(path, "test.jsonl"), lines([row(2, reported)]));
  return { path, needs: {}, cases: 3, items: 5, dropped: {} };
};
