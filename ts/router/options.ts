import { z } from "zod";
import { TomoeError } from "../errors.ts";
import { type TaskId, taskIds } from "../schema/task.ts";

/** What the default policy decides by; the names are those of the recipe's `router`. */
export interface RouterPolicyConfig {
  /** Tasks the model has; a prompt is never routed to another. */
  readonly tasks: readonly TaskId[];
  /** Experts chosen per image token, 1..the layer's experts. */
  readonly topK: number;
  /** `bias` steers selection by loss-free balancing, `loss` by an auxiliary loss, `none` not at all. */
  readonly balance: "bias" | "loss" | "none";
  /** Bias change per step, in router-probability units (0..1). */
  readonly biasRate: number;
  /** Weight of the balance loss: above 0 with `balance: "loss"`, else 0. */
  readonly balanceLossWeight: number;
  /** Weight of the router z-loss, at least 0. */
  readonly zLossWeight: number;
  /** A plan decided on step n's load governs from step n + planLag; at least 1. */
  readonly planLag: number;
  /** Below this probability of its best task (0..1) a prompt falls back. */
  readonly confidenceThreshold: number;
}

/** The policy's configuration as a checkpoint holds it. */
export const routerPolicyConfigSchema = z
  .strictObject({
    tasks: z
      .array(z.enum(taskIds))
      .min(1)
      .refine((tasks) => new Set(tasks).size === tasks.length, { error: "a task is named twice" }),
    topK: z.int().positive(),
    balance: z.enum(["bias", "loss", "none"]),
    biasRate: z.number().positive(),
    balanceLossWeight: z.number().nonnegative(),
    zLossWeight: z.number().nonnegative(),
    planLag: z.int().positive(),
    confidenceThreshold: z.number().min(0).max(1),
  })
  .refine((config) => (config.balance === "loss") === config.balanceLossWeight > 0, {
    error: (issue) =>
      `balance "${String((issue.input as { balance?: unknown }).balance)}" with balanceLossWeight ${String((issue.input as { balanceLossWeight?: unknown }).balanceLossWeight)}: ` +
      `"loss" needs a weight above 0 (0.01 is usual), the others a weight of 0`,
  });

/**
 * The policy's own part of a recipe's `router`, checked; other keys of the recipe (experts, blocks, text
 * width) are the model's.
 *
 * @throws TomoeError `CONFIG_INVALID` listing every problem.
 */
export function checkRouterConfig(config: RouterPolicyConfig): RouterPolicyConfig {
  const { tasks, topK, balance, biasRate, balanceLossWeight, zLossWeight, planLag, confidenceThreshold } =
    config;
  const parsed = routerPolicyConfigSchema.safeParse({
    tasks: [...tasks],
    topK,
    balance,
    biasRate,
    balanceLossWeight,
    zLossWeight,
    planLag,
    confidenceThreshold,
  });
  if (parsed.success) return parsed.data;
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
