import type { TaskId } from "./task.ts";
import type { TensorRef } from "./tensor.ts";

/** How a training volume is changed before it is looked at; mirrors batch.proto. */
export interface VolumeChange {
  /** Columns reversed, so that left is right; every text that goes with it says so already. */
  readonly mirrored: boolean;
  /** Turn of every slice about its middle, counter-clockwise as it is shown, in degrees. */
  readonly turnedDegrees: number;
  /** HU are multiplied by it, 1 = as they are, and then shifted. */
  readonly gain: number;
  readonly shiftHu: number;
}

/** One volume of a batch; mirrors batch.proto. */
export interface BatchVolume {
  /** Digest of source bytes and preprocess config. */
  readonly volumeId: string;
  /** Slot in the global batch: the order that does not depend on the number of ranks. */
  readonly slot: number;
  readonly tensor: TensorRef;
  /** Row of the tensor column "volume". */
  readonly row: number;
  /** Class indices for the auxiliary heads; -1 = does not apply. */
  readonly facts: Readonly<Record<string, number>>;
  readonly hasPatchLabels: boolean;
  readonly hasCaption: boolean;
  /** Which words of the model stand in it, rising; empty without one. */
  readonly words: readonly number[];
  readonly change: VolumeChange;
}

export interface BatchItem {
  readonly itemId: string;
  readonly volumeIndex: number;
  readonly prompt: string;
  readonly target: string;
  readonly task: TaskId;
  /** Weight of each target token's loss. */
  readonly lossWeight: number;
}

/** What one rank sees in one optimizer step. */
export interface Batch {
  readonly step: number;
  readonly globalVolumeCount: number;
  readonly volumes: readonly BatchVolume[];
  /** Grouped by task, so that a hard router costs nothing. */
  readonly items: readonly BatchItem[];
}

/** One prompt on one volume, to be answered or scored; mirrors generation.proto. */
export interface Query {
  readonly queryId: string;
  readonly volumeIndex: number;
  readonly prompt: string;
  readonly task: TaskId;
  /** Options to score; empty when text is to be generated. */
  readonly choices: readonly string[];
}

/** How many sequences share a pass of the worker: who shares one can change the last bits of a result. */
export interface Batching {
  /** Most sequences of a pass. */
  readonly sequences: number;
  /** Most bytes that the cached keys and values of a pass take. */
  readonly cacheBytes: number;
}

export interface GeneratedText {
  readonly queryId: string;
  readonly text: string;
  readonly tokens: number;
  /** False where the longest answer cut it. */
  readonly ended: boolean;
  readonly encodeSeconds: number;
  readonly generateSeconds: number;
}

export interface ScoredChoices {
  readonly queryId: string;
  /** One number an option, in nats, as the mode of the request says. */
  readonly logProbs: readonly number[];
  /** Tokens that each is the sum over: the option's and the end token. */
  readonly optionTokens: readonly number[];
}
