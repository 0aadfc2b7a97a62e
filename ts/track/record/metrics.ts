import type { FramedRecord, JsonObject } from "./frames.ts";
import { readFramedLog } from "./frames.ts";
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
