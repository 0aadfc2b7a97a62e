import type { CachedCase, Dataset } from "../../data/dataset/index.ts";
import type { FactSpec } from "../../schema/model.ts";
import type { Receipt } from "../../schema/volume.ts";
import type { Mirrors } from "./augment/mirrors.ts";
import type { CachePlaces } from "./cache-places.ts";
import type { AllowedLeak } from "./leak.ts";
import type { SkippedRows } from "./rows/layout.ts";
import type { TrainedOn } from "./trained-on.ts";

/**
 * Everything the stages of a run read: datasets opened and checked, every case cached, what the model must
 * have heads for.
 */
export interface Corpus extends CachePlaces {
  readonly volumes: Dataset;
  /** The 2D pre-training set; null when nothing is pre-trained. */
  readonly slices: Dataset | null;
  /** Cached voxels by case id, of both sets. */
  readonly cached: ReadonlyMap<string, CachedCase>;
  /** SHA-256 over the rule of order and the fingerprints of the data sets. */
  readonly fingerprint: string;
  readonly preprocessDigest: string;
  readonly facts: readonly FactSpec[];
  readonly patchClasses: number;
  /** Words of training captions, for the objective "words"; none where no stage has it. */
  readonly words: readonly string[];
  /** Prompts and targets of the training split: what the tokenizer is fitted on. Gathered each time they are asked for. */
  readonly tokenizerLines: readonly string[];
  /** Who and what the run trains on, as digests: what a test set may not hold. */
  readonly trainedOn: TrainedOn;
  /** What of the test cases stands in the training, where the recipe allows it; null where nothing does. */
  readonly leak?: AllowedLeak | null;
  /** What every number says of the certificate that the data were held against; null where none is asked for. */
  readonly certificate?: string | null;
  /** Training cases as their mirror images, or why there is none; null where no stage mirrors volumes. */
  readonly mirrors?: Mirrors | null;
  /** What the recipe leaves out, and why. */
  readonly skipped?: SkippedRows | null;
  /** How each evaluated volume came to be, by case id. */
  readonly receipts: ReadonlyMap<string, Receipt>;
  /**
   * Compares every byte of what is cached in the project again and makes anew what is damaged or gone; says how many rows
   * that were. Absent where nothing of it lies there.
   */
  readonly remake?: (() => Promise<number>) | undefined;
}
