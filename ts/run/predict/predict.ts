import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { unchanged } from "../../data/dataset/index.ts";
import { openShard, type ReadOptions, type Shard } from "../../data/index.ts";
import { defined } from "../../defined.ts";
import { TomoeError } from "../../errors.ts";
import type { BatchVolume } from "../../schema/batch.ts";
import type { TaskRoute } from "../../schema/router.ts";
import { predicts } from "../../schema/task.ts";
import type { Receipt, VolumeWarning } from "../../schema/volume.ts";
import type { Answer, Asked } from "../answer.ts";
import { preprocessConfig } from "../prepare/contract.ts";
import { cachedRow } from "../prepare/shards.ts";
import { type DeviceChoice, thisMachine, type WorkerSource } from "../workers.ts";
import { askModel } from "./ask.ts";
import { type ReadyRun, type RunChoice, readyRun } from "./ready-run.ts";

export interface PredictOptions extends RunChoice {
  /** A CT file, or a folder of one DICOM series. */
  readonly scan: string;
  /** Which series of a folder, or which part of one, by its id. */
  readonly series?: string;
  /** What may be resampled of a series that would else be refused. */
  readonly resample?: ReadOptions["policy"];
  readonly report: boolean;
  readonly questions: readonly {
    readonly question: string;
    readonly choices?: readonly string[];
  }[];
  readonly device: DeviceChoice;
  /** Where worker processes come from; this machine when absent. */
  readonly workers?: WorkerSource;
}

export interface PredictedAnswer {
  readonly question: string;
  readonly answer: string;
  readonly choice: string | null;
  readonly choiceLogProbs: readonly (number | null)[] | null;
  /** True where the longest answer cut the text. */
  readonly truncated: boolean;
  readonly route: TaskRoute;
}

/** The document of `tomoe predict --json`. */
export interface PredictDocument {
  readonly ok: true;
  readonly runId: string;
  readonly checkpoint: string;
  readonly report: string | null;
  readonly reportRoute: TaskRoute | null;
  /** True where the longest answer cut the report. */
  readonly reportTruncated: boolean;
  /** The words that asked for the report; null when none was asked for. */
  readonly reportRequest: string | null;
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

/** A scan as the model takes it, with how it came to be. */
interface ReadScan {
  readonly volume: BatchVolume;
  readonly receipt: Receipt;
  readonly warnings: readonly VolumeWarning[];
  readonly readSeconds: number;
}

/**
 * Writes a report of a scan and answers questions on it, with the model of a finished run. Each question is
 * routed by its own text and choices.
 *
 * @throws TomoeError of the data (`DATA_*`), `RUN_NOT_FOUND`, `CHECKPOINT_*`, of the worker;
 * `GENERATION_EMPTY` when a report that was asked for came out empty.
 */
export async function predict(options: PredictOptions): Promise<PredictDocument> {
  const { workers = thisMachine, device, signal } = options;
  const ready = await readyRun(options);
  await workers.require(signal);
  const cacheDir = await mkdtemp(join(tmpdir(), "tomoe-predict-"));
  try {
    const scan = await readScan(ready, cacheDir, options);
    const { volume } = scan;
    const answers = await askModel({
      ready,
      volume,
      asked: askedOf(options, ready),
      cacheDir,
      device,
      workers,
      signal,
    });
    refuseEmptyReport(answers, ready.folder.runId);
    return documentOf(options, ready, scan, answers);
  } finally {
    await rm(cacheDir, { recursive: true, force: true });
  }
}

async function readScan(ready: ReadyRun, cacheDir: string, options: PredictOptions): Promise<ReadScan> {
  const started = performance.now();
  const shard: Shard = await openShard({
    folder: cacheDir,
    cases: [
      {
        path: resolve(options.scan),
        ...defined({ series: options.series, policy: options.resample }),
      },
    ],
    config: preprocessConfig(ready.resolved),
    preprocessDigest: ready.checkpoint.manifest.facts.preprocessDigest,
    signal: options.signal,
  });
  const readSeconds = (performance.now() - started) / 1000;
  const { volumeId, tensor, row, hasPatchLabels, receipt } = cachedRow({ shard, cacheDir, row: 0 });
  return {
    volume: {
      volumeId,
      tensor,
      row,
      hasPatchLabels,
      slot: 0,
      facts: {},
      hasCaption: false,
      words: [],
      change: unchanged,
    },
    receipt: await receipt(),
    warnings: shard.warnings[0] ?? [],
    readSeconds,
  };
}

/** The questions in their order, the request for a report last. */
function askedOf({ questions, report }: PredictOptions, { resolved }: ReadyRun): readonly Asked[] {
  const { reportRequest } = resolved.config.evaluation;
  const asked: Asked[] = questions.map((one, index) => ({ id: `question-${index}`, volumeIndex: 0, ...one }));
  if (report) asked.push({ id: "report", volumeIndex: 0, question: reportRequest });
  return asked;
}

function refuseEmptyReport(answers: readonly Answer[], runId: string): void {
  const empty = answers.find(
    ({ id, text, route }) => text === "" && (id === "report" || predicts(route.task, "report")),
  );
  if (empty === undefined) return;
  throw new TomoeError("GENERATION_EMPTY", "the model wrote an empty report", {
    hint: "The run is hardly trained; train longer, or use another run.",
    details: { runId, route: empty.route.task },
  });
}

function documentOf(
  { questions }: PredictOptions,
  { folder, checkpoint, resolved }: ReadyRun,
  { receipt, warnings, readSeconds }: ReadScan,
  answers: readonly Answer[],
): PredictDocument {
  const report = answers.find((answer) => answer.id === "report");
  return {
    ok: true,
    runId: folder.runId,
    checkpoint: checkpoint.ref.name,
    report: report?.text ?? null,
    reportRoute: report?.route ?? null,
    reportTruncated: report?.truncated ?? false,
    reportRequest: report === undefined ? null : resolved.config.evaluation.reportRequest,
    answers: answers
      .filter((answer) => answer !== report)
      .map(({ text, choice, choiceLogProbs, truncated, route }, index) => ({
        question: questions[index]?.question ?? "",
        answer: text,
        choice,
        choiceLogProbs,
        truncated,
        route,
      })),
    receipt,
    warnings,
    timing: {
      readSeconds,
      encodeSeconds: sum(answers.map((answer) => answer.encodeSeconds)),
      generateSeconds: sum(answers.map((answer) => answer.generateSeconds)),
    },
    intendedUse: "research only, not for clinical use",
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
