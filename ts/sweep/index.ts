/** What a sweep tries next, and where it stands; pure. */

export { checkPlan } from "./check-plan.ts";
export { importances } from "./importance.ts";
export { bestOf, budgetLeft, isOver } from "./progress.ts";
export { isPoint, isPruned } from "./prune.ts";
export type { Before, Proposal, Sampler } from "./sampler.ts";
export { inOrder, isActive, rounded, samplerOf } from "./sampler.ts";
export { runSeed, trialSeed } from "./seeds.ts";
export { dimensionsOf } from "./space.ts";
export type { SweepState, TrialState } from "./state.ts";
export { sweepState } from "./state.ts";
export type { SweepTrial } from "./trial-row.ts";
export { trialRow } from "./trial-row.ts";
