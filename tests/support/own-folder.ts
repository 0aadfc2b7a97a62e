// A folder of scans and tables of one's own with every fault that a cohort has, and what is to be told of it.
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { layScans } from "./layouts/scans.ts";

/** Rows of a table, with its header first. */
export function writeRows(folder: string, name: string, rows: readonly string[]): void {
  writeFileSync(join(folder, name), `${rows.join("\n")}\n`);
}

/** Four patients with a report and a question each, in two splits; nothing is wrong with them. */
export async function cleanFolder(folder: string): Promise<string> {
  const names = [1, 2, 3, 4].map((n) => `scans/${n}.nii.gz`);
  await layScans(folder, names);
  writeRows(folder, "rows.csv", [
    "case,patient,image,split,report,question,choices,answer",
    ...names.map(
      (path, at) => `c${at},p${at},${path},${at < 2 ? "train" : "test"},Report ${at}.,Is it?,yes|no,yes`,
    ),
  ]);
  return folder;
}

/** One fault of each kind beside two whole cases. */
export async function faultyFolder(folder: string): Promise<string> {
  await layScans(folder, ["a.nii.gz", "b.nii.gz", "c.nii.gz"]);
  copyFileSync(join(folder, "a.nii.gz"), join(folder, "copy.nii.gz"));
  writeFileSync(join(folder, "torn.nii"), Buffer.alloc(400, 1));
  mkdirSync(join(folder, "empty"));
  writeRows(folder, "rows.csv", [
    "case,patient,image,split,report,question,choices,answer",
    "whole,p1,a.nii.gz,train,Lungs clear.,,,",
    "equal,p2,copy.nii.gz,test,LUNGS  clear.,,,",
    "same patient,p1,b.nii.gz,test,A nodule.,,,",
    "torn,p3,torn.nii,train,Cut.,,,",
    "missing,p4,gone.nii.gz,train,Gone.,,,",
    "empty,p5,empty,train,Nothing.,,,",
    "outside,p6,../x.nii.gz,train,Out.,,,",
    "answer,p7,c.nii.gz,train,,Is it?,yes|no,maybe",
    "answer,p7,c.nii.gz,train,,Is it?,yes|no,",
  ]);
  return folder;
}
