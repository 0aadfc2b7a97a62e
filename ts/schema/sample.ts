import { z } from "zod";
import { taskIds } from "./task.ts";

const text = z.string().min(1);

/** One row of a dataset's `cases.jsonl`: a volume and what is known about it. */
export const caseRowSchema = z.strictObject({
  case: text.describe("The case's id, unique in the folder."),
  subject: text.describe("The patient: the unit of clustering and splitting; several cases may share one."),
  path: text.describe("The scan, relative to the dataset's folder: a file, or a folder of one DICOM series."),
  series: text
    .optional()
    .describe("Which series of a folder of several, by the id that `tomoe inspect` shows."),
  slice: z
    .int()
    .nonnegative()
    .optional()
    .describe("For the 2D set: which slice of the stack this case is; the whole volume when absent."),
  split: z.enum(["train", "validation", "test"]).describe("Where the case belongs."),
  facts: z
    .record(z.string(), z.int())
    .optional()
    .describe("Class index of each fact, for the auxiliary heads; -1 = does not apply."),
  patchLabels: z
    .string()
    .optional()
    .describe("A NIfTI on the patch grid with the same slices: class index per patch, -1 = ignore."),
});
export type CaseRow = z.infer<typeof caseRowSchema>;

/** One row of a dataset's `items.jsonl`: a prompt and its target on one case. */
export const itemRowSchema = z.strictObject({
  id: text.describe("The item's id, unique in the folder."),
  case: text.describe("Id of the case it is about."),
  task: z.enum(taskIds).describe("The task it belongs to."),
  type: text
    .optional()
    .describe("Type of the question, for the mean over types: one of M3D's five, or your own."),
  question: text.describe("The question, or the words that ask for a report."),
  choices: z
    .array(z.string())
    .min(2)
    .max(26)
    .optional()
    .describe(
      'Two to 26 options, where the task predicts a choice and there alone; "NA", "N/A", "-" or a blank one is missing.',
    ),
  target: text.describe("The answer or report; of a choice, the right option's text."),
});
export type ItemRow = z.infer<typeof itemRowSchema>;

/** A dataset's `manifest.json`. */
export const datasetManifestSchema = z.strictObject({
  format: z.literal("tomoe.dataset/1").describe("The format's name and version."),
  name: text.describe("Name of the dataset."),
  source: text.describe('What made it, with version and seed, such as "phantom-ct/1 seed=7".'),
  cases: z.int().nonnegative().describe("Rows of cases.jsonl."),
  items: z.int().nonnegative().describe("Rows of items.jsonl."),
  facts: z
    .record(z.string(), z.array(z.string()))
    .describe("Classes of each fact, in index order; empty when there are none."),
  patchClasses: z
    .array(z.string())
    .describe("Classes of the dense patch labels, in index order; empty when there are none."),
});
export type DatasetManifest = z.infer<typeof datasetManifestSchema>;
