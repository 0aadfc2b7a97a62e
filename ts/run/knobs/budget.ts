import type { JsonValue } from "../../errors.ts";
import { canDecide, isDecided } from "./decided.ts";
import { extremesOf } from "./extremes.ts";
import type { Option } from "./options.ts";
import { type StageAt, travelOf } from "./variation.ts";

/** Of a run's steps, the share that trials may cost. */
export const shareOfRun = 0.05;
/** Steps of a trial where the stage has as many: the moments of the optimizer say nothing before the second. */
export const stepsOfTrial = 2;
/** A step of few volumes costs more than their share of it. */
const leastShare = 0.25;
/** Trials of a stage that others are compared with: without a change, once more, and at the stage's end. */
const comparisons = 3;

/** An option that is tried in a stage, at one value after another until one shows an effect. */
export interface Wanted {
  readonly option: Option;
  readonly at: StageAt;
  readonly values: readonly JsonValue[];
}

/** What is tried, and what it costs in steps of the stages, of those that may be spent. */
export interface Budget {
  /** False where even the first steps of each stage cost too much: nothing is tried. */
  readonly covers: boolean;
  readonly wanted: readonly Wanted[];
  /** Options that could be tried, and are too dear. */
  readonly left: readonly Option[];
  readonly steps: number;
  readonly spent: number;
}

/** Steps of a stage's trial. */
export const trialSteps = ({ stage }: StageAt): number => Math.min(stepsOfTrial, stage.steps);

/** Options of a stage, and of the experts where it is the first that has some; what cannot be told by steps is left out. */
export function triedOptions(stages: readonly StageAt[], options: readonly Option[]): readonly Wanted[] {
  const routed = stages.find(({ plan }) => plan.layers.length > 0) ?? stages.at(-1);
  return options.flatMap((option) => {
    const { message, fields = [] } = travelOf(option) ?? {};
    const own = stages.find(({ path }) => option.path.startsWith(`${path}.`));
    const isOfPlan =
      message === "plan" || (isDecided(option) && routed !== undefined && canDecide(routed.policy));
    const at = message === "stage" ? own : isOfPlan ? routed : undefined;
    if (at === undefined || shapes.has(fields[0] ?? "")) return [];
    const values = extremesOf(option);
    return values.length === 0 ? [] : [{ option, at, values }];
  });
}

/** How long a stage is, whose experts it has, and what is for items that its first steps may not hold or have together. */
const shapes: ReadonlySet<string> = new Set([
  "steps",
  "routing",
  "tooLong",
  "taskCosineEvery",
  "sharePrefix",
]);

/**
 * What of all that could be tried a run can afford: the first steps of each stage, then options by who wrote them, then by
 * their place. The cost is counted in steps and not in seconds: the same recipe is tried alike on every machine.
 */
export function budgetOf(
  stages: readonly StageAt[],
  all: readonly Wanted[],
  isWritten: (option: Option) => boolean,
): Budget {
  const steps = stages.reduce((sum, { stage }) => sum + stage.steps, 0) * shareOfRun;
  let spent = stages.reduce((sum, at) => sum + trialSteps(at), 0);
  if (spent > steps)
    return { covers: false, wanted: [], left: all.map(({ option }) => option), steps, spent: 0 };
  const opened = new Set<StageAt>();
  const taken = new Set<Wanted>();
  const written = all.filter(({ option }) => isWritten(option));
  for (const one of [...written, ...all.filter((other) => !written.includes(other))]) {
    // What is decided by has a trial of its own to be compared with.
    const each = isDecided(one.option) ? 2 : 1;
    const trials = one.values.length * each + (opened.has(one.at) ? 0 : comparisons);
    const cost = trials * trialSteps(one.at) * costOfStep(one.at);
    if (spent + cost > steps) continue;
    spent += cost;
    opened.add(one.at);
    taken.add(one);
  }
  const left = all.filter((one) => !taken.has(one)).map(({ option }) => option);
  return { covers: true, wanted: all.filter((one) => taken.has(one)), left, steps, spent };
}

function costOfStep({ stage, cutVolumes }: StageAt): number {
  return Math.max(leastShare, cutVolumes / stage.volumesPerStep);
}
