import type {
  FolderInput,
  LayoutInput,
  ModelInput,
  PhantomInput,
  RouterInput,
  StageInput,
} from "../../schema/experiment.ts";
import type { ComponentName, PartsOfComponent, TrainedName } from "../../schema/stage.ts";
import type { LayoutName, layoutTable } from "../../schema/tables/layouts.ts";
import type { MetricOf, QuestionType, TaskId } from "../../schema/task.ts";

/**
 * What the builders return: plain data, so that it can be printed, hashed and sent, with the components and
 * tasks it has in the types alone.
 */

declare const components: unique symbol;
declare const tasks: unique symbol;

export type DataInput = PhantomInput | FolderInput | LayoutInput;

declare const layout: unique symbol;
declare const types: unique symbol;

/** A data set in a layout, whose tasks and question types its table says. */
export type LayoutOf<L extends LayoutName> = LayoutInput & { readonly [layout]?: L };

type LayoutIn<D> = D extends { readonly [layout]?: infer L } ? (L extends LayoutName ? L : never) : never;

/** The tasks that data have items of; any where their type does not say. */
export type OfferedBy<D> = [LayoutIn<D>] extends [never]
  ? TaskId
  : (typeof layoutTable)[LayoutIn<D>]["tasks"][number];

/** The question types that data are known to have of a task; M3D's where their type does not say. */
type TypesBy<D, T> = [LayoutIn<D>] extends [never]
  ? QuestionType
  : (typeof layoutTable)[LayoutIn<D>]["types"] extends {
        readonly [K in T & string]: readonly (infer Q extends string)[];
      }
    ? Q
    : string;

/** Tasks with the question types of the data. */
export type TypedTasks<K, D> = { readonly [T in keyof K]: K[T] & { readonly [types]?: TypesBy<D, T> } };

/** The question types of a task. */
export type TypesOf<K> = K extends { readonly [types]?: infer Q }
  ? Q extends string
    ? Q
    : QuestionType
  : QuestionType;

/** A base model and the components it has. */
export type BaseOf<C extends ComponentName> = ModelInput["base"] & { readonly [components]?: C };
export type ModelOf<C extends ComponentName> = ModelInput & { readonly [components]?: C };
export type RouterOf<C extends ComponentName, T extends TaskId> = RouterInput & {
  readonly [components]?: C;
  readonly [tasks]?: T;
};
export interface StageOf<C extends TrainedName> extends StageInput {
  readonly [components]: C;
}

// Of plain data, whose type does not say what it has, the cross-checks judge alone.

/** The components of a part. */
export type ComponentsOf<P> = P extends { readonly [components]?: infer C }
  ? C extends ComponentName
    ? C
    : ComponentName
  : ComponentName;
/** What a stage trains. */
export type TrainedIn<S> = S extends { readonly [components]: infer C }
  ? C extends TrainedName
    ? C
    : TrainedName
  : TrainedName;
/** Every name of what components hold: their own, and those of parts. */
export type NamesOf<C extends ComponentName> = C | PartsOfComponent[C];
/** The tasks of a router. */
export type TasksOf<P> = P extends { readonly [tasks]?: infer T } ? (T extends TaskId ? T : TaskId) : TaskId;

/** A task and the metrics that judge it; `M` narrows what the scorecard has. */
export interface TaskOf<T extends TaskId, M extends string> {
  readonly task: T;
  readonly metrics: readonly M[];
}

/** Tasks by their id, each with metrics of its own. */
export type TasksInput = { readonly [T in TaskId]?: TaskOf<T, MetricOf<T>> };

/** Components of a 2D model, with the heads that labels of the data train. */
export type FullComponent =
  | "lowerVision"
  | "upperVision"
  | "projector"
  | "language"
  | "patchHead"
  | "factHeads"
  | "wordHead";
