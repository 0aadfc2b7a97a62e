import { allStages, baseVocab, buildModelSpec } from "../../config/index.ts";
import { type JsonValue, TomoeError } from "../../errors.ts";
import { jsonText } from "../../files/index.ts";
import { compareManifests, type VerifiedCheckpoint } from "../../track/read/index.ts";
import { type Attempt, recordEvent } from "../job.ts";
import type { PlanBook } from "../plan-book.ts";
import { readConductorState } from "./conductor-state.ts";
import { reproFacts } from "./repro-facts.ts";

/** Where a run stands: the stage and the steps of it that are done. */
export interface Cursor {
  readonly stageIndex: number;
  readonly nextStep: number;
  readonly lifted: boolean;
  /** The plans a checkpoint held; null at the beginning. */
  readonly book: PlanBook | null;
  /** False when numbers may differ from those recorded before, for a stated reason. */
  readonly bitExact: boolean;
  readonly tokenizerDigest: string;
}

/** The 2D model at its beginning, on every rank: tokenizer fitted, weights drawn. */
async function begin({ job, pool }: Attempt): Promise<Cursor> {
  const { corpus } = job;
  const { config } = job.resolved;
  const tokenizer = await pool.same("tokenizer", (rank) =>
    rank.fitTokenizer(corpus.tokenizerLines, baseVocab(config)),
  );
  const spec = buildModelSpec(config, {
    facts: corpus.facts,
    patchClasses: corpus.patchClasses,
    vocab: tokenizer.vocab,
    preprocessDigest: corpus.preprocessDigest,
  });
  await job.owned.write("model.json", jsonText(spec));
  const { groups, tokenizerDigest } = await pool.same("model", (rank) => rank.createModel(spec, config.seed));
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
  const { stageIndex, plans } = readConductorState({ checkpoint, resolved: job.resolved });
  // After the last step of a stage its optimizer is of no use: the next stage begins with its own.
  const stageGoesOn = manifest.step < (allStages(job.resolved.config)[stageIndex]?.stage.steps ?? 0);
  const state = await pool.same("checkpoint", (rank) =>
    rank.loadCheckpoint({ root: "checkpoints", path: ref.name }, manifest.files, stageGoesOn),
  );
  job.onProgress({ kind: "notice", text: `resuming from checkpoint ${ref.name}` });
  return {
    stageIndex,
    nextStep: manifest.step,
    lifted: state.lifted,
    book: { plans },
    bitExact: verdict.verdict === "equal",
    tokenizerDigest,
  };
}

/**
 * Brings fresh ranks to where the checkpoint stands, or to the beginning when there is none.
 *
 * @throws TomoeError `CHECKPOINT_INCOMPATIBLE` when it belongs to another experiment, dataset or preprocess
 * contract, `CHECKPOINT_INVALID`; errors of the worker.
 */
export async function bringUp({
  checkpoint,
  ...attempt
}: Attempt & { readonly checkpoint: VerifiedCheckpoint | undefined }): Promise<Cursor> {
  return checkpoint === undefined ? await begin(attempt) : await resumeFrom(attempt, checkpoint);
}
