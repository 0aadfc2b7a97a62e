import type { ErrorCode, TomoeError } from "../../errors.ts";
import type { SweepPlan } from "../../schema/sweep/plan.ts";

/** Failures of the machine and of the stop: no trial's own, and the next one would meet them too. */
const ending: ReadonlySet<string> = new Set<ErrorCode>([
  "CANCELLED",
  "TERMINATED",
  "STOPPED_RESUMABLE",
  "ENVIRONMENT",
  "DEVICE_UNAVAILABLE",
  "PERMISSION",
  "LOCKED",
  "OUTPUT_CREATE",
  "OUTPUT_EXISTS",
  "IO_FAILED",
  "DISK_FULL",
  "WEIGHTS_UNAVAILABLE",
  "WIRE_VERSION",
  "USAGE_INVALID",
  "RUN_NOT_FOUND",
  "PATH_NOT_FOUND",
]);

/** Data that every trial reads alike fail all of them; a space over options of the data may mend or break them. */
const readsOtherData = ({ space }: Pick<SweepPlan, "space">): boolean =>
  Object.keys(space).some((path) => path === "data" || path.startsWith("data."));

/**
 * Whether a failure ends the sweep, to be gone on with once its cause is gone, and is not held against the trial.
 *
 * @param code - of the failure.
 */
export function endsSweep(code: string, plan: Pick<SweepPlan, "space">): boolean {
  return ending.has(code) || (code.startsWith("DATA_") && !readsOtherData(plan));
}

/** Whether trying a run again can change nothing: its recipe is refused by what it says. */
export function isFinal({ code }: Pick<TomoeError, "code">): boolean {
  return code.startsWith("CONFIG_") || code.startsWith("DATA_");
}
