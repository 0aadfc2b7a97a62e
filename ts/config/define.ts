import type { ScoreCell } from "../schema/answers/scorecard.ts";
import type { ExperimentInput, StageInput } from "../schema/experiment.ts";
import type { RouterPolicy } from "../schema/router.ts";
import type { ComponentName, ObjectiveName } from "../schema/stage.ts";
import type { MetricOf, MetricWith, QuestionType, TaskId } from "../schema/task.ts";
import type { WindowHu } from "../schema/volume.ts";
import type {
  EvaluationRules,
  ExecutionRules,
  LiftRules,
  MoeRules,
  PhantomRules,
  StageRules,
  TinyRules,
} from "./option-rules.ts";
import type { AtMost, Fraction, InRange, Whole } from "./ranges.ts";

/**
 * The builders an experiment script is written with. They return plain data, so that what was written can be
 * printed, hashed and sent;
 * what they add is types: a wrong component, task, metric or (for literals) range does not compile.
 */

declare const components: unique symbol;
declare const tasks: unique symbol;

type ModelInput = ExperimentInput["model"];
type RouterInput = ExperimentInput["router"];
type DataInput = ExperimentInput["data"];
type TinyBaseInput = Extract<ModelInput["base"], { kind: "tiny-phi3v" }>;

/** A base model and the components it has; exists in the types alone. */
export type BaseOf<C extends ComponentName> = ModelInput["base"] & { readonly [components]?: C };
export type ModelOf<C extends ComponentName> = ModelInput & { readonly [components]?: C };
export type RouterOf<C extends ComponentName, T extends TaskId> = RouterInput & {
  readonly [components]?: C;
  readonly [tasks]?: T;
};
export type StageOf<C extends ComponentName> = StageInput & { readonly [components]?: C };

type VisionAndLanguage = "lowerVision" | "upperVision" | "projector" | "language";

/** Options of a training phase; `C` are the components it trains. */
export interface StageOptions<C extends ComponentName> {
  readonly trains: readonly C[];
  /** Optimizer steps, at least 1. */
  readonly steps: number;
  /** One rate for all it trains, or one a component. */
  readonly learningRate: number | { readonly [component in C]?: number };
  readonly volumesPerStep?: number;
  readonly itemsPerVolume?: number;
  readonly objectives?: { readonly [objective in ObjectiveName]?: number };
  readonly reportTokenWeight?: number;
  readonly warmupFraction?: number;
  readonly weightDecay?: number;
  readonly clipNorm?: number;
  readonly optimizer?: NonNullable<StageInput["optimizer"]>;
  readonly checkpointEvery?: number;
}

type CheckedStage<O> = InRange<O, StageRules>;

type StageKind = "shared" | "specific" | "warm-up" | (string & {});

function buildStage(
  name: string,
  data: "slices" | "volumes",
  options: StageOptions<ComponentName>,
): StageInput {
  return { ...(options as Omit<StageInput, "name" | "data">), name, data };
}

/**
 * A training phase on whole volumes. The phase named `specific` clones the shared experts once per task and
 * routes hard by task;
 * every other one trains one shared group.
 *
 * @param name - lower case with dashes.
 * @param options - what it trains, for how many optimizer steps, at what rates.
 */
export function stage<const C extends ComponentName, const O extends StageOptions<C>>(
  name: StageKind,
  options: O & CheckedStage<O> & { readonly trains: readonly C[] },
): StageOf<C> {
  return buildStage(name, "volumes", options as StageOptions<ComponentName>) as StageOf<C>;
}

/** A 2D pre-training phase on single slices, before the lift. */
export function pretrain2d<const C extends ComponentName, const O extends StageOptions<C>>(
  name: string,
  options: O & CheckedStage<O> & { readonly trains: readonly C[] },
): StageOf<C> {
  return buildStage(name, "slices", options as StageOptions<ComponentName>) as StageOf<C>;
}

export interface TinyOptions extends Omit<TinyBaseInput, "kind" | "pretrain"> {
  readonly pretrain: readonly StageInput[];
}

/** A small Phi-3-V that `pretrain` teaches in 2D: the real architecture at small dimensions. */
export function tinyPhi3v<const O extends TinyOptions>(
  options: O & InRange<O, TinyRules>,
): BaseOf<VisionAndLanguage | "patchHead" | "factHeads"> {
  const written = options as TinyOptions;
  return { ...written, kind: "tiny-phi3v", pretrain: [...written.pretrain] };
}

