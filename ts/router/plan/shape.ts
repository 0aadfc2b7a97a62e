import { TomoeError } from "../../errors.ts";
import type { ExpertLoad, PlanContext, RoutingPlan } from "../../schema/router.ts";

/** Experts per layer and group of a plan, as "layers x groups x experts". */
export function planShape(plan: RoutingPlan): string {
  const experts = new Set(plan.layers.flatMap((layer) => layer.biasGE.map((biasE) => biasE.length)));
  return `${plan.layers.length} x ${plan.groups.length} x ${experts.size === 1 ? [...experts].join() : `[${[...experts].join(", ")}]`}`;
}

/** What a plan says beside the biases. */
type PlanWeights = Omit<RoutingPlan, "effectiveFromStep" | "groups" | "layers">;

/**
 * The plan of the first step of the first stage with experts: all biases 0.
 *
 * @param context - groups, sites and experts of the stage.
 * @param weights - experts per token and loss weights.
 * @throws TomoeError `ROUTER_SHAPE` when more experts per token are asked for than there are, or a count is
 * not whole.
 */
export function zeroBiasPlan(context: PlanContext, weights: PlanWeights): RoutingPlan {
  const { experts, groups, sites, stage } = context;
  if (!Number.isInteger(experts) || experts < 1 || groups.length === 0 || sites.length === 0) {
    throw new TomoeError(
      "ROUTER_SHAPE",
      `stage "${stage}" has ${experts} experts in ${groups.length} groups and ${sites.length} layers`,
      {
        hint: "A stage with experts has at least one layer, one group and one expert.",
        details: { stage, experts, groups: groups.length, layers: sites.length },
      },
    );
  }
  if (choosesTooMany(weights, experts)) {
    throw new TomoeError(
      "ROUTER_SHAPE",
      `topK ${weights.topK} is more than the ${experts} experts of stage "${stage}"`,
      {
        hint: "Lower `topK` or raise `tokenExperts` in the recipe's router.",
        details: { topK: weights.topK, experts, stage },
      },
    );
  }
  return {
    effectiveFromStep: 0,
    ...weights,
    groups: [...groups],
    layers: sites.map((site) => ({
      site,
      biasGE: groups.map(() => Array.from({ length: experts }, () => 0)),
    })),
  };
}

/**
 * The plan of a stage's first step under the biases that its experts were trained with: a group keeps its
 * own, and where one group was shared until now, each clone of it takes that one's.
 *
 * @param previous - the plan in force when the stage before ended; null gives `zeroBiasPlan`.
 * @throws TomoeError as `zeroBiasPlan`; `ROUTER_SHAPE` when `previous` says nothing of a site, group or expert.
 */
export function carriedPlan(
  context: PlanContext,
  previous: RoutingPlan | null,
  weights: PlanWeights,
): RoutingPlan {
  const first = zeroBiasPlan(context, weights);
  if (previous === null) return first;
  const layers = first.layers.map(({ site }) => ({
    site,
    biasGE: context.groups.map((group) => biasOf(previous, site, group)),
  }));
  if (layers.every(({ biasGE }) => biasGE.every((biasE) => biasE?.length === context.experts)))
    return { ...first, layers: layers as RoutingPlan["layers"] };
  throw new TomoeError(
    "ROUTER_SHAPE",
    `stage "${context.stage}" cannot go on from a plan of ${planShape(previous)} (layers x groups x experts): it has ${planShape(first)}`,
    {
      hint: "Between stages the experts stay as they are, or one shared group is cloned for each task.",
      details: { stage: context.stage, previous: planShape(previous), plan: planShape(first) },
    },
  );
}

/** The biases that the experts of a group were trained under: the group's own, else those of the only group. */
function biasOf({ groups, layers }: RoutingPlan, site: string, group: string): readonly number[] | undefined {
  const own = groups.length === 1 ? 0 : groups.indexOf(group);
  return layers.find((layer) => layer.site === site)?.biasGE[own];
}

/** A plan from a step on under which a token has no more than so many experts; the plan itself where it has not. */
export function choosingFewer(plan: RoutingPlan, most: number, step: number): RoutingPlan {
  return plan.topK <= most ? plan : { ...plan, topK: most, effectiveFromStep: step };
}

/** Whether a plan chooses more experts per token than there are. */
export function choosesTooMany({ topK }: Pick<RoutingPlan, "topK">, experts: number): boolean {
  return topK > experts;
}

/**
 * Refuses a load that was not counted under a plan of this shape.
 *
 * @throws TomoeError `ROUTER_SHAPE` when layers, groups or experts differ, or a count is no whole number of
 * at least 0;
 *   `ROUTER_PLAN_STALE` when the load is of a step before the plan governs.
 */
export function checkLoad(plan: RoutingPlan, load: ExpertLoad): void {
  const found = [
    load.tokensLGE.length,
    ...new Set(load.tokensLGE.map((tokensGE) => tokensGE.length)),
    ...new Set(load.tokensLGE.flat().map((tokensE) => tokensE.length)),
  ].join(" x ");
  const fits =
    load.tokensLGE.length === plan.layers.length &&
    plan.layers.every((layer, l) => {
      const tokensGE = load.tokensLGE[l] ?? [];
      return (
        tokensGE.length === layer.biasGE.length &&
        layer.biasGE.every((biasE, g) => tokensGE[g]?.length === biasE.length)
      );
    });
  if (!fits) {
    throw new TomoeError(
      "ROUTER_SHAPE",
      `the expert load of step ${load.step} is ${found} (layers x groups x experts), the plan ${planShape(plan)}`,
      {
        hint: "Load and plan must come from the same stage of the same model.",
        details: { step: load.step, load: found, plan: planShape(plan) },
      },
    );
  }
  const odd = load.tokensLGE.flat(2).find((tokens) => !Number.isSafeInteger(tokens) || tokens < 0);
  if (odd !== undefined) {
    throw new TomoeError(
      "ROUTER_SHAPE",
      `the expert load of step ${load.step} holds ${odd}: token counts are whole numbers of at least 0`,
      {
        hint: "Loads are summed over ranks as integers; look at what reported this one.",
        details: { step: load.step },
      },
    );
  }
  if (!Number.isSafeInteger(load.step) || load.step < plan.effectiveFromStep) {
    throw new TomoeError(
      "ROUTER_PLAN_STALE",
      `the load is of step ${load.step}, the plan governs from step ${plan.effectiveFromStep}`,
      {
        hint: "Hand the policy the plan that was in force at the load's step: `planInForce`.",
        details: { step: load.step, effectiveFromStep: plan.effectiveFromStep },
      },
    );
  }
}
