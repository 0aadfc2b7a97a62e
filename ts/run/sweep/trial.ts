import { bug } from "../../errors.ts";
import type { RunEnd, SweepRecord } from "../../schema/sweep/records.ts";
import { type SweepJob, stateOf } from "./job.ts";
import { runMember } from "./member.ts";

type TrialEnd = Extract<SweepRecord, { readonly kind: "trial-ended" }>;

/**
 * Carries a trial that stands in the ledger to its end: each of its seeds, one after the other, tried as often as
 * the plan says. A trial of which one seed failed for good is a failed one.
 *
 * @throws TomoeError as `runMember`.
 */
export async function carryOutTrial(job: SweepJob, number: number): Promise<TrialEnd> {
  const { seeds } = job.header.plan;
  const ends: RunEnd[] = [];
  for (let member = 0; member < seeds; member += 1) {
    const end = await lastOf(job, number, member);
    ends.push(end);
    if (end.state !== "done") break;
  }
  const end = trialEnd(number, ends, stepsIn(job, number));
  await job.ledger.append(end);
  return end;
}

/** The run of a seed that decides: the first one that came through, or the last that was allowed. */
async function lastOf(job: SweepJob, number: number, member: number): Promise<RunEnd> {
  const { retries } = job.header.plan;
  for (;;) {
    const trial = trialIn(job, number);
    const tries = trial.ended.filter((one) => one.member === member);
    const last = tries.at(-1);
    if (last !== undefined && (last.final || tries.length > retries)) return last;
    if (last !== undefined)
      job.onProgress({
        kind: "notice",
        text: `trial ${number} is tried again (${tries.length}/${retries}): ${last.reason}`,
      });
    await job.ledger.append(await runMember(job, { trial, member, attempt: tries.length }));
  }
}

function trialIn(job: SweepJob, number: number) {
  const trial = stateOf(job).trials.find((one) => one.number === number);
  if (trial === undefined) throw bug(`trial ${number} is not in the ledger`);
  return trial;
}

const stepsIn = (job: SweepJob, number: number): number =>
  trialIn(job, number).ended.reduce((sum, { steps }) => sum + steps, 0);

function trialEnd(trial: number, ends: readonly RunEnd[], steps: number): TrialEnd {
  const pruned = ends.find(({ state }) => state === "pruned");
  if (pruned !== undefined)
    return { kind: "trial-ended", trial, state: "pruned", value: pruned.value, steps, reason: pruned.reason };
  const broken = ends.find(({ state }) => state === "failed");
  if (broken !== undefined)
    return { kind: "trial-ended", trial, state: "failed", value: null, steps, reason: broken.reason };
  const values = ends.map(({ value }) => value ?? Number.NaN);
  const value = values.reduce((sum, one) => sum + one, 0) / values.length;
  return { kind: "trial-ended", trial, state: "done", value, steps, reason: null };
}
