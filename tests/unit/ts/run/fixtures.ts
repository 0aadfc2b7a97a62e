// A small experiment, material made of words alone, and a job on a real run folder, for the rooms of the conductor.
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  defineExperiment,
  type Experiment,
  liftTo3d,
  phantomCt,
  pretrain2d,
  type ResolvedExperiment,
  reportTask,
  resolveExperiment,
  stage,
  tghMoe,
  tinyPhi3v,
  vqaTask,
} from "../../../../ts/config/index.ts";
import type { CachedCase, Dataset } from "../../../../ts/data/dataset/index.ts";
import type { JsonValue } from "../../../../ts/errors.ts";
import { balanceByBias, carriedPlan } from "../../../../ts/router/index.ts";
import type { Attempt, RunJob } from "../../../../ts/run/job.ts";
import type { Corpus } from "../../../../ts/run/prepare/material.ts";
import { trainedOn } from "../../../../ts/run/prepare/trained-on.ts";
import type { RunProgress } from "../../../../ts/run/progress.ts";
import type { BaseFacts } from "../../../../ts/schema/base-facts.ts";
import type { StageConfig } from "../../../../ts/schema/experiment.ts";
import type { RouterPolicy } from "../../../../ts/schema/router.ts";
import type { ItemRow } from "../../../../ts/schema/sample.ts";
import type { Receipt } from "../../../../ts/schema/volume.ts";
import { createRun, type OwnedRun } from "../../../../ts/track/index.ts";
import { atEnd } from "../../../support/at-end.ts";
import type { Script } from "../../../support/scripted-model.ts";
import { ScriptedWorkers } from "../../../support/scripted-pool.ts";

/** Three stages: 3 steps on slices, 6 on volumes, 2 per task; 2 x 1 x 2 experts after the lift. */
export const experiment: Experiment = defineExperiment({
  name: "small",
  seed: 5,
  data: phantomCt({
    seed: 3,
    volumes: { train: 5, validation: 1, test: 3 },
    slices: 6,
    sizeDHW: [16, 24, 24],
  }),
  model: liftTo3d(
    tinyPhi3v({
      vision: { imageSize: 24, patchSize: 6, hidden: 16, layers: 3, heads: 2, mlp: 16 },
      language: { vocab: 300, hidden: 16, layers: 1, heads: 2, keyValueHeads: 2, mlp: 16, maxPositions: 256 },
      pretrain: [
        pretrain2d("flat", {
          trains: ["lowerVision", "language"],
          steps: 3,
          learningRate: 1e-3,
          volumesPerStep: 2,
          objectives: { language: 1 },
          checkpointEvery: 100,
        }),
      ],
    }),
    { attention3d: { upperBlocks: 1 }, poolDepth: 16, lora: false },
  ),
  router: tghMoe({
    tokenExperts: 2,
    topK: 1,
    tasks: ["report", "closed-vqa", "open-vqa"],
    balance: "bias",
    biasRate: 0.01,
    textWidth: 8,
  }),
  stages: [
    stage("shared", {
      trains: ["upperVision", "tokenExperts", "tokenRouter", "language"],
      steps: 6,
      learningRate: 1e-3,
      volumesPerStep: 4,
      objectives: { language: 1 },
      checkpointEvery: 2,
    }),
    stage("specific", {
      trains: ["taskExperts", "tokenRouter"],
      steps: 2,
      learningRate: 1e-3,
      volumesPerStep: 4,
      checkpointEvery: 100,
    }),
  ],
  tasks: {
    report: reportTask({ metrics: ["rouge1", "meteor"] }),
    "closed-vqa": vqaTask({ closed: true, metrics: ["accuracy"] }),
    "open-vqa": vqaTask({ closed: false, metrics: ["exact"] }),
  },
  evaluation: { maxNewTokens: 8, bootstrap: { resamples: 100, seed: 0 } },
  execution: { threads: 1, maxRestarts: 2, diskWaitSeconds: 1 },
});

/** The experiment as it runs, with `path=value` overrides. */
export function resolvedWith(...set: readonly string[]): ResolvedExperiment {
  return resolveExperiment(experiment.input, { set });
}

