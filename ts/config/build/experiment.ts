import type {
  EvaluationOptions,
  ExecutionOptions,
  ExperimentOptions,
  ValidationOptions,
} from "../../gen/options.ts";
import type { ExperimentInput } from "../../schema/experiment.ts";
import type { evaluationOptions, executionOptions } from "../../schema/options/evaluation.ts";
import type { experimentOptions } from "../../schema/options/index.ts";
import type { validationOptions } from "../../schema/options/validation.ts";
import type { RouterPolicy } from "../../schema/router.ts";
import type { ComponentName, TrainedName } from "../../schema/stage.ts";
import type { TaskId } from "../../schema/task.ts";
import type {
  ComponentsOf,
  DataInput,
  ModelOf,
  NamesOf,
  OfferedBy,
  RouterOf,
  StageOf,
  TaskOf,
  TasksInput,
  TasksOf,
  TrainedIn,
  TypedTasks,
} from "./parts.ts";
import type { InRange, Literal, NumberIn } from "./ranges.ts";

declare const scored: unique symbol;

/** What was written, typed by its tasks so that a scorecard can be read without casts. */
export interface Experiment<T = unknown> {
  readonly kind: "experiment";
  readonly input: ExperimentInput;
  /** A router policy of the user's own, in place of the one `router` describes. */
  readonly policy?: RouterPolicy;
  readonly [scored]?: T;
}

/** The parts of an experiment. */
export interface ExperimentSpec extends ExperimentOptions {
  /** `phantomCt(...)`, `ctFolder(...)`, or a data set such as `m3d(...)`. */
  readonly data: DataInput;
  /** `liftTo3d(...)`. */
  readonly model: ModelOf<ComponentName>;
  /** `tghMoe(...)`. */
  readonly router: RouterOf<ComponentName, TaskId>;
  /** Training phases in the order they run: `stage(...)`. */
  readonly stages: readonly StageOf<TrainedName>[];
  /** What is scored: `reportTask(...)` and `vqaTask(...)` by the task's id. */
  readonly tasks: TasksInput;
  /** How held-out items are answered and scored. */
  readonly evaluation?: EvaluationOptions;
  /** What of the validation split is measured while it trains. */
  readonly validation?: ValidationOptions;
  /** How the run is carried out. */
  readonly execution?: ExecutionOptions;
  /** From `defineRouterPolicy`; the one `router` describes when absent. */
  readonly policy?: RouterPolicy;
}

/** Names a component that a stage trains and neither model nor router has. */
export interface NoSuchComponent<C extends string> {
  readonly noSuchComponent: C;
}

/** Names a task that the router does not have. */
export interface NotATaskOfTheRouter<T extends string> {
  readonly notATaskOfTheRouter: T;
}

/** Names a task that the data have no items of. */
export interface NotATaskOfTheData<T extends string> {
  readonly notATaskOfTheData: T;
}

// A stage that names all components has had none understood, and that mistake is told where it stands.
type FittingStage<S, C extends TrainedName> = [TrainedName] extends [TrainedIn<S>]
  ? S
  : [TrainedIn<S>] extends [C]
    ? S
    : NoSuchComponent<Exclude<TrainedIn<S>, C>>;

type EvaluationTable = typeof evaluationOptions;
type ExecutionTable = typeof executionOptions;
type ValidationTable = typeof validationOptions;
interface EvaluationRows extends EvaluationTable {}
interface ExecutionRows extends ExecutionTable {}
interface ValidationRows extends ValidationTable {}

/** Groups of options that are written as literals, which the compiler holds against their ranges. */
type LiteralGroup = "evaluation" | "execution" | "validation";

type Spec<P> = { readonly [K in keyof P]: K extends LiteralGroup ? Literal<P[K]> : P[K] };

/** What of the parts must fit the others. */
interface Fitting<P extends ExperimentSpec> {
  readonly stages: {
    readonly [I in keyof P["stages"]]: FittingStage<
      P["stages"][I],
      NamesOf<ComponentsOf<P["model"]> | ComponentsOf<P["router"]>>
    >;
  };
  readonly tasks: {
    readonly [T in keyof P["tasks"]]: T extends TasksOf<P["router"]>
      ? T extends OfferedBy<P["data"]>
        ? P["tasks"][T]
        : NotATaskOfTheData<T & string>
      : NotATaskOfTheRouter<T & string>;
  };
  readonly seed?: NumberIn<(typeof experimentOptions)["seed"], P["seed"], "seed">;
  readonly evaluation?: InRange<P["evaluation"], EvaluationRows>;
  readonly execution?: InRange<P["execution"], ExecutionRows>;
  readonly validation?: InRange<P["validation"], ValidationRows>;
}

/**
 * One typed experiment. Checked by the compiler as far as types reach, and by `resolveExperiment` before
 * anything runs.
 */
export function defineExperiment<const P extends ExperimentSpec>(
  spec: ExperimentSpec & Spec<P> & Fitting<P>,
): Experiment<TypedTasks<P["tasks"], P["data"]>> {
  const { tasks, policy, ...rest } = spec as ExperimentSpec;
  const metrics = Object.entries(tasks).map(
    ([id, task]: [string, TaskOf<TaskId, string>]) => [id, { metrics: task.metrics }] as const,
  );
  const input = { ...rest, tasks: Object.fromEntries(metrics) } as ExperimentInput;
  return { kind: "experiment", input, ...(policy === undefined ? {} : { policy }) };
}
