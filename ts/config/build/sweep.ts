import type { Direction, SweepPlan } from "../../schema/sweep/plan.ts";
import type { MetricWith, TaskId } from "../../schema/task.ts";
import type { Experiment } from "./experiment.ts";
import type { TaskOf, TypesOf } from "./parts.ts";
import { type FittingSpace, type Space, type SpaceBuilder, spaceBuilder } from "./space.ts";

declare const searched: unique symbol;

/** Trials of an experiment, typed by its tasks and by the space they are taken from. */
export interface Sweep<K = unknown, S = unknown> {
  readonly kind: "sweep";
  readonly experiment: Experiment<K>;
  readonly plan: SweepPlan;
  readonly [searched]?: S;
}

type Statistic<M extends string, Q extends string> =
  M extends MetricWith<readonly ["micro", "macro", "types", "unparsed"]>
    ? `${M}.micro` | `${M}.macro` | `type.${Q}`
    : M;

/** The metrics that an experiment measures, as "task/metric"; any text where its type does not say. */
export type ObjectiveMetric<K> = unknown extends K
  ? string
  : {
      [T in keyof K & string]: NonNullable<K[T]> extends TaskOf<TaskId, infer M>
        ? `${T}/${Statistic<M, TypesOf<NonNullable<K[T]>>>}`
        : never;
    }[keyof K & string];

/** What a sweep is beside its experiment. */
export interface SweepOptions<K> {
  /** Part of the sweep's id: lower case with dashes. */
  readonly name: string;
  /** Assignments and the seeds of runs follow from it and the trial's number; 0 when absent. */
  readonly seed?: number;
  /** What is sought: a metric of the experiment's tasks, measured on its validation split. */
  readonly objective: { readonly metric: ObjectiveMetric<K>; readonly direction: Direction };
  /**
   * "random" draws each trial by itself; "grid" goes through every combination; "tpe" tries near what did well, once
   * `startup` trials (10 when absent) were drawn blindly: Optuna, which is set up when a sweep first asks for it.
   * "random" when absent.
   */
  readonly sampler?: "random" | "grid" | "tpe" | { readonly kind: "tpe"; readonly startup?: number };
  /** Runs of a trial, each with a seed of its own, whose mean is the trial's value; 1 when absent. */
  readonly seeds?: number;
  /** Times that a run which failed is tried again; 1 when absent. */
  readonly retries?: number;
  /**
   * Ends trials early that are behind the others: "asha" keeps one of `reduction` at `minSteps` and at each further rung,
   * `reduction` times the one before; "median" ends what is worse than the median of at least `trials` others, looked at
   * every `every` steps. Steps are those on volumes; of several seeds the first one is looked at. None when absent.
   */
  readonly pruner?:
    | { readonly kind: "asha"; readonly minSteps: number; readonly reduction?: number }
    | {
        readonly kind: "median";
        readonly every: number;
        readonly minSteps?: number;
        readonly trials?: number;
      };
  /** The sweep ends when the first of them is spent: trials, optimizer steps, hours; a grid may do without. */
  readonly budget?: { readonly trials?: number; readonly steps?: number; readonly hours?: number };
}

/**
 * The options, once the space is known. The compiler looks at them before it looks into the function that gives the
 * space: refused there, a metric that is none would be told as a space in which nothing fits.
 */
type OptionsOf<K, S> = string extends keyof S
  ? { readonly [N in keyof SweepOptions<K>]: SweepOptions<K>[N] | NonNullable<unknown> }
  : SweepOptions<K>;

/** Every default of a sampler filled in. */
function samplerOf(sampler: SweepOptions<unknown>["sampler"]): SweepPlan["sampler"] {
  if (sampler === undefined) return "random";
  if (sampler === "random" || sampler === "grid") return sampler;
  return { startup: 10, ...(sampler === "tpe" ? { kind: sampler } : sampler) };
}

/** Every default of a pruner filled in. */
function prunerOf(pruner: SweepOptions<unknown>["pruner"]): Pick<SweepPlan, "pruner"> {
  if (pruner === undefined) return {};
  if (pruner.kind === "asha") return { pruner: { reduction: 3, ...pruner } };
  return { pruner: { minSteps: pruner.every, trials: 3, ...pruner } };
}

/**
 * A sweep over options of an experiment: `space` gives the values of each by its dotted path, as `--set` takes it
 * (`stages.shared.learningRate`). A path that leads to no option, or values outside the option's range, do not
 * compile; what types do not reach, `sweep` checks before the first trial.
 */
export function defineSweep<K, const S extends Space>(
  experiment: Experiment<K>,
  options: OptionsOf<K, S> & { readonly space: (s: SpaceBuilder) => S & FittingSpace<NoInfer<S>> },
): Sweep<K, S> {
  // Whatever the space is, what compiled is of this type.
  const { sampler, pruner, ...said } = options as SweepOptions<K>;
  const { name, seed = 0, objective, seeds = 1, retries = 1, budget = {} } = said;
  const space = options.space(spaceBuilder) as Space as SweepPlan["space"];
  return {
    kind: "sweep",
    experiment,
    plan: {
      ...{ name, seed, space, objective, seeds, retries, budget },
      sampler: samplerOf(sampler),
      ...prunerOf(pruner),
    },
  };
}
