import { allStages, type ResolvedExperiment, type RunStart, runStart } from "../../config/index.ts";
import { type JsonValue, TomoeError } from "../../errors.ts";
import { digestJson } from "../../schema/digest.ts";
import type { ModelSpec } from "../../schema/model.ts";
import type { RoutingPlan } from "../../schema/router.ts";
import { openRun, type RunFolder, type VerifiedCheckpoint } from "../../track/read/index.ts";
import { chooseCheckpoint } from "../predict/choose-checkpoint.ts";
import { contractDigest } from "../prepare/contract.ts";
import { readModel, readResolved } from "../read-run.ts";
import { planOf, readConductorState } from "../train/conductor-state.ts";
import { type Difference, differences } from "./differences.ts";

/** A run that another one starts from, opened; nothing of it is written. */
export interface SourceRun {
  readonly facts: RunStart;
  readonly folder: RunFolder;
  readonly checkpoint: VerifiedCheckpoint;
  readonly resolved: ResolvedExperiment;
  /** What its model was made of. */
  readonly model: ModelSpec;
  /** Plan in force after the checkpoint's last step, from the first step on. */
  readonly plan: RoutingPlan;
}

/** Which run, and by which of its checkpoints. */
export interface SourceChoice {
  /** Run id, the beginning of one, or "latest". */
  readonly run: string;
  readonly checkpoint?: string | undefined;
  readonly runsDir: string;
  readonly signal: AbortSignal;
}

/**
 * Opens a run to start from: its checkpoint verified, what it is told.
 *
 * @throws TomoeError `RUN_NOT_FOUND`, `RECORD_INVALID`, those of `chooseCheckpoint`.
 */
export async function openSourceRun({
  run,
  checkpoint: name,
  runsDir,
  signal,
}: SourceChoice): Promise<SourceRun> {
  const folder = await openRun(runsDir, run);
  const resolved = await readResolved(folder.paths.resolved);
  const checkpoint = await chooseCheckpoint({ folder, name, signal });
  const { lifted, stageIndex } = readConductorState({ checkpoint, resolved });
  return {
    facts: {
      runId: folder.runId,
      checkpoint: checkpoint.ref.name,
      weightsDigest: digestJson(checkpoint.manifest.files, "the files of a checkpoint"),
      lifted,
      routing: allStages(resolved.config)[stageIndex]?.stage.routing ?? "shared",
      base: rootBase(resolved),
    },
    folder,
    checkpoint,
    resolved,
    model: await readModel(folder.paths.model),
    plan: { ...planOf({ checkpoint, resolved }), effectiveFromStep: 0 },
  };
}

/** The base that a run began with, or the run that it started from, or the first of the line. */
function rootBase({ config }: ResolvedExperiment): RunStart["base"] {
  // A base without a start is of no run.
  return runStart(config)?.base ?? (config.model.base as RunStart["base"]);
}

/**
 * Opens the run that a resolved experiment was pinned to, once more.
 *
 * @throws TomoeError as `openSourceRun`; `CHECKPOINT_INCOMPATIBLE` when its checkpoint is another one by now.
 */
export async function findSourceRun(
  start: RunStart,
  { runsDir, signal }: Pick<SourceChoice, "runsDir" | "signal">,
): Promise<SourceRun> {
  const { runId: run, checkpoint } = start;
  const found = await openSourceRun({ run, checkpoint, runsDir, signal });
  if (found.facts.weightsDigest === start.weightsDigest) return found;
  throw new TomoeError(
    "CHECKPOINT_INCOMPATIBLE",
    `checkpoint ${checkpoint} of run ${run} is another than the one that this run was resolved with`,
    {
      hint: "Put the run back as it was, or start a new run from it as it is now.",
      details: { found: found.facts.weightsDigest, expected: start.weightsDigest },
    },
  );
}

/**
 * Refuses an experiment whose model is another than that of the run it starts from.
 *
 * @throws TomoeError `CONFIG_INVALID` naming every leaf that differs; `CHECKPOINT_INCOMPATIBLE` for another way to
 * prepare volumes.
 */
export function requireSameModel(resolved: ResolvedExperiment, source: SourceRun): void {
  const found = differences(comparedOf(resolved), comparedOf(source.resolved));
  const { runId } = source.facts;
  if (found.length > 0)
    throw new TomoeError(
      "CONFIG_INVALID",
      [`a run that starts from ${runId} has that run's model and router:`, ...found.map(told)].join("\n  "),
      {
        hint: "Write these as they were in that run; its resolved.json has them all.",
        details: { runId, problems: found as unknown as JsonValue },
      },
    );
  const there = source.checkpoint.manifest.facts.preprocessDigest,
    here = contractDigest(resolved);
  if (here !== there)
    throw new TomoeError(
      "CHECKPOINT_INCOMPATIBLE",
      `run ${runId} was trained on volumes prepared in another way than this experiment prepares them`,
      { hint: "Prepare the data as that run did, or train again.", details: { here, there } },
    );
}

/** What of an experiment makes its model, with the paths a recipe has it by. */
function comparedOf({ config }: ResolvedExperiment): JsonValue {
  const { model, router, data, execution } = config;
  const { base: _base, ...lift } = model;
  const { sizeDHW, windowHu } = data;
  const { precision, recompute, compile } = execution;
  const compared = {
    model: lift,
    router,
    data: { sizeDHW, windowHu },
    execution: { precision, recompute, compile },
  };
  return plainOf(compared);
}

const plainOf = (value: object): JsonValue => JSON.parse(JSON.stringify(value)) as JsonValue;
const told = ({ path, here, there }: Difference): string => `${path} is ${here}, there it is ${there}`;

/**
 * The model of the run, for data that may have other labels than its own.
 *
 * @param wanted - as the experiment and its data would make it.
 * @throws TomoeError `CHECKPOINT_INCOMPATIBLE` naming a label that the run's model has no head for, or what of it is
 * another than the data make it.
 */
export function modelFrom({ model, facts: { runId } }: SourceRun, wanted: ModelSpec): ModelSpec {
  const heads = new Map(model.facts.map(({ name, classes }) => [name, classes]));
  const strange = wanted.facts
    .filter(({ name, classes }) => heads.get(name) !== classes)
    .map(({ name, classes }) => `fact "${name}" of ${classes} classes`);
  if (wanted.patchClasses !== 0 && wanted.patchClasses !== model.patchClasses)
    strange.push(`patch labels of ${wanted.patchClasses} classes`);
  if (strange.length > 0)
    throw new TomoeError(
      "CHECKPOINT_INCOMPATIBLE",
      `the model of run ${runId} has no head for ${strange.join(", ")}`,
      {
        hint: "Use data with the labels of that run, or leave them out of the data.",
        details: { runId, labels: strange },
      },
    );
  // Base and heads are the run's; words that no stage reads are not asked for.
  const { base, facts, patchClasses } = model;
  const words = wanted.words.length === 0 ? model.words : wanted.words;
  const found = differences(plainOf({ ...wanted, base, facts, patchClasses, words }), plainOf(model));
  if (found.length === 0) return model;
  throw new TomoeError(
    "CHECKPOINT_INCOMPATIBLE",
    [`the model of run ${runId} is another than the data ask for:`, ...found.map(told)].join("\n  "),
    {
      hint: "Use data like that run's, or train a model of their own.",
      details: { runId, problems: found as unknown as JsonValue },
    },
  );
}
