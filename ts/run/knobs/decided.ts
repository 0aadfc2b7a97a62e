import type { JsonValue } from "../../errors.ts";
import { planInForce, policyWith } from "../../router/index.ts";
import type { ExpertLoad, RouterPolicy, RoutingPlan } from "../../schema/router.ts";
import type { Option } from "./options.ts";
import { type StageAt, type StageParts, varied } from "./variation.ts";

/** A stage with an option changed, and what it is compared with where that is not the stage as it begins. */
interface Pair {
  readonly tried: StageParts;
  readonly beside?: StageParts;
}

/** Whether a policy decides its plans by an option; it is tried by plans of later steps, which the first does not show. */
export const isDecided = ({ row }: Option): boolean => row.decides === "plan";

/** Whether it can be tried so: another value of it is another policy, and a user's own cannot be made by anybody else. */
export const canDecide = (policy: RouterPolicy): boolean => policyWith(policy, {}) !== undefined;

/** A stage beside the one with another value of an option, each with the plan that it would then have. */
export function pairOf(at: StageAt, option: Option, value: JsonValue): Pair {
  const name = option.path.slice(option.path.lastIndexOf(".") + 1);
  const other = isDecided(option) ? policyWith(at.policy, { [name]: value }) : undefined;
  if (other === undefined) return { tried: varied(at, option, value) };
  const [beside, tried] = plansApart(at, at.policy, other);
  return { tried: { spec: at.spec, plan: tried }, beside: { spec: at.spec, plan: beside } };
}

/**
 * The plans of two policies at a step of a stage where they differ: as decided on the last load whose plan still comes into
 * force or is handed on, when a choice of experts has hardened, else on the first; one plan twice where they agree on both.
 */
function plansApart(at: StageAt, ...policies: readonly [RouterPolicy, RouterPolicy]): Plans {
  const begun = policies.map((policy) => ({ policy, first: at.planOf(policy) }));
  // Where no experts are, no policy is asked for another plan.
  const decidedOn = (step: number): { readonly step: number; readonly plans: Plans } => {
    const plans = begun.map(({ policy, first }) =>
      first.layers.length === 0 ? [first] : [first, policy.nextPlan(first, unevenLoad(first, step))],
    );
    const changes = plans.flat().flatMap(({ effectiveFromStep: from }) => (from > step ? [from] : []));
    const seen = Math.min(...changes.filter((from) => from <= at.stage.steps));
    const inForce = plans.map((some) => planInForce(some, Number.isFinite(seen) ? seen : 0));
    return { step: seen, plans: inForce as unknown as Plans };
  };
  const early = decidedOn(0);
  const late = Number.isFinite(early.step) ? decidedOn(at.stage.steps - early.step) : early;
  return isApart(late.plans) ? late.plans : early.plans;
}

type Plans = readonly [RoutingPlan, RoutingPlan];

const isApart = ([one, other]: Plans): boolean => saysOf(one) !== saysOf(other);

/** What a plan tells the experts, whenever it was decided. */
const saysOf = (plan: RoutingPlan): string => JSON.stringify({ ...plan, effectiveFromStep: 0 });

/** Rising from expert to expert, so that no balance leaves it as it is. */
function unevenLoad({ layers }: RoutingPlan, step: number): ExpertLoad {
  return {
    step,
    tokensLGE: layers.map(({ biasGE }) => biasGE.map((biasE) => biasE.map((_, expert) => expert + 1))),
  };
}
