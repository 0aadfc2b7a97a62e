import { TomoeError } from "../../errors.ts";
import type { FramedLogOptions, FramedRecord, JsonObject } from "./framed-log.ts";
import { FramedLog, readFramedLog } from "./framed-log.ts";
import { recordInvalid } from "./invalid.ts";

/** One number of a run. `(stage, step, name)` is its primary key. */
export interface MetricRecord {
  readonly stage: string;
  /** Optimizer step within the stage, from 0. */
  readonly step: number;
  readonly name: string;
  /** May be NaN or infinite: those are written as strings, since JSON has no such numbers. */
  readonly value: number;
  /** Seconds since the attempt began, by a monotonic clock; no part of the key or of what is compared. */
  readonly wallSeconds: number;
  /**
   * True for what no second run repeats (seconds a step, bytes in use): its key has the attempt in it too, so
   * a replayed step may differ.
   * Absent: a result, which a replayed step must give again.
   */
  readonly measured?: boolean;
}

/** A record as it lies on disk. */
export interface StoredMetric extends MetricRecord {
  readonly seq: number;
  /** Attempt of the run that wrote it. */
  readonly attempt: number;
}

/** Steps in rising order with the value at each: 16 bytes a record, where a map of keys takes a hundred. */
interface Series {
  readonly steps: number[];
  readonly values: number[];
}

/** The record of metrics: append-only, acknowledged after fsync, idempotent under replay. */
export class MetricLog {
  readonly #log: FramedLog;
  readonly #series: Map<string, Series>;
  readonly #attempt: () => number;

  private constructor(log: FramedLog, series: Map<string, Series>, attempt: () => number) {
    this.#log = log;
    this.#series = series;
    this.#attempt = attempt;
  }

  /**
   * @param attempt - the attempt that writes now; asked at each append.
   * @throws TomoeError as `FramedLog.open`.
   */
  static async open(options: FramedLogOptions, attempt: () => number): Promise<MetricLog> {
    const series = new Map<string, Series>();
    const log = await FramedLog.open(options, (record) => {
      const stored = decodeMetric(record, options.folder);
      insert(series, seriesKey(stored, stored.attempt), stored.step, stored.value);
    });
    return new MetricLog(log, series, attempt);
  }

