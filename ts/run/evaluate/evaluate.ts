import { casesOf } from "../../data/dataset/index.ts";
import { type JsonValue, TomoeError } from "../../errors.ts";
import { renderScorecard, type ScorecardEntry, scorePredictions } from "../../eval/index.ts";
import type { BatchVolume } from "../../schema/batch.ts";
import type { ItemRow } from "../../schema/sample.ts";
import { isMetricName, metricRow } from "../../schema/task.ts";
import { type Row, readRows } from "../../track/index.ts";
import type { WorkerPool } from "../../worker/index.ts";
import { type Asked, answerAll } from "../answer.ts";
import { planOf } from "../plan-book.ts";
import type { RunJob } from "../train/attempt.ts";

/** Volumes asked about in one call: their rows and options fit one pass of a small model. */
const volumesPerCall = 16;

interface EvaluatedCase {
  readonly id: string;
  readonly subject: string;
  readonly volume: BatchVolume;
  readonly items: readonly ItemRow[];
}

function evaluatedCases(job: RunJob): readonly EvaluatedCase[] {
  const { config } = job.resolved;
  return casesOf(job.corpus.volumes, config.evaluation.split).map(({ row, items }) => {
    const cached = job.corpus.cached.get(row.case);
    if (cached === undefined)
      throw new TomoeError("INTERNAL", `case "${row.case}" has no cached volume`, {
        hint: "this is a bug of ours",
      });
    const wanted = items.filter((item) => config.tasks[item.task] !== undefined);
    return {
      id: row.case,
      subject: row.subject,
      items: wanted,
      volume: {
        volumeId: cached.volumeId,
        slot: 0,
        tensor: cached.tensor,
        row: cached.row,
        facts: {},
        hasPatchLabels: cached.hasPatchLabels,
      },
    };
  });
}

/** One line of `predictions.jsonl`. */
function predictionRow(
  item: ItemRow,
  subject: string,
  answer: Awaited<ReturnType<typeof answerAll>>[number],
): Row {
  return {
    id: item.id,
    case: item.case,
    subject,
    task: item.task,
    ...(item.type === undefined ? {} : { type: item.type }),
    question: item.question,
    ...(item.choices === undefined ? {} : { choices: item.choices }),
    target: item.target,
    prediction: answer.text,
    ...(answer.choiceLogProbs === null ? {} : { choiceLogProbs: answer.choiceLogProbs }),
    route: { task: answer.route.task, confidence: answer.route.confidence, fallback: answer.route.fallback },
  };
}

/** Answers what `predictions.jsonl` does not hold yet, row by row on the disk as it is done. */
async function predictMissing(job: RunJob, pool: WorkerPool, cases: readonly EvaluatedCase[]): Promise<void> {
  const checkpoint = await job.owned.latestCheckpoint();
  const [worker] = pool.ranks;
  if (checkpoint === undefined || worker === undefined)
    throw new TomoeError("INTERNAL", "nothing to evaluate: no checkpoint, or no worker", {
      hint: "this is a bug of ours",
    });
  const log = await job.owned.predictions();
  const options = {
    maxNewTokens: job.resolved.config.evaluation.maxNewTokens,
    plan: planOf(checkpoint),
    signal: job.stop,
  };
  for (let at = 0; at < cases.length; at += volumesPerCall) {
    const part = cases.slice(at, at + volumesPerCall);
    // A call is repeated whole when one of its rows is missing, so that what shares a batch is always the
    // same.
    if (part.some((entry) => entry.items.some((item) => !log.ids.has(item.id)))) {
      const asked: Asked[] = part.flatMap((entry, volumeIndex) =>
        entry.items.map((item) => ({
          id: item.id,
          volumeIndex,
          question: item.question,
          choices: item.choices,
        })),
      );
      const answers = await answerAll(
        worker,
        job.policy,
        part.map((entry, slot) => ({ ...entry.volume, slot })),
        asked,
        options,
      );
      const byId = new Map(answers.map((answer) => [answer.id, answer]));
      await log.append(
        part.flatMap((entry) =>
          entry.items.flatMap((item) => {
            const answer = byId.get(item.id);
            return answer === undefined ? [] : [predictionRow(item, entry.subject, answer)];
          }),
        ),
      );
    }
    job.onProgress({
      kind: "phase",
      phase: "evaluate",
      done: Math.min(at + volumesPerCall, cases.length),
      total: cases.length,
    });
  }
}

/** True for a metric that a reference library computes in the worker. */
const needsWorker = (metric: string): boolean => isMetricName(metric) && metricRow(metric).needs === "worker";

async function measured(
  job: RunJob,
  pool: WorkerPool,
  rows: readonly Row[],
): Promise<Map<string, { readonly signature: string; readonly scores: ReadonlyMap<string, number> }>> {
  const results = new Map<
    string,
    { readonly signature: string; readonly scores: ReadonlyMap<string, number> }
  >();
  for (const [task, judged] of Object.entries(job.resolved.config.tasks)) {
    const metrics: readonly string[] = judged?.metrics ?? [];
    for (const metric of metrics.filter(needsWorker)) {
      const mine = rows.filter((row) => row.task === task);
      const answer = await pool.ranks[0]?.measure(
        metric,
        mine.map((row) => ({ prediction: String(row.prediction), target: String(row.target) })),
      );
      if (answer !== undefined)
        results.set(`${task}/${metric}`, {
          signature: answer.signature,
          scores: new Map(mine.map((row, index) => [row.id, answer.scores[index] ?? Number.NaN])),
        });
    }
  }
  return results;
}

/**
 * Asks the trained model everything about the held-out cases, records every answer, and scores them.
 *
 * @returns the scorecard, also written to `scorecard.json` and `scorecard.md`.
 */
export async function evaluateRun(job: RunJob, pool: WorkerPool): Promise<readonly ScorecardEntry[]> {
  const cases = evaluatedCases(job);
  await predictMissing(job, pool, cases);
  const rows = await readRows(job.owned.paths.predictions);
  const { config } = job.resolved;
  const entries = scorePredictions(rows as unknown as readonly JsonValue[], {
    profile: "strict",
    tasks: config.tasks,
    bootstrap: config.evaluation.bootstrap,
    measured: await measured(job, pool, rows),
  });
  await job.owned.write(
    "scorecard.json",
    `${JSON.stringify({ ok: true, runId: job.owned.runId, dir: job.owned.dir, scorecard: entries }, null, 2)}\n`,
  );
  await job.owned.write("scorecard.md", renderScorecard(entries));
  for (const [id, receipt] of job.corpus.receipts)
    await job.owned.write(`receipts/${id}.json`, `${JSON.stringify(receipt, null, 2)}\n`);
  return entries;
}

export type ScorecardEntries = readonly ScorecardEntry[];
