// M3D as it lies on disk: pictures of 0..1 in float32 [1, D, H, W], reports in text files, questions in CSV.
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { npyFile } from "../npy-file.ts";
import type { WriteExample } from "./example.ts";

/** Stacks by split; two stacks of one case are one patient. */
const stacks = [
  { split: "train", path: "ct_case/000001/Axial_C__portal_venous_phase.npy" },
  { split: "train", path: "ct_case/000001/Coronal_non_contrast.npy" },
  { split: "train", path: "ct_quizze/000007/Axial_lung_window.npy" },
  { split: "validation", path: "ct_case/000002/Axial_non_contrast.npy" },
  { split: "test", path: "ct_case/000003/Axial_C__arterial_phase.npy" },
] as const;

/** A ball in a box, in shades of 0..1: no HU, and no histogram of a body. */
function ball(seed: number): Buffer {
  const [d, h, w] = [8, 24, 24];
  const values = Array.from({ length: d * h * w }, (_, at) => {
    const [z, y, x] = [Math.floor(at / (h * w)) - 4, (Math.floor(at / w) % h) - 12, (at % w) - 12];
    const inside = 4 * z * z + y * y + x * x < 60 + 10 * seed;
    return inside ? 0.6 + 0.05 * seed : 0.02;
  });
  values[0] = 0;
  values[1] = 1;
  return npyFile(
    { affine: [], text: "", dims: [w, h, d], dtype: "float32", littleEndian: true, values },
    { leading: 1 },
  );
}

function writeVolumes(root: string): void {
  stacks.forEach(({ path }, index) => {
    const whole = join(root, "M3D_Cap_npy", path);
    mkdirSync(dirname(whole), { recursive: true });
    writeFileSync(whole, ball(index % 3));
    writeFileSync(join(dirname(whole), "text.txt"), `The ${index} liver is normal. Größe unauffällig.\n`);
  });
}

export const m3dCapExample: WriteExample = async (folder) => {
  const path = join(folder, "data");
  writeVolumes(path);
  const entries = (wanted: string) =>
    stacks
      .filter(({ split }) => split === wanted)
      .map(({ path: image }) => ({ image, text: join(dirname(image), "text.txt") }));
  const list = {
    train: entries("train"),
    validation: entries("validation"),
    test: entries("test"),
    test100: entries("test"),
  };
  writeFileSync(join(path, "M3D_Cap_npy", "M3D_Cap.json"), JSON.stringify(list));
  const needs = {
    "M3D_Cap_npy/M3D_Cap.json": "lacks M3D_Cap_npy/M3D_Cap.json of the layout m3d-cap",
    M3D_Cap_npy: "lacks M3D_Cap_npy of the layout m3d-cap",
    "M3D_Cap_npy/ct_case/000001/text.txt": 'the report "ct_case/000001/text.txt" is not there',
  };
  return await Promise.resolve({ path, needs, cases: 5, items: 5, dropped: {} });
};

const header =
  "Image Path,Text,Question Type,Question,Choice A,Choice B,Choice C,Choice D,Answer,Answer Choice";

export const m3dVqaExample: WriteExample = async (folder) => {
  const path = join(folder, "data");
  writeVolumes(path);
  mkdirSync(join(path, "M3D-VQA"));
  const rows = (wanted: string): readonly string[] =>
    stacks
      .filter(({ split }) => split === wanted)
      .flatMap(({ path: image }) => [
        `M3D_Cap_npy/${image},a report,1,Which plane is shown?,Axial,Coronal,Sagittal,NA,Axial,A`,
        `M3D_Cap_npy/${image},a report,3,"What is seen, if ""anything""?",liver,spleen,NA,NA,spleen,B`,
        `M3D_Cap_npy/${image},a report,5,Which side?,left,right,both,none,left,A`,
      ]);
  for (const [name, split] of [
    ["train", "train"],
    ["val", "validation"],
    ["test", "test"],
  ])
    writeFileSync(join(path, "M3D-VQA", `M3D_VQA_${name}.csv`), [header, ...rows(split ?? "")].join("\n"));
  const yesNo = `Image Path,Text,Question Type,Question,Answer\nM3D_Cap_npy/${stacks[0].path},a report,4,Is it normal?,No\n`;
  writeFileSync(join(path, "M3D-VQA", "M3D_VQA_yn_train.csv"), yesNo);
  const needs = {
    M3D_Cap_npy: "lacks M3D_Cap_npy of the layout m3d-vqa",
    "M3D-VQA": "lacks M3D-VQA/M3D_VQA_train.csv of the layout m3d-vqa",
  };
  // Each row is asked with its options and without.
  return await Promise.resolve({ path, needs, cases: 5, items: 2 * (3 * 5 + 1), dropped: {} });
};
