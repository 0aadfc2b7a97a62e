import { casesOf, type DatasetCase, unchanged } from "../../data/dataset/index.ts";
import { bug } from "../../errors.ts";
import type { BatchVolume } from "../../schema/batch.ts";
import type { ItemRow } from "../../schema/sample.ts";
import { predicts } from "../../schema/task.ts";
import type { RunJob } from "../job.ts";

/** A held-out case and everything that is asked about it. */
export interface EvaluatedCase {
  readonly id: string;
  readonly subject: string;
  /** Without facts: nothing is trained on it. Its slot is given by the call it takes part in. */
  readonly volume: BatchVolume;
  /** Items of the tasks that the experiment evaluates. */
  readonly items: readonly ItemRow[];
}

interface Source {
  readonly resolved: RunJob["resolved"];
  readonly corpus: Pick<RunJob["corpus"], "volumes" | "slices" | "cached">;
}

/**
 * The cases of the evaluation's split, in the order of the data set.
 *
 * @throws TomoeError `INTERNAL` for a case that was not cached.
 */
export function evaluatedCases({ resolved, corpus }: Source): readonly EvaluatedCase[] {
  const { evaluation, tasks } = resolved.config;
  return casesOf(corpus.volumes, evaluation.split).map((entry) =>
    evaluatedCase(corpus, entry, (item) => tasks[item.task] !== undefined),
  );
}

/**
 * The slices that are held out of the 2D set, with their questions that have options; none where none are.
 *
 * @throws TomoeError as `evaluatedCases`.
 */
export function heldOutSlices({ resolved, corpus }: Source): readonly EvaluatedCase[] {
  const { tasks } = resolved.config;
  if (corpus.slices === null) return [];
  return casesOf(corpus.slices, "validation").map((entry) =>
    evaluatedCase(corpus, entry, (item) => tasks[item.task] !== undefined && predicts(item.task, "choice")),
  );
}

/** Cases with their questions that have options alone. */
export function withChoices(cases: readonly EvaluatedCase[]): readonly EvaluatedCase[] {
  return cases.map((entry) => ({
    ...entry,
    items: entry.items.filter((item) => predicts(item.task, "choice")),
  }));
}

/** A case with those of its items that are asked; errors as `evaluatedCases`. */
export function evaluatedCase(
  { cached: rows }: Source["corpus"],
  { row, items }: DatasetCase,
  isAsked: (item: ItemRow) => boolean,
): EvaluatedCase {
  const cached = rows.get(row.case);
  if (cached === undefined) throw bug(`case "${row.case}" has no cached volume`, { case: row.case });
  const { volumeId, tensor, hasPatchLabels } = cached;
  const bare = { slot: 0, facts: {}, hasCaption: false, words: [], change: unchanged };
  return {
    id: row.case,
    subject: row.subject,
    items: items.filter(isAsked),
    volume: { ...bare, volumeId, tensor, row: cached.row, hasPatchLabels },
  };
}
