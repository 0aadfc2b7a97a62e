import type { ErrorCode } from "../errors.ts";
import { isTomoeError, TomoeError } from "../errors.ts";
import type { Terminal } from "./terminal.ts";

/** Ctrl-C and its like, as an AbortSignal. */
export interface Interrupts {
  readonly signal: AbortSignal;
  /** The signal that came first; undefined while none has. */
  readonly first: () => NodeJS.Signals | undefined;
  /** Stops listening. */
  dispose(): void;
}

const caught: readonly NodeJS.Signals[] = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * npm and npx pass on what the terminal has sent to us already: the same signal again within this time is the
 * same key press.
 */
const sameKeyPressMs = 400;

/**
 * Listens for SIGINT, SIGTERM and SIGHUP: the first aborts `signal` and says how to force, the second calls
 * `force` at once.
 *
 * @param force - must end the process; gets the exit code's error.
 */
export function listenForInterrupts(terminal: Terminal, force: (error: TomoeError) => void): Interrupts {
  const controller = new AbortController();
  let first: NodeJS.Signals | undefined;
  let last = { signal: "", atMs: Number.NEGATIVE_INFINITY };
  const onSignal = (signal: NodeJS.Signals): void => {
    const atMs = performance.now();
    if (last.signal === signal && atMs - last.atMs < sameKeyPressMs) return;
    last = { signal, atMs };
    if (first !== undefined) {
      force(stopError(first, "stopped at once, by a second signal"));
      return;
    }
    first = signal;
    terminal.line(
      terminal.paint(
        "yellow",
        `stopping cleanly (${signal}); ${signal === "SIGINT" ? "press Ctrl-C" : "send it"} again to stop at once`,
      ),
    );
    controller.abort(stopError(signal, "stopped on request"));
  };
  for (const signal of caught) process.on(signal, onSignal);
  return {
    signal: controller.signal,
    first: () => first,
    dispose: () => {
      for (const signal of caught) process.off(signal, onSignal);
    },
  };
}

/** A sweep that was stopped says STOPPED_RESUMABLE, whichever signal it was, and that stands. */
const stops: ReadonlySet<ErrorCode> = new Set(["CANCELLED", "TERMINATED"]);

/**
 * What a command that failed after a signal ends with: the stop, with the words and the resume command it
 * gave;
 * a failure of another kind stays what it is.
 */
export function afterInterrupt(signal: NodeJS.Signals, failure: unknown): unknown {
  if (isTomoeError(failure)) {
    if (!stops.has(failure.code)) return failure;
    const code = codeOf(signal);
    return failure.code === code
      ? failure
      : new TomoeError(code, failure.what, { hint: failure.hint, details: failure.details, cause: failure });
  }
  const isAbort =
    typeof failure === "object" && failure !== null && "name" in failure && failure.name === "AbortError";
  return isAbort ? stopError(signal, "stopped on request") : failure;
}

function stopError(signal: NodeJS.Signals, what: string): TomoeError {
  return new TomoeError(codeOf(signal), `${what} (${signal})`, {
    hint: 'What a run had recorded is kept: "tomoe runs ls" shows it and the command that resumes it.',
    details: { signal },
  });
}

function codeOf(signal: NodeJS.Signals): "CANCELLED" | "TERMINATED" {
  return signal === "SIGINT" ? "CANCELLED" : "TERMINATED";
}
