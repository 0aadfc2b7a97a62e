import { z } from "zod";
import { questionTypes, taskIds } from "./task.ts";

/**
 * One row of a dataset's `cases.jsonl`: a volume and what is known about it.
 * `facts` are class indices for the auxiliary heads (-1 = does not apply); `patchLabels` a NIfTI on the patch
 * grid.
 */
export const caseRowSchema = z.strictObject({
  case: z.string().min(1),
  /** Unit of clustering and splitting; several cases may share one. */
  subject: z.string().min(1),
  /** Scan path relative to the dataset folder: a file, or a folder of one DICOM series. */
  path: z.string().min(1),
  /**
   * For the 2D set: this case is one slice of the stack, counted along its stack axis; absent = the whole
   * volume.
   */
  slice: z.int().nonnegative().optional(),
  split: z.enum(["train", "validation", "test"]),
  facts: z.record(z.string(), z.int()).optional(),
  /** NIfTI on the patch grid with the same slices: class index per patch, -1 = ignore. */
  patchLabels: z.string().optional(),
});
export type CaseRow = z.infer<typeof caseRowSchema>;

/** One row of a dataset's `items.jsonl`: a prompt and its target on one case. */
export const itemRowSchema = z.strictObject({
  id: z.string().min(1),
  case: z.string().min(1),
  task: z.enum(taskIds),
  type: z.enum(questionTypes).optional(),
  /** The question, or the words that ask for a report. */
  question: z.string().min(1),
  /** Four options, where the task predicts a choice and there alone. */
  choices: z.array(z.string().min(1)).length(4).optional(),
  target: z.string().min(1),
});
export type ItemRow = z.infer<typeof itemRowSchema>;

/** A dataset's `manifest.json`. */
export const datasetManifestSchema = z.strictObject({
  format: z.literal("tomoe.dataset/1"),
  name: z.string().min(1),
  /** What made it, with version and seed, e.g. "phantom-ct/1 seed=7". */
  source: z.string().min(1),
  cases: z.int().nonnegative(),
  items: z.int().nonnegative(),
  /** Classes of each fact, in index order; empty when there are none. */
  facts: z.record(z.string(), z.array(z.string())),
  /** Classes of the dense patch labels, in index order; empty when there are none. */
  patchClasses: z.array(z.string()),
});
export type DatasetManifest = z.infer<typeof datasetManifestSchema>;
