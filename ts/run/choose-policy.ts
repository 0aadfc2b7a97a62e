import type { ResolvedExperiment } from "../config/index.ts";
import { routerPolicyFromState, taskRouterPolicy } from "../router/index.ts";
import type { RouterPolicy } from "../schema/router.ts";
import type { VerifiedCheckpoint } from "../track/read/index.ts";

/** The policy a run is conducted by: the user's own, or the one its router describes. */
export function policyFor(resolved: ResolvedExperiment, own?: RouterPolicy): RouterPolicy {
  if (own !== undefined) return own;
  return taskRouterPolicy(resolved.config.router);
}

/**
 * The policy a checkpoint was made with, rebuilt from its state.
 *
 * @throws TomoeError `CHECKPOINT_INCOMPATIBLE` when it was a user's own and none is given here.
 */
export function policyOf(checkpoint: VerifiedCheckpoint, own?: RouterPolicy): RouterPolicy {
  return own ?? routerPolicyFromState(checkpoint.manifest.parts.routerPolicy);
}
