import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { ResolvedExperiment } from "../../config/index.ts";
import { openShard } from "../../data/index.ts";
import { TomoeError } from "../../errors.ts";
import { packageRoot } from "../../files/index.ts";
import type { BatchVolume } from "../../schema/batch.ts";
import type { RouterPolicy, RoutingPlan, TaskRoute } from "../../schema/router.ts";
import { predicts } from "../../schema/task.ts";
import type { Receipt, VolumeWarning } from "../../schema/volume.ts";
import { openRun, type RunFolder, type VerifiedCheckpoint } from "../../track/index.ts";
import { createRuntimeDir, requirePython, startWorkers } from "../../worker/index.ts";
import { type Answer, type Asked, answerAll } from "../answer.ts";
import type { DeviceChoice } from "../attempts.ts";
import { policyOf } from "../choose-policy.ts";
import { planOf } from "../plan-book.ts";
import { cachedCase, contractDigest, preprocessConfig } from "../prepare/prepare.ts";
import { readResolved } from "../read-run.ts";
import { chooseCheckpoint } from "./choose-checkpoint.ts";

/** Words that ask for a report when the user gave none of their own. */
export const reportRequest = "Write a radiology report of this CT scan.";

export interface PredictOptions {
  /** A CT file, or a folder of one DICOM series. */
  readonly scan: string;
  /** Run id, the beginning of one, or "latest". */
  readonly run: string;
  readonly runsDir: string;
  /** Name of the checkpoint to answer with; the run's newest when absent. */
  readonly checkpoint?: string;
  readonly report: boolean;
  readonly questions: readonly { readonly question: string; readonly choices?: readonly string[] }[];
  readonly device: DeviceChoice;
  /** A policy of the user's own, when the run was trained with one. */
  readonly policy?: RouterPolicy;
  readonly signal: AbortSignal;
}

export interface PredictedAnswer {
  readonly question: string;
  readonly answer: string;
  readonly choice: string | null;
  readonly choiceLogProbs: readonly number[] | null;
  readonly route: TaskRoute;
}

/** The document of `tomoe predict --json`. */
export interface PredictDocument {
  readonly ok: true;
  readonly runId: string;
  readonly checkpoint: string;
  readonly report: string | null;
  readonly reportRoute: TaskRoute | null;
  readonly answers: readonly PredictedAnswer[];
  readonly receipt: Receipt;
  readonly warnings: readonly VolumeWarning[];
  readonly timing: {
    readonly readSeconds: number;
    readonly encodeSeconds: number;
    readonly generateSeconds: number;
  };
  readonly intendedUse: "research only, not for clinical use";
}

interface ReadyRun {
  readonly folder: RunFolder;
  readonly resolved: ResolvedExperiment;
  readonly checkpoint: VerifiedCheckpoint;
  readonly policy: RouterPolicy;
  readonly plan: RoutingPlan;
}

async function readyRun(options: PredictOptions): Promise<ReadyRun> {
  const folder = await openRun(options.runsDir, options.run);
  const resolved = await readResolved(folder.paths.resolved);
  const checkpoint = await chooseCheckpoint(folder, options.checkpoint, options.signal);
  const digest = contractDigest(resolved);
  if (checkpoint.manifest.facts.preprocessDigest !== digest) {
    throw new TomoeError(
      "CHECKPOINT_INCOMPATIBLE",
      `checkpoint ${checkpoint.ref.name} was trained on another preprocessing than this version does`,
      {
        hint: "use the version of Tomoe that trained it, or train anew",
        details: { trained: checkpoint.manifest.facts.preprocessDigest, here: digest },
      },
    );
  }
  return {
    folder,
    resolved,
    checkpoint,
    policy: policyOf(checkpoint, options.policy),
    plan: planOf(checkpoint),
  };
}