  /**
   * Records metrics; resolves once they are on the disk. The same key with the same value again (a replayed
   * step) writes nothing.
   *
   * @throws TomoeError `REPLAY_DIVERGED` when a key is there with another value (bit for bit); nothing of
   * this call is then written.
   *   `INTERNAL` for a record that is not one; `DISK_FULL`, `IO_FAILED`, `LOCKED`, `WORKER_FENCED`.
   */
  async append(records: readonly MetricRecord[]): Promise<void> {
    const attempt = this.#attempt();
    const fresh: MetricRecord[] = [];
    const inCall = new Map<string, number>();
    for (const record of records) {
      assertMetric(record);
      const key = seriesKey(record, attempt);
      const callKey = `${key}\n${record.step}`;
      const known = inCall.get(callKey) ?? find(this.#series.get(key), record.step);
      if (known === undefined) {
        inCall.set(callKey, record.value);
        fresh.push(record);
      } else if (!Object.is(known, record.value)) throw diverged(record, known);
    }
    for (const record of fresh) insert(this.#series, seriesKey(record, attempt), record.step, record.value);
    // Also with nothing fresh: what is repeated may still be on its way to the disk.
    await this.#log.append(fresh.map((record) => encodeMetric(record, attempt)));
  }

  async close(): Promise<void> {
    await this.#log.close();
  }
}

export interface MetricFilter {
  readonly stage?: string;
  readonly name?: string;
}

/**
 * Reads the metrics of a run in the order they were written, without locking it.
 *
 * @param folder - the run's `metrics/`.
 * @throws TomoeError `RECORD_INVALID`, `IO_FAILED`, `PERMISSION`.
 */
export async function readMetrics(
  folder: string,
  filter: MetricFilter = {},
): Promise<readonly StoredMetric[]> {
  const metrics: StoredMetric[] = [];
  await readFramedLog(folder, (record) => {
    const metric = decodeMetric(record, folder);
    if ((filter.stage ?? metric.stage) === metric.stage && (filter.name ?? metric.name) === metric.name)
      metrics.push(metric);
  });
  return metrics;
}

const specials = new Map<number, string>([
  [Number.NaN, "NaN"],
  [Number.POSITIVE_INFINITY, "Infinity"],
  [Number.NEGATIVE_INFINITY, "-Infinity"],
]);

function encodeMetric(record: MetricRecord, attempt: number): JsonObject {
  const { stage, step, name, value, wallSeconds, measured } = record;
  // JSON would turn -0 into 0, which a bit-for-bit comparison after a restart would call a difference.
  const written = Object.is(value, -0) ? "-0" : (specials.get(value) ?? value);
  return {
    attempt,
    stage,
    step,
    name,
    value: written,
    wallSeconds,
    ...(measured === true ? { measured } : {}),
  };
}

function decodeMetric(record: FramedRecord, folder: string): StoredMetric {
  const { attempt, stage, step, name, value, wallSeconds, measured } = record.body;
  const number =
    typeof value === "number"
      ? value
      : typeof value === "string" && ["NaN", "Infinity", "-Infinity", "-0"].includes(value)
        ? Number(value)
        : undefined;
  if (
    typeof stage !== "string" ||
    typeof name !== "string" ||
    typeof step !== "number" ||
    typeof attempt !== "number" ||
    typeof wallSeconds !== "number" ||
    number === undefined
  ) {
    throw recordInvalid(folder, `record ${record.seq} is not a metric`, { record: record.seq });
  }
  return {
    seq: record.seq,
    attempt,
    stage,
    step,
    name,
    value: number,
    wallSeconds,
    ...(measured === true ? { measured } : {}),
  };
}

function seriesKey(record: MetricRecord, attempt: number): string {
  return `${record.stage}\n${record.name}${record.measured === true ? `\n${attempt}` : ""}`;
}

function assertMetric(record: MetricRecord): void {
  const named = [record.stage, record.name].every((text) => /^[^\p{Cc}]{1,200}$/u.test(text));
  if (
    named &&
    Number.isSafeInteger(record.step) &&
    record.step >= 0 &&
    Number.isFinite(record.wallSeconds) &&
    record.wallSeconds >= 0
  )
    return;
  throw new TomoeError(
    "INTERNAL",
    `not a metric record: stage ${JSON.stringify(record.stage)}, step ${record.step}, name ${JSON.stringify(record.name)}, wallSeconds ${record.wallSeconds}`,
    {
      hint: "Report this: stage and name are text of 1 to 200 characters, step a whole number from 0, wallSeconds a finite number from 0.",
    },
  );
}

function diverged(record: MetricRecord, known: number): TomoeError {
  return new TomoeError(
    "REPLAY_DIVERGED",
    `step ${record.step} of stage ${record.stage} was recorded with ${record.name} = ${known} and its replay gives ${record.value}`,
    {
      hint: "Results changed since the run was interrupted: compare environment.json with this machine (threads, torch, CPU capability), then resume there or start a new run.",
      details: {
        stage: record.stage,
        step: record.step,
        name: record.name,
        recorded: String(known),
        replayed: String(record.value),
      },
    },
  );
}

function find(series: Series | undefined, step: number): number | undefined {
  if (series === undefined) return undefined;
  const at = lowerBound(series.steps, step);
  return series.steps[at] === step ? series.values[at] : undefined;
}

function insert(all: Map<string, Series>, key: string, step: number, value: number): void {
  let series = all.get(key);
  if (series === undefined) {
    series = { steps: [], values: [] };
    all.set(key, series);
  }
  const at = lowerBound(series.steps, step);
  if (at === series.steps.length) {
    series.steps.push(step);
    series.values.push(value);
  } else {
    series.steps.splice(at, 0, step);
    series.values.splice(at, 0, value);
  }
}

function lowerBound(steps: readonly number[], step: number): number {
  let low = 0;
  let high = steps.length;
  const last = steps[high - 1];
  if (last === undefined || last < step) return high;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((steps[middle] ?? 0) < step) low = middle + 1;
    else high = middle;
  }
  return low;
}
