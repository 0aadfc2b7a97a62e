import type { ResolvedExperiment } from "../../config/index.ts";
import { TomoeError } from "../../errors.ts";
import type { RouterPolicy, RoutingPlan } from "../../schema/router.ts";
import { openRun, type RunFolder, type VerifiedCheckpoint } from "../../track/read/index.ts";
import type { WorkerRoot } from "../../worker/index.ts";
import { baseRoots } from "../base/files.ts";
import { policyOf } from "../choose-policy.ts";
import { contractDigest } from "../prepare/contract.ts";
import { readResolved } from "../read-run.ts";
import { planOf } from "../train/conductor-state.ts";
import { chooseCheckpoint } from "./choose-checkpoint.ts";

/** Which run answers, and by which of its checkpoints. */
export interface RunChoice {
  /** Run id, the beginning of one, or "latest". */
  readonly run: string;
  readonly runsDir: string;
  /** Name of the checkpoint to answer with; the run's newest when absent. */
  readonly checkpoint?: string;
  /** A policy of the user's own, when the run was trained with one. */
  readonly policy?: RouterPolicy;
  readonly signal: AbortSignal;
}

/** A run that can answer: nothing of it is written. */
export interface ReadyRun {
  readonly folder: RunFolder;
  readonly resolved: ResolvedExperiment;
  /** Folders that workers may read for its base. */
  readonly roots: readonly WorkerRoot[];
  readonly checkpoint: VerifiedCheckpoint;
  readonly policy: RouterPolicy;
  /** Plan in force after the checkpoint's last step. */
  readonly plan: RoutingPlan;
}

/**
 * Opens a run to answer with: its checkpoint verified, its preprocess contract the one of this version.
 *
 * @throws TomoeError `RUN_NOT_FOUND`, `RECORD_INVALID`, those of `chooseCheckpoint` and `baseRoots`, `CHECKPOINT_INCOMPATIBLE`
 * for a model that was trained on other input than this version prepares.
 */
export async function readyRun(choice: RunChoice): Promise<ReadyRun> {
  const folder = await openRun(choice.runsDir, choice.run);
  const resolved = await readResolved(folder.paths.resolved);
  const checkpoint = await chooseCheckpoint({ folder, name: choice.checkpoint, signal: choice.signal });
  const trained = checkpoint.manifest.facts.preprocessDigest,
    here = contractDigest(resolved);
  if (trained !== here) {
    throw new TomoeError(
      "CHECKPOINT_INCOMPATIBLE",
      `checkpoint ${checkpoint.ref.name} was trained on another preprocessing than this version does`,
      { hint: "Use the version of Tomoe that trained it, or train again.", details: { trained, here } },
    );
  }
  const policy = policyOf(checkpoint, choice.policy);
  const roots = baseRoots(resolved.config);
  return { folder, resolved, roots, checkpoint, policy, plan: planOf({ checkpoint, resolved }) };
}