export interface LiftOptions {
  readonly attention3d: { readonly upperBlocks: number };
  readonly depthRope?: boolean;
  readonly ropeBase?: number;
  readonly poolDepth?: number;
  readonly poolKind?: "mean" | "mean-max";
  readonly separators?: boolean;
  /** Adapters on the decoder's linear layers; rank 16 when absent, none when false. */
  readonly lora?: NonNullable<ModelInput["lora"]>;
  readonly channelWindowsHu?: readonly WindowHu[];
}

type LoraComponent<O> = O extends { readonly lora: false } ? never : "lora";

/**
 * Lifts a 2D multimodal LLM to 3D: every pre-trained parameter is reused, the upper vision blocks attend over
 * all slices.
 *
 * @param base - `tinyPhi3v(...)`, or the folder of a checkpoint in the Phi-3-V layout.
 */
export function liftTo3d<const O extends LiftOptions>(
  base: string,
  options: O & InRange<O, LiftRules>,
): ModelOf<VisionAndLanguage | LoraComponent<O>>;
export function liftTo3d<const O extends LiftOptions, C extends ComponentName>(
  base: BaseOf<C>,
  options: O & InRange<O, LiftRules>,
): ModelOf<C | LoraComponent<O>>;
export function liftTo3d(base: string | BaseOf<ComponentName>, options: LiftOptions): ModelOf<ComponentName> {
  const { channelWindowsHu, ...rest } = options;
  return {
    ...rest,
    ...(channelWindowsHu === undefined ? {} : { channelWindowsHu: [...channelWindowsHu] }),
    base: typeof base === "string" ? { kind: "checkpoint", path: base } : base,
  };
}

export interface MoeOptions<T extends TaskId> extends Omit<RouterInput, "kind" | "tasks"> {
  readonly tasks: readonly T[];
}

/**
 * A text-guided hierarchical mixture of experts: token experts under a hard task level.
 *
 * @param options - `topK` of `tokenExperts` experts per image token; `tasks` are the groups of the task
 * level.
 */
export function tghMoe<const T extends TaskId, const O extends MoeOptions<T>>(
  options: O &
    InRange<O, MoeRules> & {
      readonly tasks: readonly T[];
      readonly topK: AtMost<O["topK"], O["tokenExperts"], "topK">;
    },
): RouterOf<"tokenExperts" | "tokenRouter" | "taskExperts", T> {
  const written = options as MoeOptions<T>;
  return { ...written, kind: "tgh-moe", tasks: [...written.tasks] };
}

/** Shares of the subjects in each split, 0..1; they sum to 1. */
export interface SplitShares {
  readonly train: number;
  readonly validation: number;
  readonly test: number;
  readonly by: "patient";
}

type CheckedSplit<S> = {
  readonly [K in keyof S]: K extends "train" | "validation" | "test" ? Fraction<S[K], `split.${K}`> : S[K];
};

export type FolderData = Extract<DataInput, { kind: "folder" }> & {
  /** Splits by patient, drawn from the experiment's seed, instead of by the folder's own `split` column. */
  split<const S extends SplitShares>(shares: S & CheckedSplit<S>): DataInput;
};

/** A folder of CT scans: `manifest.json`, `cases.jsonl`, `items.jsonl` and the volumes they name. */
export function ctFolder(
  path: string,
  options: {
    readonly sizeDHW: readonly [number, number, number];
    readonly windowHu: WindowHu;
    readonly stack?: "axial" | "acquired";
  },
): FolderData {
  const data = {
    kind: "folder" as const,
    path,
    ...options,
    sizeDHW: [...options.sizeDHW] as [number, number, number],
  };
  const withSplit = { ...data } as unknown as FolderData;
  // Not enumerable: what is validated, hashed and printed is the data alone.
  Object.defineProperty(withSplit, "split", {
    enumerable: false,
    value: (shares: SplitShares): DataInput => ({ ...data, split: { ...shares } }),
  });
  return withSplit;
}

export type PhantomOptions = Omit<Extract<DataInput, { kind: "phantom" }>, "kind">;

/** PhantomCT: generated CT-like volumes whose truth is exact. */
export function phantomCt<const O extends PhantomOptions>(options: O & InRange<O, PhantomRules>): DataInput {
  return { ...(options as PhantomOptions), kind: "phantom" };
}

/** A task and the metrics that judge it; `M` narrows what the scorecard has. */
export interface TaskOf<T extends TaskId, M extends string> {
  readonly task: T;
  readonly metrics: readonly M[];
}

