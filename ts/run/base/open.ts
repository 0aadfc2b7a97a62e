import {
  type BaseToOpen,
  baseToOpen,
  type Experiment,
  leavesPrecision,
  type RecipeSource,
  type ResolvedExperiment,
  resolveExperiment,
} from "../../config/index.ts";
import { defined } from "../../defined.ts";
import type { Precision } from "../../schema/model.ts";
import { type DeviceChoice, thisMachine, type WorkerSource } from "../workers.ts";
import { filesFolder } from "./files.ts";
import { openSourceRun, requireSameModel } from "./source-run.ts";

/** What an experiment is resolved from, and where its base may be looked for. */
export interface ToResolve {
  readonly experiment: Experiment;
  readonly seed?: number;
  /** `path=value` overrides. */
  readonly set: readonly string[];
  /** The recipe's text, so that a configuration error can name its line. */
  readonly source?: RecipeSource;
  readonly runsDir: string;
  readonly device: DeviceChoice;
  readonly signal: AbortSignal;
  /** Where worker processes come from; this machine when absent. */
  readonly workers?: WorkerSource;
}

/**
 * Resolves an experiment once its base is known: published files and runs are opened first, and what they are
 * becomes part of the resolved configuration, as does what the device computes in where that was left to it.
 * Nothing is written.
 *
 * @throws TomoeError `CONFIG_*` as `resolveExperiment`; of the base `PATH_NOT_FOUND`, `USAGE_INVALID`, `CHECKPOINT_*`;
 * `RUN_NOT_FOUND`; `ENVIRONMENT` without a Python.
 */
export async function resolveOpened(job: ToResolve): Promise<ResolvedExperiment> {
  const { experiment, set, seed, source } = job;
  const written = { set, ...defined({ seed, source }) };
  const options = { ...written, ...(await precisionFor(job, leavesPrecision(experiment.input, written))) };
  const asked = baseToOpen(experiment.input, options);
  if (asked === undefined) return resolveExperiment(experiment.input, options);
  if (asked.of === "run") {
    const start = await openSourceRun({ ...asked, runsDir: job.runsDir, signal: job.signal });
    const resolved = resolveExperiment(experiment.input, { ...options, opened: start.facts });
    requireSameModel(resolved, start);
    return resolved;
  }
  const opened = await openFiles(asked, job);
  return resolveExperiment(experiment.input, { ...options, opened });
}

/** What the device computes in, where it was left to that. */
async function precisionFor(
  { workers = thisMachine, device, signal }: ToResolve,
  isOpen: boolean,
): Promise<{ readonly precision?: Precision }> {
  if (!isOpen) return {};
  return { precision: (await workers.hasBfloat16({ device, signal })) ? "fast" : "strict" };
}

async function openFiles(
  { place, use }: Extract<BaseToOpen, { readonly of: "files" }>,
  { workers = thisMachine, signal }: ToResolve,
): ReturnType<WorkerSource["openBase"]> {
  return await workers.openBase({ folder: filesFolder(place), ...use, signal });
}
