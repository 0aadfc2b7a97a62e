// Fixtures of the two layouts that are our own.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { writePhantomDataset } from "../../../ts/data/phantom/index.ts";
import type { WriteExample } from "./example.ts";
import { layScans } from "./scans.ts";

/** PhantomCT as it is written. */
export const phantomExample: WriteExample = async (folder) => {
  const path = join(folder, "phantom");
  const volumes = { train: 2, validation: 0, test: 1 };
  await writePhantomDataset(path, { seed: 4, volumes, sizeDHW: [16, 24, 24] });
  const { cases, items } = JSON.parse(readFileSync(join(path, "manifest.json"), "utf8")) as {
    readonly cases: number;
    readonly items: number;
  };
  const needs = Object.fromEntries(
    ["manifest.json", "cases.jsonl", "items.jsonl"].map((name) => [
      name,
      `lacks ${name} of the layout phantom`,
    ]),
  );
  return { path, needs, cases, items, dropped: {} };
};

const scans = ["train,1", "train,2", "test,3"].map((row) => {
  const [split = "", n = ""] = row.split(",");
  return { split, n, path: `scans/${n}.nii.gz` };
});

/** Scans with a CSV of reports and a JSON Lines file of questions. */
export const tableExample: WriteExample = async (folder) => {
  const path = join(folder, "own");
  await layScans(
    path,
    scans.map((scan) => scan.path),
  );
  const reports = scans.map(
    (scan) =>
      `${scan.split},c${scan.n},${scan.path},p${scan.n},"Heart ""normal"",\r\nlungs clear ${scan.n}."\r\n`,
  );
  writeFileSync(join(path, "reports.csv"), `\uFEFFsplit,case,image,patient,report\r\n${reports.join("")}`);
  const questions = scans.flatMap(({ n }) => [
    { case: `c${n}`, question: "Is it a CT?", choices: ["yes", "no"], answer: "A", type: "modality" },
    {
      case: `c${n}`,
      question: "Which plane?",
      choices: ["axial", "coronal", "sagittal", "-", "NA"],
      answer: "axial",
      type: "plane",
    },
    { case: `c${n}`, question: "What is seen?", answer: `a body ${n}`, reader: 2 },
  ]);
  writeFileSync(join(path, "questions.jsonl"), questions.map((row) => JSON.stringify(row)).join("\n"));
  return {
    path,
    needs: { "reports.csv": 'no table has the column "image" that names the scans' },
    cases: 3,
    items: 12,
    dropped: {},
  };
};
