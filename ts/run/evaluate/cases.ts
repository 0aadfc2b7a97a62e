import { casesOf } from "../../data/dataset/index.ts";
import { bug } from "../../errors.ts";
import type { BatchVolume } from "../../schema/batch.ts";
import type { ItemRow } from "../../schema/sample.ts";
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

/**
 * The cases of the evaluation's split, in the order of the data set.
 *
 * @throws TomoeError `INTERNAL` for a case that was not cached.
 */
export function evaluatedCases({
  resolved,
  corpus,
}: Pick<RunJob, "resolved" | "corpus">): readonly EvaluatedCase[] {
  const { evaluation, tasks } = resolved.config;
  return casesOf(corpus.volumes, evaluation.split).map(({ row, items }) => {
    const cached = corpus.cached.get(row.case);
    if (cached === undefined) throw bug(`case "${row.case}" has no cached volume`, { case: row.case });
    const { volumeId, tensor, hasPatchLabels } = cached;
    return {
      id: row.case,
      subject: row.subject,
      items: items.filter((item) => tasks[item.task] !== undefined),
      volume: {
        volumeId,
        slot: 0,
        tensor,
        row: cached.row,
        facts: {},
        hasPatchLabels,
        hasCaption: false,
        words: [],
      },
    };
  });
}
