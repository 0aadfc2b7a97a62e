import type { JsonValue } from "../../errors.ts";
import { TomoeError } from "../../errors.ts";
import type { RouterPolicy } from "../../schema/router.ts";
import { sweepState, type TrialState } from "../../sweep/index.ts";
import { openSweep } from "../../track/read/index.ts";
import { resolveOpened } from "../base/open.ts";
import type { OnProgress } from "../progress.ts";
import { runExperiment } from "../run-experiment.ts";
import { type DeviceChoice, thisMachine, type WorkerSource } from "../workers.ts";
import { experimentIn } from "./job.ts";
import { recipeOf } from "./member.ts";
import { type SweepDocument, sweepDocument } from "./record/document.ts";
import { requireWhole } from "./sweep.ts";

export interface ReplayOptions {
  readonly sweepsDir: string;
  /** A sweep's id, the beginning of one, its name, or "latest". */
  readonly reference: string;
  readonly trial: number;
  /** Where the new runs go. */
  readonly runsDir: string;
  /** In place of what the sweep began with. */
  readonly device?: DeviceChoice;
  /** Tell how the trial was made, and train nothing. */
  readonly dryRun: boolean;
  readonly policy?: RouterPolicy;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
  readonly workers?: WorkerSource;
}

/** One run of a trial that was done again. */
export interface ReplayedRun {
  readonly seed: number;
  /** The experiment as it runs: every default filled in. */
  readonly config: JsonValue;
  readonly configDigest: string;
  /** The new run; null where nothing was trained. */
  readonly runId: string | null;
  readonly value: number | null;
  /** The value in the ledger; null for a run that came to none. */
  readonly recorded: number | null;
}

export interface ReplayDocument extends SweepDocument {
  readonly replay: {
    readonly trial: number;
    readonly runs: readonly ReplayedRun[];
    /** Whether every value is the recorded one; null where nothing was trained. */
    readonly equal: boolean | null;
  };
}

/**
 * Does one trial of a sweep again, as new runs: assignment and seeds are those of the ledger, no sampler is asked.
 *
 * @throws TomoeError `RUN_NOT_FOUND` for a sweep or trial that is not there; `REPLAY_DIVERGED` where a `strict` run
 * gives another value than the recorded one; else as `runExperiment`.
 */
export async function replayTrial(options: ReplayOptions): Promise<ReplayDocument> {
  const { trial: number, runsDir, signal, onProgress, workers = thisMachine, dryRun } = options;
  const folder = await openSweep(options.sweepsDir, options.reference);
  const state = sweepState(folder.records);
  const header = requireWhole(state?.header, folder.dir, options.policy);
  const trials = state?.trials ?? [];
  const trial = trials.find((one) => one.number === number) ?? noSuchTrial(header.sweepId, number, trials);
  const experiment = experimentIn(header, options.policy);
  const device = options.device ?? header.device;
  const runs: ReplayedRun[] = [];
  for (let member = 0; member < header.plan.seeds; member += 1) {
    const recipe = recipeOf({ header, experiment, runsDir, device, signal, workers }, { trial, member });
    const { config, digest } = await resolveOpened(recipe);
    const recorded = trial.ended.findLast((one) => one.member === member)?.value ?? null;
    const told = {
      seed: recipe.seed,
      config: JSON.parse(JSON.stringify(config)),
      configDigest: digest,
      recorded,
    };
    if (dryRun) {
      runs.push({ ...told, runId: null, value: null });
      continue;
    }
    const tags = { replays: header.sweepId, trial: String(number), member: String(member) };
    const { runId, scorecard } = await runExperiment({ ...recipe, workers, onProgress, tags });
    const { metric } = header.plan.objective;
    const value = scorecard.find((one) => `${one.task}/${one.metric}` === metric)?.value ?? null;
    runs.push({ ...told, runId, value });
    if (value !== recorded && config.execution.precision === "strict")
      throw diverged(header.sweepId, number, { runId, value, recorded });
  }
  const equal = dryRun ? null : runs.every(({ value, recorded }) => value === recorded);
  const whole = sweepDocument(
    { header, trials, points: [], workedSeconds: state?.workedSeconds ?? 0 },
    folder.dir,
    false,
  );
  const row = whole.trials.filter((one) => one.number === number);
  return { ...whole, trials: row, replay: { trial: number, runs, equal } };
}

function noSuchTrial(sweepId: string, number: number, trials: readonly TrialState[]): never {
  throw new TomoeError("RUN_NOT_FOUND", `sweep ${sweepId} has no trial ${number}`, {
    hint: trials.length === 0 ? "No trial of it has begun." : `It has trials 0 to ${trials.length - 1}.`,
    details: { sweepId, trial: number, trials: trials.length },
  });
}

function diverged(
  sweepId: string,
  trial: number,
  found: { readonly runId: string; readonly value: number | null; readonly recorded: number | null },
): TomoeError {
  return new TomoeError(
    "REPLAY_DIVERGED",
    `trial ${trial} of ${sweepId} was recorded with ${found.recorded}, and run ${found.runId} gives ${found.value}`,
    {
      hint: "Bits are repeated on a machine of the same kind with the same versions: compare environment.json of the two runs.",
      details: { sweepId, trial, ...found },
    },
  );
}
