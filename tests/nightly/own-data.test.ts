// Own data in ten minutes, on real scans where they are at hand: init, run, predict, as a new user would.
import { cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { readVolume } from "../../ts/data/index.ts";
import { type CliResult, repository, tomoe } from "../support/cli.ts";
import { niftiFile } from "../support/nifti-file.ts";
import { writeRows } from "../support/own-folder.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";
import { documentOf } from "../support/toy-run.ts";

const scans = join(repository, "../shared/data/ct");
const maybe = existsSync(scans) ? it : it.skip;
if (!existsSync(scans)) console.warn("skipped: no real CT files beside this checkout");
const root = temporaryFolder();
const call = async (cwd: string, ...words: readonly string[]): Promise<CliResult> =>
  await tomoe(words, { cwd, env: { TOMOE_E2E: root } });

/** Four crops of one abdomen in NIfTI, two DICOM series, a tilted one that is not read, and an MR. */
async function layOut(folder: string): Promise<void> {
  mkdirSync(join(folder, "nifti"), { recursive: true });
  const { voxels, shapeDHW, affineRas } = await readVolume(join(scans, "nifti/abdomen_3mm.nii.gz"));
  const [depth, height, width] = shapeDHW;
  const plane = height * width;
  for (const [index, from] of [0, 28, 56, 80].entries()) {
    const slices = Math.min(30, depth - from);
    const sform = affineRas
      .slice(0, 3)
      .map(([x = 0, y = 0, z = 0, origin = 0]) => [x, y, z, origin + z * from]);
    const values = voxels.subarray(from * plane, (from + slices) * plane);
    const bytes = niftiFile({ dims: [width, height, slices], values, dtype: "int16", sform, gzip: true });
    writeFileSync(join(folder, `nifti/patient${index + 1}.nii.gz`), bytes);
  }
  cpSync(join(scans, "dicom/abdomen_j2k"), join(folder, "dicom/p5"), { recursive: true });
  mkdirSync(join(folder, "dicom/p6"));
  cpSync(join(scans, "dicom/enhanced/ect_supplemental.dcm"), join(folder, "dicom/p6/frames.dcm"));
  cpSync(join(scans, "dicom/ge_head_tilt"), join(folder, "dicom/p7"), { recursive: true });
  cpSync(join(scans, "refuse/mr_not_ct.nii.gz"), join(folder, "nifti/mr.nii.gz"));
  const names = [
    "patient1.nii.gz",
    "patient2",
    "nifti/patient3.nii.gz",
    "patient4",
    "dicom/p5",
    "frames.dcm",
    "p7",
  ];
  writeRows(folder, "reports.csv", [
    "Findings,Scan,age",
    ...names.map((name, at) => `"Liver normal,\nKidney ""${at}"" größer.",${name},${60 + at}`),
  ]);
  writeRows(folder, "questions.csv", [
    "scan,question,choices,answer",
    ...names.slice(0, 6).map((name) => `${name},Which plane was acquired?,axial|coronal|sagittal,A`),
  ]);
}

describe("a folder of one's own scans", () => {
  maybe("becomes a project that trains, scores and predicts, with a page on what was not read", async () => {
    await layOut(join(root, "export"));
    const init = await call(root, "init", "project", "--data", "export", "--json");
    expect(init.code).toBe(0);
    expect(JSON.parse(init.stdout)).toMatchObject({ data: { scans: 6, unread: 2, cases: 6, items: 12 } });
    const project = join(root, "project");
    const page = readFileSync(join(project, "DATA.md"), "utf8");
    expect(page).toContain(
      'reports.csv: 6 of 7 rows are used; columns: report is "Findings", image is "Scan"',
    );
    expect(page).toMatch(/dicom\/p7: the 28 slices step 18\.5 degrees off their normal/);
    expect(page).toContain("nifti/mr.nii.gz: the voxels are not Hounsfield units");
    const checked = await call(project, "run", "experiment.ts", "--dry-run", "--json");
    expect([checked.code, JSON.parse(checked.stdout)]).toEqual([
      0,
      expect.objectContaining({ volumes: { train: 4, evaluate: 2 } }),
    ]);
    const run = await call(project, "run", "experiment.ts", "--json");
    expect([run.code, run.stderr.includes("error:")]).toEqual([0, false]);
    const { scorecard } = documentOf(run.stdout);
    expect(scorecard.map(({ task, metric, n }) => [task, metric, n])).toEqual(
      expect.arrayContaining([
        ["report", "rouge1", 2],
        ["closed-vqa", "accuracy.micro", 2],
      ]),
    );
    const ask = ["--question", "Which plane was acquired?", "--choices", "axial|coronal|sagittal"];
    const predicted = await call(
      project,
      "predict",
      "../export/dicom/p5",
      "--run",
      "latest",
      "--report",
      ...ask,
      "--json",
    );
    expect(predicted.code).toBe(0);
    const { report, answers } = JSON.parse(predicted.stdout) as {
      readonly report: string;
      readonly answers: readonly { readonly choiceLogProbs: readonly number[] }[];
    };
    expect(report.length).toBeGreaterThan(0);
    expect(answers[0]?.choiceLogProbs).toHaveLength(3);
    expect(existsSync(join(project, "runs"))).toBe(true);
  });
});
