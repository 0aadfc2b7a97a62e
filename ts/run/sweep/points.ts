import type { RunEnd } from "../../schema/sweep/records.ts";
import { isTaskId } from "../../schema/task.ts";
import { isPoint, isPruned } from "../../sweep/index.ts";
import type { PointSettings } from "../job.ts";
import { type SweepJob, stateOf } from "./job.ts";

/** One run of a trial, by its numbers. */
interface Numbers {
  readonly trial: { readonly number: number };
  readonly member: number;
  readonly attempt: number;
}

type Sweeping = Pick<SweepJob, "ledger" | "header" | "onProgress">;

/**
 * What is measured in the middle of a run, for the pruner: of the first seed of a trial alone. Each number is in the
 * ledger before it is judged, so that a sweep that is gone on with judges it alike.
 *
 * @param prune - ends the run at the step that was measured.
 */
export function pointsOf(job: Sweeping, of: Numbers, prune: () => void): PointSettings | undefined {
  const { plan } = job.header;
  const [task = "", metric = ""] = plan.objective.metric.split("/");
  if (plan.pruner === undefined || of.member !== 0 || !isTaskId(task)) return undefined;
  const trial = of.trial.number;
  return {
    task,
    metric,
    isDue: (steps) => isPoint(plan, steps),
    isTold: (steps) => pointsIn(job, of).some((point) => point.steps === steps),
    onPoint: async ({ steps, done, value }) => {
      // Without a number there is nothing to judge; the end of the run tells what is missing.
      if (!Number.isFinite(value)) return;
      const known = pointsIn(job, of).some((point) => point.steps === steps);
      const ofRun = { trial, member: of.member, attempt: of.attempt };
      if (!known) await job.ledger.append({ kind: "point", ...ofRun, steps, done, value });
      const pruned = prunedAt(job, of) !== undefined;
      const verdict = pruned ? "ends here" : "goes on";
      job.onProgress({ kind: "notice", text: `trial ${trial} at step ${steps}: ${value}, ${verdict}` });
      if (pruned) prune();
    },
  };
}

function pointsIn(job: Pick<SweepJob, "ledger">, { trial, member, attempt }: Numbers) {
  return stateOf(job).points.filter(
    (point) => point.trial === trial.number && point.member === member && point.attempt === attempt,
  );
}

/** How a run ended that the ledger's points prune; undefined for one that goes on. */
export function prunedAt(
  job: Pick<SweepJob, "ledger" | "header">,
  of: Numbers,
): Pick<RunEnd, "state" | "value" | "steps" | "reason" | "final"> | undefined {
  const last = pointsIn(job, of).at(-1);
  const { points } = stateOf(job);
  if (last === undefined || !isPruned(job.header.plan, points, of.trial.number)) return undefined;
  const reason = `behind the others after ${last.steps} steps on volumes`;
  return { state: "pruned", value: last.value, steps: last.done, reason, final: true };
}
