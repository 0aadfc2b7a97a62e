import { bug, TomoeError } from "../../errors.ts";
import type { FramedLogOptions } from "./framed-log.ts";
import { FramedLog } from "./framed-log.ts";
import type { MetricRecord } from "./metrics.ts";
import { decodeMetric, encodeMetric } from "./metrics.ts";

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
  throw bug(
    `not a metric record: stage ${JSON.stringify(record.stage)}, step ${record.step}, name ${JSON.stringify(record.name)}, wallSeconds ${record.wallSeconds}`,
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
