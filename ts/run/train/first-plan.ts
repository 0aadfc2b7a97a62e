import { moeBlocks, type ResolvedExperiment } from "../../config/index.ts";
import type { StageConfig } from "../../schema/experiment.ts";
import type { PlanContext, RouterPolicy, RoutingPlan } from "../../schema/router.ts";

/** A stage as planned for: with experts once the model is lifted, without any before. */
export interface PlannedStage {
  readonly resolved: ResolvedExperiment;
  readonly stage: StageConfig;
  readonly lifted: boolean;
}

/** Expert groups of a stage: one shared, or one a task. */
export function groupsOf({ resolved, stage }: Omit<PlannedStage, "lifted">): readonly string[] {
  return stage.routing === "per-task" ? resolved.config.router.tasks : ["shared"];
}

/** The experts that every plan of a stage decides on; no blocks before the lift. */
export function planContext(planned: PlannedStage): PlanContext {
  const { config } = planned.resolved;
  return {
    stage: planned.stage.name,
    groups: groupsOf(planned),
    blocks: planned.lifted ? moeBlocks(config) : [],
    experts: config.router.tokenExperts,
  };
}

/** The plan a stage begins with: the policy's, or the empty one where there are no experts to plan for. */
export function firstPlan({
  policy,
  ...planned
}: PlannedStage & { readonly policy: RouterPolicy }): RoutingPlan {
  const context = planContext(planned);
  if (planned.lifted) return policy.firstPlan(context);
  return {
    effectiveFromStep: 0,
    topK: planned.resolved.config.router.topK,
    balanceLossWeight: 0,
    zLossWeight: 0,
    groups: context.groups,
    layers: [],
  };
}
