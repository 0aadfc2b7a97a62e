import { bug } from "../../errors.ts";
import type { ItemRow } from "../../schema/sample.ts";
import type { Row } from "../../track/read/index.ts";
import { type Answer, answerAll } from "../answer.ts";
import { type Attempt, firstRank } from "../job.ts";
import { planOf } from "../train/conductor-state.ts";
import type { EvaluatedCase } from "./cases.ts";

/** One line of `predictions.jsonl`. */
function predictionRow({ subject }: EvaluatedCase, item: ItemRow, answer: Answer): Row {
  const { id, task, type, question, choices, target } = item;
  const { confidence, fallback } = answer.route;
  return {
    id,
    case: item.case,
    subject,
    task,
    ...(type === undefined ? {} : { type }),
    question,
    ...(choices === undefined ? {} : { choices }),
    target,
    prediction: answer.text,
    ...(answer.choiceLogProbs === null ? {} : { choiceLogProbs: answer.choiceLogProbs }),
    route: { task: answer.route.task, confidence, fallback },
  };
}

/**
 * Answers what `predictions.jsonl` does not hold yet, call by call, each on the disk as it is done. A call is
 * repeated whole when one of its rows is missing, so that what shares a batch is always the same.
 *
 * @throws TomoeError as `answerAll`; `REPLAY_DIVERGED` when a row that is there would become another.
 */
export async function answerMissing({
  job,
  pool,
  cases,
}: Attempt & { readonly cases: readonly EvaluatedCase[] }): Promise<void> {
  const { owned, resolved, policy } = job;
  const { evaluation } = resolved.config;
  const volumesPerCall = evaluation.batching.volumes;
  const checkpoint = await owned.latestCheckpoint();
  if (checkpoint === undefined) throw bug("nothing to evaluate: the run has no checkpoint");
  const plan = planOf({ checkpoint, resolved });
  const log = await owned.predictions();
  for (let at = 0; at < cases.length; at += volumesPerCall) {
    const part = cases.slice(at, at + volumesPerCall);
    const items = part.flatMap((entry, volumeIndex) =>
      entry.items.map((item) => ({ entry, item, volumeIndex })),
    );
    if (items.some(({ item }) => !log.ids.has(item.id))) {
      const answers = await answerAll({
        worker: firstRank(pool),
        policy,
        volumes: part.map(({ volume }, slot) => ({ ...volume, slot })),
        asked: items.map(({ item, volumeIndex }) => ({
          id: item.id,
          volumeIndex,
          question: item.question,
          choices: item.choices,
          item: { id: item.id, task: item.task, use: "evaluate" },
        })),
        evaluation,
        plan,
        signal: job.stop,
      });
      await log.append(
        items.flatMap(({ entry, item }, index) => {
          const answer = answers[index];
          return answer === undefined ? [] : [predictionRow(entry, item, answer)];
        }),
      );
    }
    const done = at + part.length;
    job.onProgress({ kind: "phase", phase: "evaluate", done, total: cases.length });
  }
}
