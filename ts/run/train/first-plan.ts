import { groupsOf, moeSites, type ResolvedExperiment } from "../../config/index.ts";
import { emptyPlan } from "../../router/index.ts";
import type { StageConfig } from "../../schema/experiment.ts";
import type { PlanContext, RouterPolicy, RoutingPlan } from "../../schema/router.ts";

/** A stage as planned for: with experts once the model is lifted, without any before. */
export interface PlannedStage {
  readonly resolved: ResolvedExperiment;
  readonly stage: StageConfig;
  readonly lifted: boolean;
}

/** The experts that every plan of a stage decides on; no sites before the lift, and in a dense model. */
export function planContext(planned: PlannedStage): PlanContext {
  const { config } = planned.resolved;
  return {
    stage: planned.stage.name,
    groups: groupsOf(config, planned.stage),
    sites: planned.lifted ? moeSites(config) : [],
    experts: config.router.tokenExperts,
  };
}

/**
 * The plan a stage begins with: the policy's, or the empty one where there are no experts to plan for.
 *
 * @param previous - the plan in force when the stage before ended; null for the first one.
 */
export function firstPlan({
  policy,
  previous,
  ...planned
}: PlannedStage & { readonly policy: RouterPolicy; readonly previous: RoutingPlan | null }): RoutingPlan {
  const context = planContext(planned);
  // A plan without layers is of a stage before the lift: its experts are not there to be kept.
  const kept = previous !== null && previous.layers.length > 0 ? previous : null;
  if (context.sites.length > 0) return policy.firstPlan(context, kept);
  return emptyPlan(context.groups, planned.resolved.config.router);
}
