import type { Beside } from "../../schema/answers/control.ts";
import type { AppendOptions } from "../record/append-file.ts";
import { EventLog } from "../record/event-log.ts";
import { MetricLog } from "../record/metric-log.ts";
import { RowLog } from "../record/row-log.ts";
import { predictionsBeside, type RunPaths } from "../runs/layout.ts";

export interface LogsOptions extends AppendOptions {
  readonly paths: Pick<RunPaths, "metrics" | "events" | "predictions">;
  /** The attempt that writes now; asked at each append. */
  readonly attempt: () => number;
}

/** The logs of a run: each is opened at the first call, and once. */
export class RunLogs {
  readonly #options: LogsOptions;
  #opened: Promise<{ close(): Promise<void> }>[] = [];
  #metrics: Promise<MetricLog> | undefined;
  #events: Promise<EventLog> | undefined;
  readonly #predictions = new Map<string, Promise<RowLog>>();

  constructor(options: LogsOptions) {
    this.#options = options;
  }

  /** The record of metrics. */
  metrics(): Promise<MetricLog> {
    const { paths, attempt } = this.#options;
    this.#metrics ??= this.#keep(MetricLog.open({ folder: paths.metrics, ...this.#options }, attempt));
    return this.#metrics;
  }

  /** The log of plans, routes, restarts. */
  events(): Promise<EventLog> {
    const { paths, attempt } = this.#options;
    this.#events ??= this.#keep(EventLog.open({ folder: paths.events, ...this.#options }, attempt));
    return this.#events;
  }

  /** `predictions.jsonl`, or what is asked beside the held-out volumes. */
  predictions(beside?: Beside): Promise<RowLog> {
    const { paths } = this.#options;
    const path = beside === undefined ? paths.predictions : predictionsBeside(paths, beside);
    const log = this.#predictions.get(path) ?? this.#keep(RowLog.open(path, this.#options));
    this.#predictions.set(path, log);
    return log;
  }

  /** Waits for what was appended and closes what was opened; a second call does nothing. */
  async close(): Promise<void> {
    const opened = this.#opened;
    this.#opened = [];
    for (const log of opened) {
      // A log that never opened has told its caller so.
      await (await log.catch(() => undefined))?.close();
    }
  }

  #keep<T extends { close(): Promise<void> }>(log: Promise<T>): Promise<T> {
    this.#opened.push(log);
    return log;
  }
}
