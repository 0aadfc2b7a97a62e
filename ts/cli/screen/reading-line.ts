import type { ReadProgress } from "../../data/index.ts";
import type { Terminal } from "../terminal.ts";

/** Nothing is said of a read that is done by then. */
const quietMs = 1000;
const redrawEveryMs = 100;
/** Between two lines where nothing can be redrawn. */
const lineEveryMs = 10_000;

/**
 * Says how far the reading of a scan is, once it takes longer than a second: on a terminal one line that rewrites itself,
 * elsewhere a line every ten seconds.
 */
export class ReadingLine {
  readonly #terminal: Terminal;
  readonly #now: () => number;
  #nextMs: number;

  /** @param now - a monotonic clock in milliseconds; it starts here. */
  constructor(terminal: Terminal, now: () => number = () => performance.now()) {
    this.#terminal = terminal;
    this.#now = now;
    this.#nextMs = now() + quietMs;
  }

  readonly update = (progress: ReadProgress): void => {
    const nowMs = this.#now();
    if (nowMs < this.#nextMs) return;
    const { isInteractive } = this.#terminal;
    this.#nextMs = nowMs + (isInteractive ? redrawEveryMs : lineEveryMs);
    const text = textOf(progress);
    if (isInteractive) this.#terminal.redraw(this.#terminal.paint("dim", text));
    else this.#terminal.line(text);
  };

  /** Leaves what stands and goes to the next line. */
  finish(): void {
    this.#terminal.keep();
  }
}

function textOf({ what, done, total }: ReadProgress): string {
  if (what === "bytes") return `read ${megabytes(done)} of ${megabytes(total)} MB`;
  return what === "files" ? `looked at ${done} of ${total} files` : `read ${done} of ${total} slices`;
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
}