/** Report generation. */
export function reportTask<const M extends MetricOf<"report">>(options: {
  readonly metrics: readonly M[];
}): TaskOf<"report", M> {
  return { task: "report", metrics: [...options.metrics] };
}

/** Visual question answering: `closed` over four options, or open. */
export function vqaTask<const M extends MetricOf<"closed-vqa">>(options: {
  readonly closed: true;
  readonly metrics: readonly M[];
}): TaskOf<"closed-vqa", M>;
export function vqaTask<const M extends MetricOf<"open-vqa">>(options: {
  readonly closed: false;
  readonly metrics: readonly M[];
}): TaskOf<"open-vqa", M>;
export function vqaTask(options: {
  readonly closed: boolean;
  readonly metrics: readonly string[];
}): TaskOf<TaskId, string> {
  return { task: options.closed ? "closed-vqa" : "open-vqa", metrics: [...options.metrics] };
}

type TasksInput<T extends TaskId> = { readonly [K in T]?: TaskOf<K, MetricOf<K>> };

/** What was written, typed by its tasks so that a scorecard can be read without casts. */
export interface Experiment<T = unknown> {
  readonly kind: "experiment";
  readonly input: ExperimentInput;
  /** A router policy of the user's own, in place of the one `router` describes. */
  readonly policy?: RouterPolicy;
  readonly [tasks]?: T;
}

export interface ExperimentSpec<MC extends ComponentName, RC extends ComponentName, RT extends TaskId> {
  readonly name: string;
  readonly seed?: number;
  readonly data: DataInput;
  readonly model: ModelOf<MC>;
  readonly router: RouterOf<RC, RT>;
  readonly stages: readonly StageOf<NoInfer<MC | RC>>[];
  readonly tasks: TasksInput<NoInfer<RT>>;
  readonly evaluation?: ExperimentInput["evaluation"];
  readonly execution?: ExperimentInput["execution"];
  /** From `defineRouterPolicy`; the one `router` describes when absent. */
  readonly policy?: RouterPolicy;
}

/** What of an experiment has ranges of its own; the builders have checked the rest. */
interface RangedSpec<S, V, X> {
  readonly seed?: Whole<S, "seed">;
  readonly evaluation?: InRange<V, EvaluationRules>;
  readonly execution?: InRange<X, ExecutionRules>;
}

/**
 * One typed experiment. Checked by the compiler as far as types reach, and by `resolveExperiment` before
 * anything runs.
 */
export function defineExperiment<
  MC extends ComponentName,
  RC extends ComponentName,
  RT extends TaskId,
  const K extends TasksInput<RT>,
  const S extends number,
  const V extends ExperimentInput["evaluation"],
  const X extends ExperimentInput["execution"],
>(
  spec: ExperimentSpec<MC, RC, RT> & {
    readonly tasks: K;
    readonly seed?: S;
    readonly evaluation?: V;
    readonly execution?: X;
  } & RangedSpec<S, V, X>,
): Experiment<K> {
  const {
    tasks: taskSpecs,
    stages,
    evaluation,
    execution,
    policy,
    ...rest
  } = spec as ExperimentSpec<MC, RC, RT> & { readonly tasks: K };
  const written: Record<string, { metrics: readonly string[] }> = {};
  for (const [id, task] of Object.entries(taskSpecs))
    if (task !== undefined) written[id] = { metrics: (task as TaskOf<TaskId, string>).metrics };
  const input = {
    ...rest,
    stages: [...stages],
    tasks: written,
    ...(evaluation === undefined ? {} : { evaluation }),
    ...(execution === undefined ? {} : { execution }),
  } as ExperimentInput;
  return { kind: "experiment", input, ...(policy === undefined ? {} : { policy }) };
}

type MetricCells<M extends string> = {
  readonly [K in M]: K extends MetricWith<readonly ["micro", "macro", "types", "unparsed"]>
    ? {
        readonly micro: ScoreCell;
        readonly macro: ScoreCell;
        readonly types: { readonly [Q in QuestionType]?: ScoreCell };
      }
    : ScoreCell;
};

/** The scorecard of an experiment's tasks: `scorecard["closed-vqa"].accuracy.micro`. */
export type ScorecardOf<K> = {
  readonly [T in keyof K]-?: NonNullable<K[T]> extends TaskOf<TaskId, infer M> ? MetricCells<M> : never;
};
