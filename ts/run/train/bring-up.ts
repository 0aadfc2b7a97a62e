import { allStages, buildModelSpec, fittedVocab } from "../../config/index.ts";
import { type JsonValue, TomoeError } from "../../errors.ts";
import { jsonText } from "../../files/index.ts";
import type { ModelSpec } from "../../schema/model.ts";
import { compareManifests, type VerifiedCheckpoint } from "../../track/read/index.ts";
import { modelFrom, type SourceRun } from "../base/source-run.ts";
import { type Attempt, type RunJob, recordEvent } from "../job.ts";
import type { PlanBook } from "../plan-book.ts";
import { readConductorState } from "./conductor-state.ts";
import { reproFacts } from "./repro-facts.ts";

/** Where a run stands: the stage and the steps of it that are done. */
export interface Cursor {
  readonly stageIndex: number;
  readonly nextStep: number;
  readonly lifted: boolean;
  /** The stage ended before its last step: the next one is next. */
  readonly ended?: boolean;
  /** The plans a checkpoint held; null at the beginning. */
  readonly book: PlanBook | null;
  /** False when numbers may differ from those recorded before, for a stated reason. */
  readonly bitExact: boolean;
  readonly tokenizerDigest: string;
}

/** The model as the experiment and its data would make it, around a tokenizer of so many tokens. */
function modelOf({ corpus, resolved }: RunJob, vocab: number): ModelSpec {
  const { facts, patchClasses, words, preprocessDigest } = corpus;
  return buildModelSpec(resolved.config, { facts, patchClasses, words, preprocessDigest, vocab });
}

/** Fits a tokenizer on every rank; 0 for a base that brings its own. */
async function fitVocab({ job, pool }: Attempt): Promise<number> {
  const most = fittedVocab(job.resolved.config);
  if (most === undefined) return 0;
  const { tokenizerLines } = job.corpus;
  return (await pool.same("tokenizer", (rank) => rank.fitTokenizer(tokenizerLines, most))).vocab;
}

/** The 2D model at its beginning, on every rank: weights drawn, or as they were published. */
async function begin(attempt: Attempt): Promise<Cursor> {
  const { job, pool } = attempt;
  const spec = modelOf(job, await fitVocab(attempt));
  await job.owned.write("model.json", jsonText(spec));
  const { groups, tokenizerDigest } = await pool.same("model", (rank) =>
    rank.createModel(spec, job.resolved.config.seed),
  );
  await recordEvent(job, {
    kind: "model-created",
    key: "model",
    data: { groups: groups as unknown as JsonValue, tokenizerDigest },
  });
  return {
    stageIndex: 0,
    nextStep: 0,
    lifted: false,
    book: null,
    bitExact: true,
    tokenizerDigest,
  };
}

/** The model as another run left it, on every rank; what that run's optimizer knew is left there. */
async function startFrom({ job, pool }: Attempt, source: SourceRun): Promise<Cursor> {
  const { checkpoint, facts, plan } = source;
  const spec = modelFrom(source, modelOf(job, 0));
  await job.owned.write("model.json", jsonText(spec));
  const state = await pool.same("source", (rank) =>
    rank.loadCheckpoint({ root: "source", path: checkpoint.ref.name }, checkpoint.manifest.files, false),
  );
  const { lifted, tokenizerDigest, weightsDigest } = state;
  await recordEvent(job, {
    kind: "model-taken",
    key: "model",
    data: { runId: facts.runId, checkpoint: facts.checkpoint, lifted, tokenizerDigest, weightsDigest },
  });
  return { stageIndex: 0, nextStep: 0, lifted, book: { plans: [plan] }, bitExact: true, tokenizerDigest };
}

/** The state a checkpoint holds, on every rank, once what is here now has been compared with it. */
async function resumeFrom({ job, pool }: Attempt, checkpoint: VerifiedCheckpoint): Promise<Cursor> {
  const { ref, manifest } = checkpoint;
  const { tokenizerDigest } = manifest.facts;
  const verdict = compareManifests(manifest.facts, reproFacts({ job, pool, tokenizerDigest }));
  if (verdict.verdict === "refuse")
    throw new TomoeError(
      "CHECKPOINT_INCOMPATIBLE",
      `checkpoint ${ref.name} cannot be resumed from here: ${verdict.reasons.join("; ")}`,
      {
        hint: "Resume with what the run was made with, or start a new run.",
        details: { reasons: verdict.reasons },
      },
    );
  if (verdict.verdict === "compatible")
    job.onProgress({ kind: "notice", text: `resuming, but not bit for bit: ${verdict.reasons.join("; ")}` });
  const { stageIndex, plans, ended = false } = readConductorState({ checkpoint, resolved: job.resolved });
  // After the last step of a stage its optimizer is of no use: the next stage begins with its own.
  const stageGoesOn =
    !ended && manifest.step < (allStages(job.resolved.config)[stageIndex]?.stage.steps ?? 0);
  const state = await pool.same("checkpoint", (rank) =>
    rank.loadCheckpoint({ root: "checkpoints", path: ref.name }, manifest.files, stageGoesOn),
  );
  job.onProgress({ kind: "notice", text: `resuming from checkpoint ${ref.name}` });
  return {
    stageIndex,
    nextStep: manifest.step,
    lifted: state.lifted,
    ended,
    book: { plans },
    bitExact: verdict.verdict === "equal",
    tokenizerDigest,
  };
}

/**
 * Brings fresh ranks to where the checkpoint stands, or to the beginning when there is none: a base, or another run.
 *
 * @throws TomoeError `CHECKPOINT_INCOMPATIBLE` when it belongs to another experiment, dataset or preprocess
 * contract, `CHECKPOINT_INVALID`; errors of the worker.
 */
export async function bringUp({
  checkpoint,
  ...attempt
}: Attempt & { readonly checkpoint: VerifiedCheckpoint | undefined }): Promise<Cursor> {
  const { source } = attempt.job.origin;
  if (checkpoint !== undefined) return await resumeFrom(attempt, checkpoint);
  return source === null ? await begin(attempt) : await startFrom(attempt, source);
}
