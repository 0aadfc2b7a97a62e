import type { Batch } from "../schema/batch.ts";
import type { RoutingPlan } from "../schema/router.ts";
import type { StageSpec } from "../schema/stage.ts";

/** Which of a job's stages, plans and batches a trial is of, by their places; mirrors trial.proto. */
export interface StageTrial {
  readonly stage: number;
  readonly plan: number;
  /** Step of the stage that its first batch counts as. */
  readonly firstStep: number;
  /** Place of the trial whose end it is compared with: an earlier one that stands beside itself, or its own. */
  readonly beside: number;
  /** One a step. */
  readonly batches: readonly number[];
}

/** A few steps of one stage, again and again with other numbers; all stages train the same on the same objectives. */
export interface TrialJob {
  readonly stages: readonly StageSpec[];
  readonly plans: readonly RoutingPlan[];
  readonly batches: readonly Batch[];
  readonly trials: readonly StageTrial[];
}

/** What a trial came to; mirrors trial.proto. */
export interface TriedStage {
  /** A loss or gradient was not finite: the steps end before it. */
  readonly diverged: boolean;
  /** Of each step that was done. */
  readonly losses: readonly number[];
  readonly gradientNorms: readonly number[];
  /** Length, over all that trains, of what the steps moved. */
  readonly moved: number;
  /** Length of what lies between this end and that of the trial it stands beside; 0 when they are equal bit by bit. */
  readonly apart: number;
  readonly seconds: number;
  /** Of a trial beside itself: trained tensors that no gradient reached, though tokens came to the experts they are of. */
  readonly unreached: readonly string[];
  /** Trained tensors whose gradient was 0 at each step, and those of experts that no token came to. */
  readonly still: readonly string[];
  /** Frozen tensors that a gradient reached. */
  readonly stray: readonly string[];
  /** What the stage trains by name, and of which no tensor had another gradient than 0. */
  readonly idle: readonly string[];
}
