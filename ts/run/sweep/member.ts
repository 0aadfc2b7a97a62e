import { allStages } from "../../config/index.ts";
import { defined } from "../../defined.ts";
import { bug, isTomoeError, quoting, TomoeError } from "../../errors.ts";
import { overridesFor } from "../../schema/sweep/plan.ts";
import type { RunEnd } from "../../schema/sweep/records.ts";
import { runSeed, type TrialState } from "../../sweep/index.ts";
import { listRuns, openRun, type RunSummary, readMetrics } from "../../track/read/index.ts";
import { resolveOpened, type ToResolve } from "../base/open.ts";
import { type RunDocument, readScorecard } from "../evaluate/scorecard.ts";
import type { PointSettings } from "../job.ts";
import type { RunProgress } from "../progress.ts";
import { readResolved } from "../read-run.ts";
import { resumeRun, runExperiment } from "../run-experiment.ts";
import { onValidation } from "./check.ts";
import { endsSweep, isFinal } from "./failures.ts";
import type { SweepJob } from "./job.ts";
import { pointsOf, prunedAt } from "./points.ts";

/** One run of a trial: which of its seeds, tried for which time. */
export interface Member {
  readonly trial: TrialState;
  readonly member: number;
  readonly attempt: number;
}

export type Ended = Pick<RunEnd, "state" | "runId" | "value" | "steps" | "reason" | "final">;

/** What a run of a trial is made from, whoever makes it. */
export function recipeOf(
  {
    header,
    experiment,
    runsDir,
    device,
    signal,
    workers,
  }: Pick<SweepJob, "header" | "experiment" | "runsDir" | "device" | "signal" | "workers">,
  { trial, member }: Pick<Member, "trial" | "member">,
): ToResolve & { readonly seed: number } {
  return {
    experiment,
    set: [
      ...header.set,
      ...(header.threads === undefined ? [] : [`execution.threads=${header.threads}`]),
      onValidation,
      ...overridesFor(trial.assignment),
    ],
    seed: runSeed(trial.seed, member),
    runsDir,
    device,
    signal,
    workers,
  };
}

/** The tags that link a run to its trial. */
function tagsOf({ header }: SweepJob, { trial, member, attempt }: Member): Readonly<Record<string, string>> {
  return {
    sweep: header.sweepId,
    trial: String(trial.number),
    member: String(member),
    attempt: String(attempt),
  };
}

function madeBefore(job: SweepJob, of: Member): RunSummary | undefined {
  const wanted = Object.entries(tagsOf(job, of));
  return listRuns(job.runsDir).findLast(({ tags }) => wanted.every(([name, value]) => tags[name] === value));
}

const failed = (runId: string | null, reason: string, steps: number, final = false): Ended => ({
  state: "failed",
  runId,
  value: null,
  steps,
  // The same failure of another run of this trial reads the same.
  reason: runId === null ? reason : reason.replaceAll(runId, "its run"),
  final,
});

/** Optimizer steps that a run has on its record. */
async function stepsOf(dir: string): Promise<number> {
  const losses = await readMetrics(`${dir}/metrics`, { name: "loss" });
  return new Set(losses.map(({ stage, step }) => `${stage}\n${step}`)).size;
}

/**
 * Carries one run of a trial to its end: begins it, or goes on with what an earlier process began.
 *
 * @throws TomoeError what ends the sweep: a stop, a failure of the machine; `CONFIG_INVALID` where the run that has
 * the trial's tags is of another recipe.
 */
export async function runMember(job: SweepJob, of: Member): Promise<RunEnd> {
  const { trial, member, attempt } = of;
  const ended = await endOf(job, of);
  return { kind: "run-ended", trial: trial.number, member, attempt, ...ended };
}