/** The experiment on a published base, which was opened and found to be so. */
export function resolvedOn(facts: BaseFacts, ...set: readonly string[]): ResolvedExperiment {
  const base = '{"kind":"folder","path":"base","pretrain":[]}';
  return resolveExperiment(experiment.input, {
    set: [`model.base=${base}`, "model.poolDepth=4", ...set],
    opened: facts,
  });
}

/** A stage of the experiment by its name, and where it stands. */
export function stageOf(
  resolved: ResolvedExperiment,
  name: string,
): { readonly stage: StageConfig; readonly index: number } {
  const { base } = resolved.config.model;
  const stages = [...("pretrain" in base ? base.pretrain : []), ...resolved.config.stages];
  const index = stages.findIndex((candidate) => candidate.name === name);
  const found = stages[index];
  if (found === undefined) throw new RangeError(`no stage ${name}`);
  return { stage: found, index };
}

/** A policy that routes by its words and balances as the real one does; `asked` counts its routes. */
export function plainPolicy(planLag = 1): RouterPolicy & { readonly asked: string[] } {
  const asked: string[] = [];
  return {
    id: "plain/1",
    asked,
    route: ({ text, choices }) => {
      asked.push(text);
      const task = /report/i.test(text) ? "report" : choices === undefined ? "open-vqa" : "closed-vqa";
      return { task, confidence: 0.75, fallback: false };
    },
    firstPlan: (context, previous) =>
      carriedPlan(context, previous, { topK: 1, balanceLossWeight: 0, zLossWeight: 0 }),
    nextPlan: (plan, load) => balanceByBias(plan, load, 0.01, planLag),
    toState: () => ({ id: "plain/1", planLag }),
  };
}

/** A report, a closed and an open question on one case. */
export function itemsOf(id: string): readonly ItemRow[] {
  return [
    { id: `${id}-r`, case: id, task: "report", question: "Write a report.", target: `the spleen of ${id}` },
    {
      id: `${id}-c`,
      case: id,
      task: "closed-vqa",
      type: "plane",
      question: "Which plane is shown?",
      choices: ["axial", "coronal", "sagittal", "oblique"],
      target: "coronal",
    },
    { id: `${id}-o`, case: id, task: "open-vqa", type: "organ", question: "Which organ?", target: "spleen" },
  ];
}

/** A data set of words: its cases are named `train-0`, `test-0`, and so on. */
export function datasetOf(
  counts: { readonly train: number; readonly test: number },
  change: Partial<Dataset["manifest"]> = {},
): Dataset {
  const cases = (["train", "test"] as const).flatMap((split) =>
    Array.from({ length: counts[split] }, (_, index) => {
      const id = `${change.name ?? "words"}-${split}-${index}`;
      const row = {
        case: id,
        subject: `${id}-patient`,
        path: `${id}.nii`,
        split,
        facts: { side: index % 2 },
      };
      return { row, items: itemsOf(id) };
    }),
  );
  return {
    folder: "/nowhere",
    manifest: {
      format: "tomoe.dataset/1",
      name: "words",
      source: "fixtures",
      cases: cases.length,
      items: cases.length * 3,
      facts: { side: ["left", "right"] },
      patchClasses: [],
      ...change,
    },
    fingerprint: createHash("sha256").update(JSON.stringify(cases)).digest("hex"),
    cases,
  };
}

function cachedCase(id: string, row: number): CachedCase {
  const region = { root: "cache", path: "a.arrow", offsetBytes: 0, lengthBytes: 1, crc32: 0, generation: 0 };
  return { volumeId: `id of ${id}`, row, hasPatchLabels: false, tensor: { kind: "region", region } };
}

