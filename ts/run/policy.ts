import { TomoeError, type JsonValue } from "../errors.ts";
import type { RouterPolicy, RoutingPlan } from "../schema/router.ts";
import type { VerifiedCheckpoint } from "../track/index.ts";
import { planAt } from "./plan-book.ts";

/** The plan a checkpoint would go on with: what governs generation and scoring too. */
export function planInForce(checkpoint: VerifiedCheckpoint): RoutingPlan {
  const { conductor } = checkpoint.manifest.parts;
  const plans = typeof conductor === "object" && conductor !== null && "plans" in conductor ? (conductor as { readonly plans: JsonValue }).plans : undefined;
  if (!Array.isArray(plans)) throw new TomoeError("CHECKPOINT_INVALID", `checkpoint ${checkpoint.ref.name} holds no routing plan`, { hint: "it was written by another version of Tomoe" });
  return planAt({ plans: plans as unknown as readonly RoutingPlan[] }, checkpoint.manifest.step);
}
