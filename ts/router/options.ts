import { z } from "zod";
import { TomoeError } from "../errors.ts";
import { complete, planNumbers, policyOptions } from "../schema/options/router.ts";
import type { Rows, ValuesOf } from "../schema/options/row.ts";
import { groupSchema } from "../schema/options/zod.ts";
import type { RoutingPlan } from "../schema/router.ts";

/** What the default policy decides by; the names, ranges and sentences are those of the recipe's `router`. */
export interface RouterPolicyConfig extends ValuesOf<typeof policyOptions> {}

const configSchema = groupSchema(complete(policyOptions));
const planSchema = groupSchema(planNumbers);

const pick = (rows: Rows, from: object): object =>
  Object.fromEntries(Object.entries(from).filter(([name]) => Object.hasOwn(rows, name)));

/**
 * The policy's own part of a recipe's `router`, checked; other keys of the recipe (experts, blocks, text
 * width) are the model's.
 *
 * @throws TomoeError `CONFIG_INVALID` listing every problem.
 */
export function checkRouterConfig(config: RouterPolicyConfig): RouterPolicyConfig {
  const parsed = configSchema.safeParse(pick(policyOptions, config));
  if (parsed.success) return parsed.data as RouterPolicyConfig;
  throw new TomoeError(
    "CONFIG_INVALID",
    `the router policy's configuration is invalid: ${z.prettifyError(parsed.error)}`,
    {
      hint: "Correct the values named under `router` in the recipe.",
      details: {
        issues: parsed.error.issues.map((issue) => ({ path: issue.path.join("."), message: issue.message })),
      },
    },
  );
}

/** The plan of a stage before the lift, where there are no experts to plan for: the recipe's numbers alone. */
export function emptyPlan(groups: readonly string[], config: RouterPolicyConfig): RoutingPlan {
  return { effectiveFromStep: 0, ...pick(planNumbers, config), groups, layers: [] } as unknown as RoutingPlan;
}

/** What is wrong with the numbers that a plan takes from the recipe: "topK must be a whole number of at least 1". */
export function planNumberProblems(plan: RoutingPlan): readonly string[] {
  const parsed = planSchema.safeParse(pick(planNumbers, plan));
  return parsed.error?.issues.map(({ path, message }) => `${path.join(".")} ${message}`) ?? [];
}