/** Material of words: 5 cases to train on, 3 held out, 6 slices. */
export function corpusOf(held = 3): Corpus {
  const volumes = datasetOf({ train: 5, test: held }),
    slices = datasetOf({ train: 6, test: 0 }, { name: "slices", patchClasses: ["air", "tissue"] });
  const cases = [...volumes.cases, ...slices.cases].map(({ row }) => row.case);
  return {
    volumes,
    slices,
    cached: new Map(cases.map((id, index) => [id, cachedCase(id, index)])),
    cacheDir: "/nowhere/cache",
    fingerprint: "f".repeat(64),
    preprocessDigest: "e".repeat(64),
    facts: [{ name: "side", classes: 2 }],
    patchClasses: 2,
    words: [],
    trainedOn: trainedOn({
      cases: volumes.cases.slice(0, 5),
      scans: new Map(),
      hasTemplates: false,
      salt: "s".repeat(16),
    }),
    tokenizerLines: ["the spleen", "Which organ?"],
    receipts: new Map(
      volumes.cases
        .filter(({ row }) => row.split === "test")
        .map(({ row }) => [row.case, { format: "nifti", sourceDigest: row.case } as unknown as Receipt]),
    ),
  };
}

export interface JobOptions {
  readonly script?: Script;
  /** In place of the experiment as `set` changes it. */
  readonly resolved?: ResolvedExperiment;
  /** `path=value` overrides of the experiment. */
  readonly set?: readonly string[];
  readonly policy?: RouterPolicy;
  readonly corpus?: Corpus;
  readonly origin?: RunJob["origin"];
  /** Goes on with this run in place of a new one. */
  readonly owned?: OwnedRun;
}

/** A job on a run folder of its own, and what it was heard to say. */
export interface TestJob {
  readonly job: RunJob;
  readonly workers: ScriptedWorkers;
  readonly progress: RunProgress[];
  readonly notices: string[];
  readonly controller: AbortController;
  /** Starts one attempt's ranks, as `attempts` does. */
  attempt(): Promise<Attempt>;
}

const folders: string[] = [];
const runs: OwnedRun[] = [];

/** A folder of the test's own that is gone afterwards. */
export function freshFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), "tomoe-run-"));
  folders.push(folder);
  return folder;
}

atEnd(async () => {
  for (const run of runs) await run.close().catch(() => undefined);
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A run folder of the experiment, owned by this process. */
export async function freshRun(resolved: ResolvedExperiment, notices: string[] = []): Promise<OwnedRun> {
  const { config, digest, origins } = resolved;
  const plain = JSON.parse(JSON.stringify({ config, digest, origins })) as JsonValue;
  const owned = await createRun(
    freshFolder(),
    { experimentName: "small", resolved: plain, seed: config.seed },
    { notice: (line) => notices.push(line), space: { timeoutMs: 60_000, pollMs: 1 } },
  );
  runs.push(owned);
  return owned;
}

/** A job of the small experiment on scripted workers. */
export async function newJob(options: JobOptions = {}): Promise<TestJob> {
  const resolved = options.resolved ?? resolvedWith(...(options.set ?? []));
  const progress: RunProgress[] = [],
    notices: string[] = [];
  const workers = new ScriptedWorkers(options.script);
  const controller = new AbortController();
  const owned = options.owned ?? (await freshRun(resolved, notices));
  const job: RunJob = {
    owned,
    resolved,
    corpus: options.corpus ?? corpusOf(),
    policy: options.policy ?? plainPolicy(),
    origin: options.origin ?? { roots: [], source: null },
    workers,
    device: "cpu",
    onProgress: (event) => {
      progress.push(event);
      if (event.kind === "notice") notices.push(event.text);
    },
    stop: controller.signal,
    now: workers.now,
  };
  const attempt = async (): Promise<Attempt> => {
    const count = await owned.beginAttempt();
    const logs = join(owned.dir, "logs");
    mkdirSync(logs, { recursive: true });
    const pool = await workers.start({
      ranks: resolved.config.execution.ranks,
      device: "cpu",
      runtimeDir: logs,
      logFile: join(logs, "worker.log"),
      runId: owned.runId,
      attempt: count,
      threads: 1,
      roots: [{ name: "checkpoints", path: owned.paths.checkpoints, writable: true }],
    });
    return { job, pool };
  };
  return { job, workers, progress, notices, controller, attempt };
}
