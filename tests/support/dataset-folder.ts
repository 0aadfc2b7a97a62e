// A small dataset folder for tests: six cases of three subjects, three items each.
import { writeFileSync } from "node:fs";
import { join } from "node:path";

/** Rows before they are written, so that a test can spoil them. */
export interface DatasetRows {
  readonly cases: Record<string, unknown>[];
  readonly items: Record<string, unknown>[];
}

/** What is asked of one case: a report, a closed and an open question. */
export function itemsOf(id: string): DatasetRows["items"] {
  return [
    { id: `${id}/r`, case: id, task: "report", question: "Describe.", target: "Normal." },
    {
      id: `${id}/q`,
      case: id,
      task: "closed-vqa",
      type: "phase",
      question: "Which phase?",
      choices: ["a", "b", "c", "d"],
      target: "b",
    },
    { id: `${id}/o`, case: id, task: "open-vqa", type: "phase", question: "Which phase?", target: "b" },
  ];
}

/** Six cases of three subjects; each has a report, a closed and an open question. */
export function datasetRows(): DatasetRows {
  const cases = Array.from({ length: 6 }, (_, index) => ({
    case: `c${index}`,
    subject: `s${Math.floor(index / 2)}`,
    path: `v/c${index}.nii`,
    split: index < 4 ? "train" : "test",
    facts: { phase: index % 2 },
  }));
  return { cases, items: cases.flatMap((row) => itemsOf(row.case)) };
}

/** Writes them as a dataset folder, with a manifest that counts them unless told otherwise. */
export function writeDataset(
  folder: string,
  { cases, items }: DatasetRows,
  manifest: Record<string, unknown> = {},
): void {
  writeFileSync(
    join(folder, "manifest.json"),
    JSON.stringify({
      format: "tomoe.dataset/1",
      name: "t",
      source: "test",
      cases: cases.length,
      items: items.length,
      facts: { phase: ["x", "y"] },
      patchClasses: [],
      ...manifest,
    }),
  );
  writeFileSync(join(folder, "cases.jsonl"), cases.map((row) => JSON.stringify(row)).join("\n"));
  writeFileSync(join(folder, "items.jsonl"), items.map((row) => JSON.stringify(row)).join("\n"));
}
