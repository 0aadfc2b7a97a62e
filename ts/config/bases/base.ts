import type { BaseFacts } from "../../schema/base-facts.ts";
import type { ExperimentConfig, StageConfig } from "../../schema/experiment.ts";
import type { ModelSpec } from "../../schema/model.ts";
import type { ComponentName } from "../../schema/stage.ts";
import type { ConfigProblem } from "../problems.ts";

export type BaseConfig = ExperimentConfig["model"]["base"];
export type BaseOfKind<K extends BaseConfig["kind"]> = Extract<BaseConfig, { readonly kind: K }>;

/** What a base whose sizes are known asks of the rest of the configuration. */
export interface Architecture {
  /** Rows and columns that a slice is brought to. */
  readonly imageSize: number;
  /** Rows and columns of a patch. */
  readonly patchSize: number;
  /** Vision blocks in front of the feature tap. */
  readonly blocksRead: number;
  /** Slices that enter one token together. */
  readonly slicesPerUnit: number;
  /** Language tokens of one slice, separators not counted. */
  readonly tokensPerSlice: number;
  /** Longest sequence that is admitted: image, prompt and answer together. */
  readonly maxPositions: number;
  /** Linear layers of the decoder, which adapters can be put on. */
  readonly loraTargets: readonly string[];
  /** Linear layers of the vision blocks, which adapters can be put on. */
  readonly loraVisionTargets: readonly string[];
  /** Tokens that a fresh tokenizer is fitted to; undefined for a base that brings its own. */
  readonly fittedVocab: number | undefined;
  /**
   * The base as the worker takes it.
   *
   * @param around - `vocab` of the tokenizer that was fitted; whether the recipe asks for separators.
   */
  spec(around: { readonly vocab: number; readonly separators: boolean }): ModelSpec["base"];
}

/** Where published files lie: in a folder, or in the cache under a name of the built-in list. */
export type BaseFilesPlace =
  | { readonly from: "folder"; readonly path: string }
  | { readonly from: "weights"; readonly name: string };

/** What has to be looked at before a base is known: published files and how they are used, or a run. */
export type BaseToOpen =
  | {
      readonly of: "files";
      readonly place: BaseFilesPlace;
      readonly use: {
        readonly imageSize?: number;
        readonly maxPositions?: number;
        readonly layout?: string;
      };
    }
  | { readonly of: "run"; readonly run: string; readonly checkpoint?: string };

/** What the rest of the configuration asks of a base model; a base is a row of `bases/index`. */
export interface Base {
  /** Components it has before any is added by router or adapters. */
  readonly components: readonly ComponentName[];
  /** What the pixels of each channel are normalised by, one number a channel. */
  readonly pixels: { readonly mean: readonly number[]; readonly std: readonly number[] };
  /** Undefined for a base that was not opened; `problems` then says so. */
  readonly architecture: Architecture | undefined;
  /** Phases that teach it in 2D, before the lift. */
  readonly pretrain: readonly StageConfig[];
  /** What is wrong within the base alone. */
  readonly problems: readonly ConfigProblem[];
  /** What it is called in a message. */
  readonly title: string;
  /** Where the published files lie that its weights come from; undefined for one that is trained from scratch. */
  readonly files: BaseFilesPlace | undefined;
  /** What they were found to be, once they were opened. */
  readonly facts: BaseFacts | undefined;
  /** What tells what it is; undefined where the recipe says it all. */
  readonly toOpen: BaseToOpen | undefined;
  /** The run whose state is the start, once it is known which. */
  readonly start: RunStart | undefined;
}

/** A run of one's own as the start of another. */
export type RunStart = NonNullable<BaseOfKind<"run">["facts"]>;
