import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { clinFusionSource } from "../../../../../../../ts/data/sources/layouts/on-ct-rate/clin-fusion.ts";
import { clinFusionExample } from "../../../../../../support/layouts/on-ct-rate.ts";
import { told, walked } from "../../../../../../support/source-rows.ts";
import { temporaryFolder } from "../../../../../../support/temporary-folder.ts";

const root = temporaryFolder();
const example = await clinFusionExample(join(root, "example"));

async function read(rows: readonly object[]) {
  const folder = join(root, `f${Math.floor(performance.now() * 1000)}`);
  mkdirSync(folder);
  const path = join(folder, "rows.jsonl");
  writeFileSync(path, rows.map((row) => JSON.stringify(row)).join("\n"));
  return await walked(await clinFusionSource.open(path));
}

const row = {
  source: "3d_rad",
  index: 1,
  eval_method: "mcq",
  ct_path: ["x/valid_fixed/valid_1/valid_1_a/valid_1_a_1.nii.gz"],
  question: "Q?",
  options: { A: "yes", B: "no" },
  ground_truth: "A",
};

describe("ClinFusion-Eval 3D", () => {
  it("finds its scans behind another disk's prefix, and holds all of it out", async () => {
    const { cases } = await walked(await clinFusionSource.open(example.path, example.options));
    const scans = example.options?.scans ?? "";
    expect(cases.map(({ id, patient, split, paths }) => [id, patient, split, ...paths])).toEqual([
      [
        "valid_1_a_1",
        "valid_1",
        "test",
        join(scans, "dataset/valid_fixed/valid_1/valid_1_a/valid_1_a_1.nii.gz"),
      ],
      ["amos_0601", "amos_0601", "test", join(scans, "imagesVa/amos_0601.nii.gz")],
    ]);
  });

  it("has two to eight options, and does not ask a report by a prompt that was written from the reference", async () => {
    const { items } = await walked(await clinFusionSource.open(example.path, example.options));
    expect(
      items.map(({ task, question, choices, target }) => [task, question, choices?.length, target]),
    ).toEqual([
      ["closed-vqa", "Is it?", 2, "No"],
      ["closed-vqa", "Which?", 8, "h"],
      ["open-vqa", "Where?", undefined, "left"],
      ["report", null, undefined, "Cyst."],
    ]);
    expect(items.at(-1)?.extra).toMatchObject({
      prompt: "A liver with one cyst:",
      meta_info: '{"region":"abdomen"}',
    });
  });

  it("takes options as a list, and the answer as a letter or as a text", async () => {
    const { items, problems } = await read([
      { ...row, options: ["left", "right", "both"], ground_truth: "right" },
      { ...row, index: 2, ground_truth: "(B) no" },
      { ...row, index: 3, ground_truth: "B. no" },
    ]);
    expect(told(problems)).toEqual([]);
    expect(items.map(({ target }) => target)).toEqual(["right", "no", "no"]);
  });

  it.each<[string, object, string]>([
    ["no answer", { ground_truth: " " }, '"ground_truth" of "3d_rad:1" is empty'],
    [
      "an unknown method",
      { eval_method: "essay" },
      '"eval_method" of "3d_rad:1" is "essay", none of mcq, open, report_generation',
    ],
    ["no question", { question: "" }, '"question" of "3d_rad:1" is empty'],
    [
      "an answer that is no option",
      { ground_truth: "C" },
      '"ground_truth" of "3d_rad:1" is "C", none of its options',
    ],
    ["no options", { options: null }, '"ground_truth" of "3d_rad:1" is "A", none of its options'],
  ])("tells %s", async (_what, change, message) => {
    const { problems, items } = await read([{ ...row, ...change }]);
    expect(told(problems)).toEqual([`rows.jsonl:1 ${message}`]);
    expect(items).toEqual([]);
  });

  it.each([[["x/other/scan.nii.gz"]], [[]], ["valid_fixed/../../x.nii.gz"], [null]])(
    "tells a path that is none: %j",
    async (path) => {
      const { problems, cases } = await read([{ ...row, ct_path: path }]);
      expect(problems[0]?.message).toContain("no path below valid_fixed or imagesVa");
      expect(cases).toEqual([]);
    },
  );
});
