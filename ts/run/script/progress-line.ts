import type { OnProgress, RunProgress } from "../progress.ts";

/** Where lines go: `process.stderr`, or what a test reads. */
export interface LineStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** What a script that asks for no other is shown of its runs. */
export interface ProgressLine {
  readonly onProgress: OnProgress;
  /** Ends the line that stands open; a second call does nothing. */
  end(): void;
}

/** How often a terminal's line is drawn again. */
const redrawMs = 100;

function wordsOf(progress: RunProgress): string {
  if (progress.kind === "step")
    return `${progress.stage} ${progress.step + 1}/${progress.steps} loss ${progress.loss.toPrecision(4)}`;
  return progress.kind === "phase" ? `${progress.phase} ${progress.done}/${progress.total}` : "";
}

const isLast = (progress: RunProgress): boolean =>
  progress.kind === "step"
    ? progress.step + 1 === progress.steps
    : progress.kind === "phase" && progress.done === progress.total;

/**
 * One line that is drawn again on a terminal; elsewhere one line for each phase and stage that is done. Names of runs
 * and notices stand for good.
 */
export function progressLine(stream: LineStream, now: () => number = () => performance.now()): ProgressLine {
  let open = "",
    drawn = Number.NEGATIVE_INFINITY;
  const end = (): void => {
    if (open !== "") stream.write("\n");
    open = "";
  };
  const draw = (line: string): void => {
    const shown = line.slice(0, Math.max(1, (stream.columns ?? 80) - 1));
    stream.write(`\r${shown.padEnd(open.length)}`);
    open = shown;
    drawn = now();
  };
  const onProgress = (progress: RunProgress): void => {
    if (progress.kind === "run" || progress.kind === "notice") {
      end();
      stream.write(
        `${progress.kind === "run" ? `run ${progress.runId} in ${progress.dir}` : plain(progress.text)}\n`,
      );
      return;
    }
    const done = isLast(progress);
    if (stream.isTTY === true) {
      if (!done && now() - drawn < redrawMs) return;
      draw(plain(wordsOf(progress)));
      if (done) end();
    } else if (done) stream.write(`${plain(wordsOf(progress))}\n`);
  };
  return { onProgress, end };
}

/** Without what a terminal would obey: a notice may quote what a worker printed. */
function plain(text: string): string {
  return text.replaceAll(/\p{Cc}/gu, " ");
}
