import type { Terminal } from "../terminal.ts";

/** How far one piece of work is. */
export interface Progress {
  /** e.g. "shared" or "reading scans". */
  readonly label: string;
  readonly done: number;
  readonly total: number;
  /** Loss of the step just done. */
  readonly loss?: number;
}

/** Steps whose median gives the rate: long enough to be steady, short enough to follow a change. */
const rateWindow = 25;
const redrawEveryMs = 100;

/**
 * A progress line in the manner of tqdm: label, share, bar, steps, loss, rate, time left. On a terminal it is
 * redrawn; elsewhere one line
 * for every tenth of the way. The rate is the median of the last steps, so that a slow first step or a
 * checkpoint does not spoil it.
 */
export class ProgressBar {
  readonly #terminal: Terminal;
  readonly #now: () => number;
  #label = "";
  #startedMs = 0;
  #lastMs = 0;
  #drawnMs = Number.NEGATIVE_INFINITY;
  #lastDone = 0;
  #tenth = -1;
  #secondsPerStep: number[] = [];

  /** @param now - a monotonic clock in milliseconds. */
  constructor(terminal: Terminal, now: () => number = () => performance.now()) {
    this.#terminal = terminal;
    this.#now = now;
  }

  update(progress: Progress): void {
    const nowMs = this.#now();
    if (progress.label !== this.#label || progress.done < this.#lastDone) this.#begin(progress, nowMs);
    else if (progress.done > this.#lastDone) {
      const steps = progress.done - this.#lastDone;
      this.#secondsPerStep.push((nowMs - this.#lastMs) / 1000 / steps);
      if (this.#secondsPerStep.length > rateWindow) this.#secondsPerStep.shift();
      this.#lastDone = progress.done;
      this.#lastMs = nowMs;
    }
    this.#draw(progress, nowMs);
  }

  /** Leaves the line as it stands and ends it. */
  finish(): void {
    this.#terminal.keep();
    this.#label = "";
  }

  #begin({ label, done }: Progress, nowMs: number): void {
    this.#terminal.keep();
    this.#label = label;
    this.#lastDone = done;
    this.#startedMs = nowMs;
    this.#lastMs = nowMs;
    this.#drawnMs = Number.NEGATIVE_INFINITY;
    this.#tenth = -1;
    this.#secondsPerStep = [];
  }

  #draw(progress: Progress, nowMs: number): void {
    const isDone = progress.done >= progress.total;
    if (this.#terminal.isInteractive) {
      if (!isDone && nowMs - this.#drawnMs < redrawEveryMs) return;
      this.#drawnMs = nowMs;
      this.#terminal.redraw(this.#text(progress, nowMs, true));
      if (isDone) this.finish();
      return;
    }
    const tenth = Math.floor((10 * progress.done) / Math.max(progress.total, 1));
    if (tenth <= this.#tenth) return;
    this.#tenth = tenth;
    this.#terminal.line(this.#text(progress, nowMs, false));
  }

  #text({ label, done, total, loss }: Progress, nowMs: number, hasBar: boolean): string {
    const share = total === 0 ? 1 : Math.min(done / total, 1);
    const rate = median(this.#secondsPerStep);
    const left =
      done >= total
        ? `took ${clock((nowMs - this.#startedMs) / 1000)}`
        : rate === undefined
          ? ""
          : `ETA ${clock(rate * (total - done))}`;
    const facts = [
      `${done}/${total}`,
      loss === undefined ? "" : `loss ${lossText(loss)}`,
      rate === undefined ? "" : rateText(rate),
      left,
    ]
      .filter((fact) => fact !== "")
      .join("  ");
    const percent = `${Math.floor(100 * share)}%`.padStart(4);
    if (!hasBar) return `${label} ${percent}  ${facts}`;
    const room = Math.min(32, this.#terminal.columns - label.length - facts.length - 12);
    const [full, empty] = this.#terminal.hasUnicode ? ["\u2588", "\u2591"] : ["#", "."];
    const filled = Math.floor(share * Math.max(room, 0));
    const bar =
      room < 6 ? "" : ` ${this.#terminal.paint("cyan", full.repeat(filled))}${empty.repeat(room - filled)}`;
    return `${this.#terminal.paint("bold", label)} ${percent}${bar}  ${facts}`.slice(
      0,
      this.#terminal.columns + 20,
    );
  }
}

function median(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const high = sorted[middle] ?? 0;
  return sorted.length % 2 === 1 ? high : (high + (sorted[middle - 1] ?? high)) / 2;
}

function rateText(secondsPerStep: number): string {
  if (secondsPerStep <= 0) return "";
  return secondsPerStep <= 1
    ? `${significant(1 / secondsPerStep)} it/s`
    : `${significant(secondsPerStep)} s/it`;
}

function significant(value: number): string {
  return value >= 100 ? Math.round(value).toLocaleString("en-US") : value.toPrecision(3);
}

function lossText(loss: number): string {
  return Number.isFinite(loss) ? loss.toFixed(4) : String(loss);
}

/** Seconds as 0:07, 12:34 or 1:02:03. */
export function clock(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes, rest] = [
    Math.floor(whole / 3600),
    Math.floor(whole / 60) % 60,
    String(whole % 60).padStart(2, "0"),
  ];
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}
