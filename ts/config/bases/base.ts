import type { StageConfig } from "../../schema/experiment.ts";
import type { LanguageSpec, VisionSpec } from "../../schema/model.ts";
import type { ComponentName } from "../../schema/stage.ts";
import type { ConfigProblem } from "../problems.ts";

/** The parts of a base whose sizes are known, with the facts of its family. */
export interface Architecture {
  readonly vision: VisionSpec;
  /** A fitted tokenizer may have a smaller vocabulary than this. */
  readonly language: LanguageSpec;
  /** In-plane tokens merged into one before the projection, per side. */
  readonly mergeSize: number;
  /** Linear layers of the decoder, which adapters can be put on. */
  readonly loraTargets: readonly string[];
  /** Linear layers of the vision blocks, which adapters can be put on. */
  readonly loraVisionTargets: readonly string[];
}

/** What the rest of the configuration asks of a base model; a base is a row of `bases/index`. */
export interface Base {
  /** Components it has before any is added by router or adapters. */
  readonly components: readonly ComponentName[];
  /** What the pixels of each channel are normalised by, one number a channel. */
  readonly pixels: { readonly mean: readonly number[]; readonly std: readonly number[] };
  /** Undefined where this version does not know it; `problems` then says why. */
  readonly architecture: Architecture | undefined;
  /** Phases that teach it in 2D, before the lift. */
  readonly pretrain: readonly StageConfig[];
  /** What is wrong within the base alone. */
  readonly problems: readonly ConfigProblem[];
  /** What it is called in a message. */
  readonly title: string;
}