async function endOf(job: SweepJob, of: Member): Promise<Ended> {
  const { trial, member, attempt } = of;
  const before = madeBefore(job, of);
  const begun = trial.begun.find((one) => one.member === member && one.attempt === attempt);
  if (before === undefined && begun !== undefined)
    return failed(begun.runId, `[RUN_NOT_FOUND] ${begun.runId} is gone from the runs folder`, 0);
  const pruned = prunedAt(job, of);
  if (pruned !== undefined) return { ...pruned, runId: begun?.runId ?? before?.runId ?? null };
  if (before?.status === "broken") return failed(before.runId, before.reason ?? "its run is broken", 0);
  // No trial's failure: the folder holds what it should not.
  if (before !== undefined) await requireSameRecipe(job, before, recipeOf(job, of));
  const watch = { runId: before?.runId ?? null, dir: before?.dir ?? null, told: Promise.resolve() };
  const prune = new AbortController();
  const points = pointsOf(job, of, () => prune.abort());
  const ending = { ...job, signal: AbortSignal.any([job.signal, prune.signal]) };
  try {
    const document = await carriedOut(ending, of, before, points, (progress) => {
      if (progress.kind === "run") {
        Object.assign(watch, { runId: progress.runId, dir: progress.dir });
        const { seed } = recipeOf(job, of);
        const record = {
          kind: "run",
          trial: trial.number,
          member,
          attempt,
          seed,
          runId: progress.runId,
        } as const;
        if (before === undefined) watch.told = job.ledger.append(record);
        // Awaited below; until then a failure waits there.
        watch.told.catch(() => undefined);
      }
      job.onProgress(progress);
    });
    await watch.told;
    return await measured(job, document);
  } catch (error) {
    await watch.told;
    const end = prune.signal.aborted && !job.signal.aborted ? prunedAt(job, of) : undefined;
    if (end !== undefined) return { ...end, runId: watch.runId };
    if (!isTomoeError(error) || job.signal.aborted || endsSweep(error.code, job.header.plan)) throw error;
    const steps = watch.dir === null ? 0 : await stepsOf(watch.dir);
    return failed(watch.runId, error.message, steps, isFinal(error));
  }
}

async function carriedOut(
  job: SweepJob,
  of: Member,
  before: RunSummary | undefined,
  points: PointSettings | undefined,
  onProgress: (progress: RunProgress) => void,
): Promise<RunDocument> {
  const recipe = recipeOf(job, of);
  const { experiment, runsDir, device, signal, workers, cache } = job;
  // Trials beside each other take no more than the machine has.
  const share = job.parallel > 1 ? 1 / job.parallel : undefined;
  const places = { runsDir, device, signal, workers, onProgress, cache, ...defined({ points, share }) };
  if (before === undefined) return await runExperiment({ ...recipe, ...places, tags: tagsOf(job, of) });
  const { runId } = before;
  if (before.status === "failed") {
    const { error } = (await openRun(runsDir, runId)).state;
    // It failed, and the process that saw it did not live to say so; what passes is tried again by resuming.
    if (error !== undefined && !endsSweep(error.code, job.header.plan)) throw recorded(error);
  }
  return await resumeRun({
    ...places,
    run: runId,
    ...(experiment.policy === undefined ? {} : { policy: experiment.policy }),
  });
}

/** A failure as a run's record keeps it. */
function recorded({
  code,
  message,
  hint,
}: {
  readonly code: string;
  readonly message: string;
  readonly hint: string;
}) {
  const failure = new TomoeError(code as TomoeError["code"], message.replace(/^\[\w+\] /, ""), { hint });
  return isTomoeError(failure) ? failure : bug(message);
}

async function requireSameRecipe(job: SweepJob, before: RunSummary, recipe: ToResolve): Promise<void> {
  const [wanted, found] = [await resolveOpened(recipe), await readResolved(`${before.dir}/resolved.json`)];
  if (wanted.digest === found.digest) return;
  throw new TomoeError(
    "CONFIG_INVALID",
    `run ${before.runId} is tagged as a trial of ${job.header.sweepId}, and is of another recipe than that trial`,
    {
      hint: "Move that run out of the runs folder, or give the folder that the sweep began with; the ledger is untouched.",
      details: { runId: before.runId, expected: wanted.digest, found: found.digest },
    },
  );
}

/** The end of a run that came to its scorecard. */
async function measured({ header }: SweepJob, { runId, dir }: RunDocument): Promise<Ended> {
  const { metric } = header.plan.objective;
  const { scorecard } = await readScorecard(`${dir}/scorecard.json`);
  const { config } = await readResolved(`${dir}/resolved.json`);
  // A stage may end early where a validation says so.
  const steps =
    config.validation === undefined
      ? allStages(config).reduce((sum, { stage }) => sum + stage.steps, 0)
      : await stepsOf(dir);
  const entry = scorecard.find((one) => `${one.task}/${one.metric}` === metric);
  if (entry === undefined || !Number.isFinite(entry.value))
    return failed(runId, `its scorecard has no number ${metric}`, steps, true);
  return { state: "done", runId, value: entry.value, steps, reason: null, final: true };
}

/** What ends a sweep, told with the command that goes on with it. */
export function sweepEnded(error: TomoeError, sweepId: string, resume: string): TomoeError {
  return quoting(error, `sweep ${sweepId} ended early: ${error.what}`, {
    hint: `${error.hint} Then go on with "${resume}": every trial that came to its end is kept.`,
    details: { sweepId, resume },
  });
}
