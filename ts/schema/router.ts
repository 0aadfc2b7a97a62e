import { z } from "zod";
import type { JsonValue } from "../errors.ts";
import { planNumbers } from "./options/router.ts";
import { fieldSchemas } from "./options/zod.ts";
import type { TaskId } from "./task.ts";

/** The item of a data set that a prompt is: what is known of it, and what it is asked for. */
export interface RoutedItem {
  /** Unique in its data set. */
  readonly id: string;
  /** The task it belongs to. */
  readonly task: TaskId;
  readonly use: "train" | "evaluate";
}

/** What the policy is asked about: the user's words, and the options if there are any. */
export interface RoutedPrompt {
  readonly text: string;
  readonly choices?: readonly string[];
  /** Absent for a question of a user's own. */
  readonly item?: RoutedItem;
}

/** A hard route: the task, how sure the policy is (0..1), and whether it fell back because it was not. */
export interface TaskRoute {
  readonly task: TaskId;
  readonly confidence: number;
  readonly fallback: boolean;
}

/** The router policy's whole decision for a span of optimizer steps; mirrors routing.proto. */
export interface RoutingPlan {
  /** First optimizer step of the stage this plan governs. */
  readonly effectiveFromStep: number;
  /** Experts chosen per token, 1..experts. */
  readonly topK: number;
  readonly balanceLossWeight: number;
  readonly zLossWeight: number;
  /** `["shared"]` in the task-shared stage, one per task in the task-specific stage. */
  readonly groups: readonly string[];
  /** MoE layers, shallowest first. */
  readonly layers: readonly LayerPlan[];
}

export interface LayerPlan {
  /** Where its experts stand: "vision.blocks.16.mlp". */
  readonly site: string;
  /** Selection bias per group and expert, in router-probability units. */
  readonly biasGE: readonly (readonly number[])[];
}

/** A plan as a checkpoint keeps it: every field there, none besides, its numbers in the ranges of the recipe's. */
export const routingPlanSchema = z.strictObject({
  effectiveFromStep: z.int().nonnegative(),
  ...fieldSchemas(planNumbers),
  groups: z.array(z.string()).min(1),
  layers: z.array(z.strictObject({ site: z.string(), biasGE: z.array(z.array(z.number())) })),
}) as unknown as z.ZodType<RoutingPlan>;

/** Image tokens each expert received in one optimizer step, summed over ranks: layer x group x expert. */
export interface ExpertLoad {
  readonly step: number;
  readonly tokensLGE: readonly (readonly (readonly number[])[])[];
  /** Of them those of patches that hold more than air; absent where nobody told them apart. */
  readonly bodyLGE?: readonly (readonly (readonly number[])[])[];
  /**
   * Layer x group: mean over its tokens of the entropy of the gate's probabilities, in nats, 0 where there were none:
   * ln(experts) is a gate that cannot decide, 0 one that is sure. Absent where nobody looked.
   */
  readonly gateEntropyLG?: readonly (readonly number[])[];
}

/** Shape of the experts a stage has, given to the policy when the stage begins. */
export interface PlanContext {
  readonly stage: string;
  readonly groups: readonly string[];
  /** Where experts stand, shallowest first. */
  readonly sites: readonly string[];
  readonly experts: number;
}

/**
 * Decides, in TypeScript and purely, which task a prompt belongs to and which plan governs the next steps.
 * Same inputs, same outputs: no clock, no randomness, no state between calls.
 */
export interface RouterPolicy {
  /** Name and version, recorded with every run. */
  readonly id: string;
  route(prompt: RoutedPrompt): TaskRoute;
  /**
   * Plan in force at step 0 of a stage.
   *
   * @param previous - the plan in force when the stage before ended; null when that had no experts. The stage
   * begins with clones of the experts that were trained under it: a token goes where it went, so biases and
   * `topK` are kept, those of one shared group in every group (`carriedPlan`).
   */
  firstPlan(context: PlanContext, previous: RoutingPlan | null): RoutingPlan;
  /** Next plan, given the one in force and the load observed under it; may return the same plan. */
  nextPlan(plan: RoutingPlan, load: ExpertLoad): RoutingPlan;
  /** Everything needed to rebuild the policy, for the checkpoint. */
  toState(): JsonValue;
}
