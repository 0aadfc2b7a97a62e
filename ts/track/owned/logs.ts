import type { AppendOptions } from "../record/append-file.ts";
import { EventLog } from "../record/event-log.ts";
import { MetricLog } from "../record/metric-log.ts";
import { RowLog } from "../record/row-log.ts";
import type { RunPaths } from "../runs/layout.ts";

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
  #predictions: Promise<RowLog> | undefined;

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

  /** `predictions.jsonl`. */
  predictions(): Promise<RowLog> {
    this.#predictions ??= this.#keep(RowLog.open(this.#options.paths.predictions, this.#options));
    return this.#predictions;
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
