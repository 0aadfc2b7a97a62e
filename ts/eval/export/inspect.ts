import type { ScorecardEntry } from "../../schema/answers/scorecard.ts";
import type { PredictionRow } from "../rows/row.ts";
import { itemKey } from "../rows/row.ts";
import { besideOf, countsOf, type Exported, numberKey, scoresByItem } from "./exported.ts";

/** The version of Inspect's log format that is written (`inspect-ai` 0.3, MIT). */
const logVersion = 2;

/** Summaries that one entry of the archive holds: no entry grows with the log. */
const summariesAtOnce = 1_000;

/** A file of a log, which is an archive of JSON. */
export interface LogFile {
  readonly name: string;
  readonly content: string;
}

function scoreOf(entry: ScorecardEntry): object {
  const { value, ciLow, ciHigh, signature, task } = entry;
  const key = numberKey(entry);
  return {
    name: key,
    scorer: key,
    params: {},
    metrics: {
      value: {
        name: "value",
        value,
        params: {},
        metadata: { ...countsOf(entry), task, ciLow, ciHigh, level: 0.95, signature },
      },
    },
  };
}

function specOf({ name, model, at, version, digest, rows }: Exported): object {
  return {
    eval_id: digest.slice(0, 22),
    run_id: digest.slice(0, 22),
    created: at.toISOString(),
    task: name,
    task_id: digest.slice(0, 22),
    task_version: 0,
    dataset: { name, samples: rows.length, shuffled: false },
    model,
    config: {},
    packages: { tomoe: version },
    metadata: { rowsSha256: digest },
  };
}

const plan = { name: "plan", steps: [], config: {} };

/** Ids are unique within a task, and in a log over all of them: one that two tasks use has its task before it. */
function idsOf(rows: readonly PredictionRow[]): (row: PredictionRow) => string {
  const taskOf = new Map<string, string>();
  let areUnique = true;
  for (const { id, task } of rows) {
    areUnique &&= (taskOf.get(id) ?? task) === task;
    taskOf.set(id, task);
  }
  return areUnique ? ({ id }) => id : itemKey;
}

/** What sample and summary have in common. */
function headOf(
  row: PredictionRow,
  id: string,
  scores: Readonly<Record<string, number>> | undefined,
): object {
  const scored = Object.entries(scores ?? {}).map(
    ([metric, value]) => [numberKey({ task: row.task, metric }), { value, answer: row.prediction }] as const,
  );
  return {
    id,
    epoch: 1,
    input: row.question ?? "",
    ...(row.choices === undefined ? {} : { choices: row.choices }),
    target: row.target,
    scores: Object.fromEntries(scored),
    metadata: besideOf(row),
  };
}

function sampleOf(row: PredictionRow, head: object, model: string): object {
  const said = { role: "assistant", content: row.prediction, source: "generate", model };
  return {
    ...head,
    messages: [{ role: "user", content: row.question ?? "", source: "input" }, said],
    output: {
      model,
      choices: [{ message: said, stop_reason: row.truncated === true ? "max_tokens" : "stop" }],
      completion: row.prediction,
    },
    store: {},
    events: [],
    model_usage: {},
    attachments: {},
  };
}

/**
 * The files of an Inspect log (`.eval`): header with every number of the scorecard, its interval and signature in the
 * metric's metadata, and a sample for each row with its scores.
 */
export function* inspectLog(made: Exported): Generator<LogFile, void> {
  const { rows, entries, model, at } = made;
  const json = (name: string, value: unknown): LogFile => ({ name, content: JSON.stringify(value) });
  const head = { version: logVersion, eval: specOf(made), plan };
  yield json("_journal/start.json", head);
  const scores = scoresByItem(made),
    idOf = idsOf(rows);
  let summaries: object[] = [],
    journals = 0;
  for (const [index, row] of rows.entries()) {
    const id = idOf(row);
    const common = headOf(row, id, scores.get(itemKey(row)));
    yield json(`samples/${id}_epoch_1.json`, sampleOf(row, common, model));
    summaries.push({ ...common, completed: true });
    if (summaries.length < summariesAtOnce && index < rows.length - 1) continue;
    journals += 1;
    yield json(`_journal/summaries/${journals}.json`, summaries);
    summaries = [];
  }
  const time = at.toISOString();
  yield json("header.json", {
    ...head,
    status: "success",
    results: {
      total_samples: rows.length,
      completed_samples: rows.length,
      scores: entries.map(scoreOf),
    },
    stats: { started_at: time, completed_at: time, model_usage: {} },
  });
}
