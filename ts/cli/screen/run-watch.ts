import type { OnProgress } from "../../run/index.ts";
import type { Terminal } from "../terminal.ts";
import { plainText } from "../terminal.ts";
import { ProgressBar } from "./progress-bar.ts";

/** Shows what a run tells of itself. */
export interface RunWatch {
  readonly onProgress: OnProgress;
  /** Ends the progress line; a second call does nothing. */
  end(): void;
}

/** Notices as lines, phases and steps as a progress bar, on stderr. */
export function watchRun(terminal: Terminal, what: "run" | "evaluation" = "run"): RunWatch {
  const bar = new ProgressBar(terminal);
  return {
    onProgress(progress) {
      if (progress.kind === "notice") terminal.line(plainText(progress.text));
      else if (progress.kind === "run")
        terminal.line(`${what} ${terminal.paint("bold", progress.runId)} in ${progress.dir}`);
      else if (progress.kind === "phase")
        bar.update({ label: progress.phase, done: progress.done, total: progress.total });
      else
        bar.update({
          label: progress.stage,
          done: progress.step + 1,
          total: progress.steps,
          loss: progress.loss,
        });
    },
    end: () => bar.finish(),
  };
}
