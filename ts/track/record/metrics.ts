import type { FramedRecord, JsonObject } from "./frames.ts";
import { readFramedLog } from "./frames.ts";
import { recordInvalid } from "./invalid.ts";
import { decodeGrid, type MetricGrid, type MetricRecord } from "./metric-grid.ts";

export type { MetricRecord } from "./metric-grid.ts";

/** A record as it lies on disk. */
export interface StoredMetric extends MetricRecord {
  /** Counts the points of the run, from 0. */
  readonly seq: number;
  /** Attempt of the run that wrote it. */
  readonly attempt: number;
}

export interface MetricFilter {
  readonly stage?: string;
  readonly name?: string;
}

/**
 * Reads the metrics of a run grid by grid, in the order they were written, without locking it and without an object a
 * point; what was recorded alone is a grid of one point.
 *
 * @param folder - the run's `metrics/`.
 * @throws TomoeError `RECORD_INVALID`, `IO_FAILED`, `PERMISSION`.
 */
export async function readGrids(folder: string, onGrid: (grid: MetricGrid) => void): Promise<void> {
  await readFramedLog(folder, (record) => onGrid(gridIn(record, folder)));
}

/** The points of one line of the record; errors as `readGrids`. */
export function gridIn(record: FramedRecord, folder: string): MetricGrid {
  const grid = decodeGrid(record.body, record.seq, folder);
  if (grid !== undefined) return grid;
  const { attempt, stage, step, name, value, wallSeconds, measured } = decodeMetric(record, folder);
  return {
    attempt,
    stage,
    names: [name],
    measured: measured === true ? [0] : [],
    steps: [step],
    wallSeconds: [wallSeconds],
    values: [[value]],
  };
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
  let seq = 0;
  await readGrids(folder, ({ attempt, stage, names, measured, steps, wallSeconds, values }) => {
    const isWanted = names.map((name) => (filter.stage ?? stage) === stage && (filter.name ?? name) === name);
    for (const [row, step] of steps.entries())
      for (const [column, name] of names.entries()) {
        if (isWanted[column] === true)
          metrics.push({
            seq: seq + column,
            attempt,
            stage,
            step,
            name,
            value: values[column]?.[row] ?? Number.NaN,
            wallSeconds: wallSeconds[row] ?? 0,
            ...(measured.includes(column) ? { measured: true } : {}),
          });
        if (column === names.length - 1) seq += names.length;
      }
  });
  return metrics;
}

const specials = new Map<number, string>([
  [Number.NaN, "NaN"],
  [Number.POSITIVE_INFINITY, "Infinity"],
  [Number.NEGATIVE_INFINITY, "-Infinity"],
]);

/** A metric as it is written. */
export function encodeMetric(record: MetricRecord, attempt: number): JsonObject {
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

/** A metric as it was written; `RECORD_INVALID` for a record that is none. */
export function decodeMetric(record: FramedRecord, folder: string): StoredMetric {
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
