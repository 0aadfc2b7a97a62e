import { allStages, type ResolvedExperiment } from "../../config/index.ts";
import { TomoeError } from "../../errors.ts";
import { didYouMean } from "../../schema/nearest.ts";
import { type CheckpointRef, readMetrics, type StoredMetric } from "../../track/read/index.ts";

/** A step of a run, as the command line names it. */
export interface StepName {
  readonly run: string;
  readonly stage: string;
  readonly step: number;
}

/**
 * Reads `RUN@STAGE:STEP`.
 *
 * @throws TomoeError `USAGE_INVALID` for a text of another form.
 */
export function stepNamed(text: string): StepName {
  const [, run, stage, step] = /^(.+)@([^@:]+):(\d{1,9})$/.exec(text) ?? [];
  if (run !== undefined && stage !== undefined && step !== undefined)
    return { run, stage, step: Number(step) };
  throw new TomoeError("USAGE_INVALID", `"${text}" names no step of a run`, {
    hint: "Write RUN@STAGE:STEP, steps from 0: for example latest@shared:120.",
    details: { given: text },
  });
}

/** What a run's record holds of a step, by name; none where its turn came and it failed. */
export interface RecordedStep {
  /** Position of the stage among all of the run. */
  readonly index: number;
  readonly values: ReadonlyMap<string, number>;
  /** Of all steps of the stage up to this one, by step. */
  readonly before: ReadonlyMap<number, ReadonlyMap<string, number>>;
}

/** What a replay is not held against: how long it took, and what is measured between two steps. */
const apart = (name: string): boolean => name === "seconds" || name.startsWith("validation.");

/**
 * Finds a step in what a run recorded.
 *
 * @param folder - the run's `metrics/`.
 * @throws TomoeError `USAGE_INVALID` for a stage or a step that the run does not have or has not come to.
 */
export async function recordedStep(
  folder: string,
  { config }: ResolvedExperiment,
  { run, stage, step }: StepName,
): Promise<RecordedStep> {
  const stages = allStages(config);
  const found = stages.find((one) => one.stage.name === stage);
  if (found === undefined) {
    const names = stages.map((one) => one.stage.name);
    throw new TomoeError("USAGE_INVALID", `run ${run} has no stage "${stage}"${didYouMean(stage, names)}`, {
      hint: `Its stages are ${names.join(", ")}.`,
      details: { stage, stages: names },
    });
  }
  const before = valuesByStep(await readMetrics(folder, { stage }));
  // The step behind the last one may be the one that failed.
  const next = Math.max(-1, ...before.keys()) + 1;
  if (step > next || step >= found.stage.steps)
    throw new TomoeError("USAGE_INVALID", `run ${run} has not done step ${step} of stage "${stage}"`, {
      hint: `It has done ${next} of its ${found.stage.steps} steps, counted from 0.`,
      details: { stage, step, done: next, steps: found.stage.steps },
    });
  return { index: found.index, values: before.get(step) ?? new Map(), before };
}

/** The newest value of each name of each step, but for what a replay is not held against. */
export function valuesByStep(
  metrics: readonly StoredMetric[],
): ReadonlyMap<number, ReadonlyMap<string, number>> {
  const steps = new Map<number, Map<string, number>>();
  for (const { step, name, value } of metrics) {
    if (apart(name)) continue;
    const values = steps.get(step) ?? new Map<string, number>();
    steps.set(step, values.set(name, value));
  }
  return steps;
}

/** The newest checkpoint that lies at a step or before it; undefined where the way begins at the beginning. */
export function checkpointBefore(
  refs: readonly CheckpointRef[],
  { config }: ResolvedExperiment,
  { index, step }: { readonly index: number; readonly step: number },
): CheckpointRef | undefined {
  const places = new Map(allStages(config).map((one) => [one.stage.name, one.index]));
  return refs.findLast((ref) => {
    const at = places.get(ref.stage);
    return at !== undefined && (at < index || (at === index && ref.step <= step));
  });
}

/** One number that a replay gave otherwise; null where one side has none. */
export interface Difference {
  readonly name: string;
  readonly recorded: number | null;
  readonly replayed: number | null;
}

/** Where two steps differ, by name: to the last bit. */
export function differencesOf(
  recorded: ReadonlyMap<string, number>,
  replayed: ReadonlyMap<string, number>,
): readonly Difference[] {
  return [...new Set([...recorded.keys(), ...replayed.keys()])].flatMap((name) => {
    const sides = { recorded: recorded.get(name) ?? null, replayed: replayed.get(name) ?? null };
    return Object.is(sides.recorded, sides.replayed) ? [] : [{ name, ...sides }];
  });
}
