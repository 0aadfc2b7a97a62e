import type { JsonValue } from "../../errors.ts";

/**
 * What an option at an extreme did: to the first loss, to the update, to the batches, or which of its tensors got a
 * gradient; "memory": to neither but by rounding, less of which or of time is what it is for; "none": nothing at all.
 */
export const effects = ["loss", "update", "not finite", "batch", "gradient", "memory", "none"] as const;
export type Effect = (typeof effects)[number];

/** What a trial of one option showed. */
export interface Outcome {
  readonly path: string;
  readonly tried: JsonValue;
  readonly effect: Effect;
  /** Of the loss in shares of it, of the update in shares of the longer one; null where neither was looked at. */
  readonly change: number | null;
}

/** What the first steps of a stage showed. */
export interface StageOutcome {
  readonly stage: string;
  /** Where the recipe has it: "stages.1". */
  readonly path: string;
  readonly secondsPerStep: number;
  /**
   * Trained tensors that no gradient reached, those whose gradient was 0 at each step or that are of experts without a
   * token, and frozen ones that one reached.
   */
  readonly unreached: readonly string[];
  readonly still: readonly string[];
  readonly stray: readonly string[];
  /** What it trains by name, and of which no tensor had another gradient than 0. */
  readonly idle: readonly string[];
  readonly options: readonly Outcome[];
}
