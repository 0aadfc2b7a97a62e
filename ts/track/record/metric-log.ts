import { bug, TomoeError } from "../../errors.ts";
import type { FramedLogOptions } from "./framed-log.ts";
import { FramedLog } from "./framed-log.ts";
import { gridsOf, gridText, type MetricRecord } from "./metric-grid.ts";
import { encodeMetric, gridIn } from "./metrics.ts";

/** Steps in rising order with the value at each: 16 bytes a record, where a map of keys takes a hundred. */
interface Series {
  readonly steps: number[];
  readonly values: number[];
}

/** The record of metrics: append-only, acknowledged after fsync, idempotent under replay. */
export class MetricLog {
  readonly #log: FramedLog;
  readonly #known: AllSeries;
  readonly #attempt: () => number;

  private constructor(log: FramedLog, known: AllSeries, attempt: () => number) {
    this.#log = log;
    this.#known = known;
    this.#attempt = attempt;
  }

  /**
   * @param attempt - the attempt that writes now; asked at each append.
   * @throws TomoeError as `FramedLog.open`.
   */
  static async open(options: FramedLogOptions, attempt: () => number): Promise<MetricLog> {
    const known = new AllSeries();
    const log = await FramedLog.open(options, (record) => {
      const { attempt: of, stage, names, measured, steps, values } = gridIn(record, options.folder);
      for (const [column, name] of names.entries()) {
        const series = known.of(stage, name, measured.includes(column) ? of : null);
        for (const [row, step] of steps.entries()) insert(series, step, values[column]?.[row] ?? Number.NaN);
      }
    });
    return new MetricLog(log, known, attempt);
  }

  /**
   * Records metrics; resolves once they are on the disk. The same key with the same value again (a replayed
   * step) writes nothing.
   *
   * Many at once are written as grids, a line for up to 65,536 points: give the points of several steps in one call
   * where they come faster than a disk flushes.
   *
   * @throws TomoeError `REPLAY_DIVERGED` when a key is there with another value (bit for bit); nothing of
   * this call is then written.
   *   `INTERNAL` for a record that is not one; `DISK_FULL`, `IO_FAILED`, `LOCKED`, `WORKER_FENCED`.
   */
  async append(records: readonly MetricRecord[]): Promise<void> {
    const attempt = this.#attempt();
    const fresh = this.#takeFresh(records, attempt);
    const lines = gridsOf(fresh, attempt).map((grid, _at, grids) =>
      grids.length === 1 && fresh.length === 1
        ? encodeMetric(fresh[0] as MetricRecord, attempt)
        : gridText(grid),
    );
    // Also with nothing fresh: what is repeated may still be on its way to the disk.
    await this.#log.append(lines);
  }

  /** What of the records is not known yet; it is from here on. Nothing is, where one of them diverges or is none. */
  #takeFresh(records: readonly MetricRecord[], attempt: number): readonly MetricRecord[] {
    const fresh: MetricRecord[] = [];
    const seriesOf = ({ stage, name, measured }: MetricRecord): Series =>
      this.#known.of(stage, name, measured === true ? attempt : null);
    try {
      for (const record of records) {
        this.#assertMetric(record);
        const series = seriesOf(record);
        const known = find(series, record.step);
        if (known === undefined) {
          insert(series, record.step, record.value);
          fresh.push(record);
        } else if (!Object.is(known, record.value)) throw diverged(record, known);
      }
    } catch (cause) {
      for (const record of fresh) remove(seriesOf(record), record.step);
      throw cause;
    }
    return fresh;
  }

  #assertMetric(record: MetricRecord): void {
    const { stage, name, step, wallSeconds } = record;
    if (
      this.#known.isName(stage) &&
      this.#known.isName(name) &&
      Number.isSafeInteger(step) &&
      step >= 0 &&
      Number.isFinite(wallSeconds) &&
      wallSeconds >= 0
    )
      return;
    throw bug(
      `not a metric record: stage ${JSON.stringify(stage)}, step ${step}, name ${JSON.stringify(name)}, wallSeconds ${wallSeconds}`,
    );
  }

  async close(): Promise<void> {
    await this.#log.close();
  }
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

/** Every series of a run by stage, name and, where it is only measured, attempt. */
class AllSeries {
  readonly #stages = new Map<string, Map<string, Series>>();
  readonly #names = new Set<string>();

  of(stage: string, name: string, attempt: number | null): Series {
    const key = attempt === null ? name : `${name}\n${attempt}`;
    let named = this.#stages.get(stage);
    if (named === undefined) {
      named = new Map();
      this.#stages.set(stage, named);
    }
    let series = named.get(key);
    if (series === undefined) {
      series = { steps: [], values: [] };
      named.set(key, series);
    }
    return series;
  }

  /** True for what may be the name of a stage or a metric; asked a million times of the same few. */
  isName(text: string): boolean {
    if (this.#names.has(text)) return true;
    const isOne = /^[^\p{Cc}]{1,200}$/u.test(text);
    if (isOne) this.#names.add(text);
    return isOne;
  }
}

function find(series: Series, step: number): number | undefined {
  const at = lowerBound(series.steps, step);
  return series.steps[at] === step ? series.values[at] : undefined;
}

function insert(series: Series, step: number, value: number): void {
  const at = lowerBound(series.steps, step);
  if (at === series.steps.length) {
    series.steps.push(step);
    series.values.push(value);
  } else {
    series.steps.splice(at, 0, step);
    series.values.splice(at, 0, value);
  }
}

function remove(series: Series, step: number): void {
  const at = lowerBound(series.steps, step);
  series.steps.splice(at, 1);
  series.values.splice(at, 1);
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
