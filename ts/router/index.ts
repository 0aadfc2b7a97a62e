/**
 * The TGH-MoE router policy: prompt -> task, and (plan, load) -> next plan. Pure: no files, clock, randomness
 * or state between calls.
 */

export type { ContractViolation } from "./contract/suite.ts";
export { defineRouterPolicy, routerPolicyContract } from "./contract/suite.ts";
export { emptyPlan, type RouterPolicyConfig } from "./options.ts";
export { balanceByBias } from "./plan/balance.ts";
export { planInForce, replayPlans } from "./plan/replay.ts";
export { carriedPlan, zeroBiasPlan } from "./plan/shape.ts";
export { policyDigest, policyWith, routerPolicyFromState, taskRouterPolicy } from "./policy.ts";
export type { ClassProbabilities, PromptClassifier } from "./prompt/classifier.ts";
export {
  promptClassifierFromState,
  promptTrainingDefaults,
  trainPromptClassifier,
} from "./prompt/classifier.ts";
export type { PromptTrainingOptions } from "./prompt/model.ts";
export type { PromptClass, PromptExample } from "./prompt/texts/examples.ts";
export { defaultPromptExamples } from "./prompt/texts/examples.ts";