/** Asks the model of a run about one scan. */
async function ask(
  ready: ReadyRun,
  volume: BatchVolume,
  asked: readonly Asked[],
  cacheDir: string,
  options: PredictOptions,
): Promise<readonly Answer[]> {
  const runtimeDir = createRuntimeDir();
  const pool = await startWorkers({
    packageRoot: packageRoot(),
    ranks: 1,
    device: options.device,
    runtimeDir,
    logFile: join(cacheDir, "worker.log"),
    runId: ready.folder.runId,
    attempt: 0,
    threads: ready.resolved.config.execution.threads,
    roots: [
      { name: "cache", path: cacheDir, writable: false },
      { name: "checkpoints", path: ready.folder.paths.checkpoints, writable: false },
    ],
    signal: options.signal,
  });
  try {
    const [worker] = pool.ranks;
    if (worker === undefined)
      throw new TomoeError("INTERNAL", "a pool without ranks", { hint: "this is a bug of ours" });
    await worker.loadCheckpoint(
      { root: "checkpoints", path: ready.checkpoint.ref.name },
      ready.checkpoint.manifest.files,
      false,
    );
    return await answerAll(worker, ready.policy, [volume], asked, {
      maxNewTokens: ready.resolved.config.evaluation.maxNewTokens,
      plan: ready.plan,
      signal: options.signal,
    });
  } finally {
    await pool.stop();
  }
}

/**
 * Writes a report of a scan and answers questions on it, with the model of a finished run. Each question is
 * routed by its own text and choices.
 *
 * @throws TomoeError of the data (`DATA_*`), `RUN_NOT_FOUND`, `CHECKPOINT_*`, of the worker;
 * `GENERATION_EMPTY` when a report that was asked for came out empty.
 */
export async function predict(options: PredictOptions): Promise<PredictDocument> {
  const ready = await readyRun(options);
  await requirePython(packageRoot(), options.signal);
  const cacheDir = await mkdtemp(join(tmpdir(), "tomoe-predict-"));
  try {
    const started = performance.now();
    const shard = await openShard({
      folder: cacheDir,
      cases: [{ path: resolve(options.scan) }],
      config: preprocessConfig(ready.resolved),
      preprocessDigest: ready.checkpoint.manifest.facts.preprocessDigest,
      signal: options.signal,
    });
    const readSeconds = (performance.now() - started) / 1000;
    const [receipt] = shard.receipts;
    if (receipt === undefined)
      throw new TomoeError("INTERNAL", "a volume without a receipt", { hint: "this is a bug of ours" });
    const { volumeId, tensor, row, hasPatchLabels } = cachedCase(shard, cacheDir, 0);
    const asked: Asked[] = options.questions.map((one, index) => ({
      id: `question-${index}`,
      volumeIndex: 0,
      ...one,
    }));
    if (options.report) asked.push({ id: "report", volumeIndex: 0, question: reportRequest });
    const answers = await ask(
      ready,
      { volumeId, slot: 0, tensor, row, facts: {}, hasPatchLabels },
      asked,
      cacheDir,
      options,
    );
    const report = answers.find((answer) => answer.id === "report");
    const empty = answers.find(
      (answer) => answer.text === "" && (answer.id === "report" || predicts(answer.route.task, "report")),
    );
    if (empty !== undefined) {
      throw new TomoeError("GENERATION_EMPTY", "the model wrote an empty report", {
        hint: "the run is hardly trained; train longer, or use another run",
        details: { runId: ready.folder.runId, route: empty.route.task },
      });
    }
    return {
      ok: true,
      runId: ready.folder.runId,
      checkpoint: ready.checkpoint.ref.name,
      report: report?.text ?? null,
      reportRoute: report?.route ?? null,
      answers: options.questions.flatMap(({ question }, index) => {
        const answer = answers[index];
        return answer === undefined
          ? []
          : [
              {
                question,
                answer: answer.text,
                choice: answer.choice,
                choiceLogProbs: answer.choiceLogProbs,
                route: answer.route,
              },
            ];
      }),
      receipt,
      warnings: shard.warnings[0] ?? [],
      timing: {
        readSeconds,
        encodeSeconds: sum(answers.map((answer) => answer.encodeSeconds)),
        generateSeconds: sum(answers.map((answer) => answer.generateSeconds)),
      },
      intendedUse: "research only, not for clinical use",
    };
  } finally {
    await rm(cacheDir, { recursive: true, force: true });
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
