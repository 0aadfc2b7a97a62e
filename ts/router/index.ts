/**
 * The TGH-MoE router policy: prompt -> task, and (plan, load) -> next plan. Pure: no files, clock, randomness
 * or state between calls.
 */

export { balanceByBias } from "./balance.ts";
export type { ClassProbabilities, PromptClassifier } from "./classifier.ts";
export { promptClassifierFromState, promptTrainingDefaults, trainPromptClassifier } from "./classifier.ts";
export type { RouterPolicyConfig } from "./config.ts";
export type { ContractViolation } from "./contract.ts";
export { defineRouterPolicy, routerPolicyContract } from "./contract.ts";
export type { PromptClass, PromptExample } from "./corpus/examples.ts";
export { defaultPromptExamples } from "./corpus/examples.ts";
export { zeroBiasPlan } from "./plan.ts";
export { routerPolicyFromState, taskRouterPolicy } from "./policy.ts";
export type { PromptTrainingOptions } from "./prompt-model.ts";
export { planInForce, replayPlans } from "./replay.ts";
