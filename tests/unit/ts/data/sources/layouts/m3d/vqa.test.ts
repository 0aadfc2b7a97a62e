import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { m3dVqaSource } from "../../../../../../../ts/data/sources/layouts/m3d/vqa.ts";
import { caught } from "../../../../../../support/caught.ts";
import { m3dVqaExample } from "../../../../../../support/layouts/m3d.ts";
import { told, walked } from "../../../../../../support/source-rows.ts";
import { temporaryFolder } from "../../../../../../support/temporary-folder.ts";

const root = temporaryFolder();
const header =
  "Image Path,Text,Question Type,Question,Choice A,Choice B,Choice C,Choice D,Answer,Answer Choice";
let made = 0;

function folderOf(tables: Readonly<Record<string, readonly string[]>>): string {
  const folder = join(root, `f${made++}`);
  for (const name of ["M3D_Cap_npy", "M3D-VQA"]) mkdirSync(join(folder, name), { recursive: true });
  for (const [name, rows] of Object.entries(tables))
    writeFileSync(join(folder, "M3D-VQA", name), [header, ...rows].join("\n"));
  return folder;
}

describe("M3D-VQA", () => {
  it("asks each row with its options and without, and keeps the letter of an option that is missing", async () => {
    const { path } = await m3dVqaExample(join(root, "example"));
    const { cases, items, problems } = await walked(await m3dVqaSource.open(path));
    expect(problems).toEqual([]);
    expect(cases).toHaveLength(5);
    expect(
      items.slice(0, 4).map(({ id, task, type, choices, target }) => [id, task, type, choices, target]),
    ).toEqual([
      ["M3D_VQA_train:2/closed", "closed-vqa", "plane", ["Axial", "Coronal", "Sagittal", "NA"], "Axial"],
      ["M3D_VQA_train:2/open", "open-vqa", "plane", undefined, "Axial"],
      ["M3D_VQA_train:3/closed", "closed-vqa", "organ", ["liver", "spleen", "NA", "NA"], "spleen"],
      ["M3D_VQA_train:3/open", "open-vqa", "organ", undefined, "spleen"],
    ]);
    expect(items.filter(({ id }) => id.startsWith("M3D_VQA_yn_train"))).toMatchObject([
      { task: "closed-vqa", type: "abnormality", choices: ["Yes", "No"], target: "No" },
      { task: "open-vqa", target: "No" },
    ]);
  });

  it("may be named by the folder of its tables, with the volumes elsewhere", async () => {
    const folder = folderOf({ "M3D_VQA_test.csv": ["ct_case/1/A.npy,t,1,Q?,a,b,NA,NA,a,A"] });
    const scans = join(root, "elsewhere");
    mkdirSync(join(scans, "M3D_Cap_npy"), { recursive: true });
    const source = await m3dVqaSource.open(join(folder, "M3D-VQA"), { scans });
    const { cases, items } = await walked(source);
    expect(cases.map(({ paths, split }) => [...paths, split])).toEqual([
      [join(scans, "M3D_Cap_npy/ct_case/1/A.npy"), "test"],
    ]);
    expect(items.map(({ id }) => id)).toEqual(["M3D_VQA_test:2/closed", "M3D_VQA_test:2/open"]);
  });

  it("tells a volume that stands in two splits, and letters that name another option than the text", async () => {
    const row = (image: string, answer: string): string =>
      `M3D_Cap_npy/${image},t,7 shape,Q?,round,oval,NA,NA,${answer}`;
    const folder = folderOf({
      "M3D_VQA_train.csv": [
        row("ct_case/1/A.npy", "round,A"),
        row("ct_case/2/A.npy", "round,B"),
        row("ct_case/2/A.npy", "Oval,B"),
      ],
      "M3D_VQA_test.csv": [
        row("ct_case/1/A.npy", "oval,B"),
        row("../../A.npy", "oval,B"),
        row("ct_case/3/A.npy", ",B"),
      ],
    });
    const { problems, items } = await walked(await m3dVqaSource.open(folder));
    expect(told(problems)).toEqual([
      'M3D_VQA_test.csv:2 case "ct_case/1/A" stands in train and in test',
      'M3D_VQA_test.csv:3 "M3D_Cap_npy/../../A.npy" leaves the folder of volumes',
      'M3D_VQA_train.csv:3 the answer "round" is not option B of ["round","oval","NA","NA"]',
      'M3D_VQA_test.csv:2 item "M3D_VQA_test:2/closed" is in test, its case "ct_case/1/A" in train',
      'M3D_VQA_test.csv:2 item "M3D_VQA_test:2/open" is in test, its case "ct_case/1/A" in train',
      "M3D_VQA_test.csv:4 the row has no answer",
    ]);
    expect(problems.map(({ code }) => code)).toEqual([
      "DATA_LEAK",
      "DATA_MANIFEST",
      "DATA_MANIFEST",
      "DATA_LEAK",
      "DATA_LEAK",
      "DATA_MANIFEST",
    ]);
    // Another type than M3D's five stays as it stands.
    expect(items[0]?.type).toBe("7 shape");
  });

  it("is refused without a table, and without the volumes", async () => {
    const none = await caught(() => m3dVqaSource.open(folderOf({})));
    expect(none.message).toContain("lacks M3D-VQA/M3D_VQA_train.csv of the layout m3d-vqa");
    mkdirSync(join(root, "bare"));
    const bare = await caught(() => m3dVqaSource.open(join(root, "bare")));
    expect(bare.details.missing).toEqual(["M3D_Cap_npy"]);
  });
});
