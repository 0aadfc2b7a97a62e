import { bug, isTomoeError, type JsonValue, quoting, TomoeError } from "../../errors.ts";
import type { EvalFolder } from "./record/folder.ts";

/** What `eval.json` keeps of a failure. */
export function faultOf(failure: unknown): JsonValue {
  const { code, message, hint } = isTomoeError(failure) ? failure : bug(String(failure));
  return { code, message, hint };
}

/** Failures of a machine or a service: what was done is kept, and the same command may go on later. */
const passing = new Set([
  "WORKER_START",
  "WORKER_DIED",
  "WORKER_UNAVAILABLE",
  "WORKER_HUNG",
  "OUT_OF_MEMORY",
  "DISK_FULL",
]);

/**
 * How an evaluation that did not come to its end is told: stopped on request, with the command that goes on; a failure
 * that may pass, with that command too; any other one as it is.
 */
export function evalFailure(
  error: unknown,
  { signal, folder }: { readonly signal: AbortSignal; readonly folder: EvalFolder },
): unknown {
  const { evalId, dir } = folder,
    { resume } = folder.record;
  const details = { evalId, dir, resume };
  if (signal.aborted) {
    const reason: unknown = signal.reason;
    const code =
      isTomoeError(reason) && (reason.code === "TERMINATED" || reason.code === "STOPPED_RESUMABLE")
        ? reason.code
        : "CANCELLED";
    return new TomoeError(code, `evaluation ${evalId} was stopped`, {
      hint: `Go on with "${resume}": what was answered is kept.`,
      details,
    });
  }
  if (!isTomoeError(error) || !passing.has(error.code)) return error;
  return quoting(error, error.what, {
    hint: `${error.hint} Go on with "${resume}": what was answered is kept.`,
    details: { ...error.details, ...details },
  });
}
