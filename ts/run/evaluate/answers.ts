import { bug } from "../../errors.ts";
import type { BatchVolume } from "../../schema/batch.ts";
import type { RoutingPlan } from "../../schema/router.ts";
import type { ItemRow } from "../../schema/sample.ts";
import type { RowLog } from "../../track/index.ts";
import type { Row } from "../../track/read/index.ts";
import { type Answer, answerAll } from "../answer.ts";
import { type Attempt, firstRank, type RunJob } from "../job.ts";
import { planOf } from "../train/conductor-state.ts";
import type { EvaluatedCase } from "./cases.ts";

/** What is asked, under which plan, and where the answers go. */
export interface Asking extends Attempt {
  readonly cases: readonly EvaluatedCase[];
  readonly plan: RoutingPlan;
  readonly log: RowLog;
  /** What the watcher is shown. */
  readonly phase: string;
  /** The volumes of one call in the order of its cases; as they are cached when absent. */
  readonly volumesOf?: (part: readonly EvaluatedCase[], at: number) => Promise<readonly BatchVolume[]>;
}

/** One line of `predictions.jsonl`. */
function predictionRow({ subject }: EvaluatedCase, item: ItemRow, answer: Answer, mode: string): Row {
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
    answerMode: answer.choiceLogProbs === null ? "generate" : mode,
    ...(answer.choiceLogProbs === null ? {} : { choiceLogProbs: answer.choiceLogProbs }),
    ...(answer.choiceTokens === null ? {} : { choiceTokens: answer.choiceTokens }),
    ...(answer.truncated ? { truncated: true } : {}),
    route: { task: answer.route.task, confidence, fallback },
  };
}

/**
 * The plan that the trained model answers under.
 *
 * @throws TomoeError `INTERNAL` before the first checkpoint, else as `planOf`.
 */
export async function planInAnswers({ owned, resolved }: RunJob): Promise<RoutingPlan> {
  const checkpoint = await owned.latestCheckpoint();
  if (checkpoint === undefined) throw bug("nothing to evaluate: the run has no checkpoint");
  return planOf({ checkpoint, resolved });
}

/**
 * Answers what the log does not hold yet, call by call, each on the disk as it is done. A call is repeated
 * whole when one of its rows is missing, so that what shares a batch is always the same.
 *
 * @throws TomoeError as `answerAll`; `REPLAY_DIVERGED` when a row that is there would become another.
 */
export async function answerMissing(asking: Asking): Promise<void> {
  const { job, cases, log, phase } = asking;
  const volumesPerCall = job.resolved.config.evaluation.batching.volumes;
  for (let at = 0; at < cases.length; at += volumesPerCall) {
    const part = cases.slice(at, at + volumesPerCall);
    if (part.some((entry) => entry.items.some((item) => !log.ids.has(item.id))))
      await log.append(await answerPart(asking, part, at));
    job.onProgress({ kind: "phase", phase, done: at + part.length, total: cases.length });
  }
}

/** Answers to all of some cases; nothing of them is kept. Errors as `answerAll`. */
export async function answersOf(asking: Omit<Asking, "log" | "phase">): Promise<readonly Row[]> {
  const rows: Row[] = [];
  const volumesPerCall = asking.job.resolved.config.evaluation.batching.volumes;
  for (let at = 0; at < asking.cases.length; at += volumesPerCall)
    rows.push(...(await answerPart(asking, asking.cases.slice(at, at + volumesPerCall), at)));
  return rows;
}

async function answerPart(
  { job, pool, plan, volumesOf }: Omit<Asking, "log" | "phase">,
  part: readonly EvaluatedCase[],
  at: number,
): Promise<readonly Row[]> {
  const items = part.flatMap((entry, volumeIndex) =>
    entry.items.map((item) => ({ entry, item, volumeIndex })),
  );
  const volumes = volumesOf === undefined ? part.map(({ volume }) => volume) : await volumesOf(part, at);
  const answers = await answerAll({
    worker: firstRank(pool),
    policy: job.policy,
    volumes: volumes.map((volume, slot) => ({ ...volume, slot })),
    asked: items.map(({ item, volumeIndex }) => ({
      id: item.id,
      volumeIndex,
      question: item.question,
      choices: item.choices,
      item: { id: item.id, task: item.task, use: "evaluate" },
    })),
    evaluation: job.resolved.config.evaluation,
    plan,
    signal: job.stop,
  });
  return items.flatMap(({ entry, item }, index) => {
    const answer = answers[index];
    return answer === undefined
      ? []
      : [predictionRow(entry, item, answer, job.resolved.config.evaluation.answer)];
  });
}
