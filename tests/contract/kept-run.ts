// Two kinds of run over the tiny model, whole from its tokenizer to its answers, for the tests of kept workers.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { ModelSpec } from "../../ts/schema/index.ts";
import type { KeptWorkers, WorkerClient, WorkerLaunch, WorkerPool } from "../../ts/worker/index.ts";
import { digestBatch } from "../../ts/worker/index.ts";
import {
  batching,
  batchOf,
  type makeFolders,
  sharedPlan,
  stageSpec,
  tinySpec,
  uploaded,
  vocabLines,
  volumesFile,
} from "./worker-fixture.ts";

export type RunKind = "a" | "b";
export type Folders = Pick<ReturnType<typeof makeFolders>, "launch" | "folder">;

/** What a run comes to: the losses of its steps, the files of its checkpoint by SHA-256, texts and scores. */
export interface RunNumbers {
  readonly losses: readonly (readonly [number, number])[];
  readonly files: readonly (readonly [string, string])[];
  readonly texts: readonly string[];
  readonly logProbs: readonly (readonly number[])[];
}

/** Dropout draws from the random state of the process; the two differ in sizes, seeds and volumes. */
const kinds: Readonly<
  Record<RunKind, { spec: ModelSpec; seed: number; lines: readonly string[]; first: number }>
> = {
  a: {
    spec: { ...tinySpec, lora: { ...tinySpec.lora, dropout: 0.1 } },
    seed: 5,
    lines: vocabLines,
    first: 0,
  },
  b: {
    spec: {
      ...tinySpec,
      base: { ...tinySpec.base, projector: { ...tinySpec.base.projector, separators: false } },
      lora: { ...tinySpec.lora, rank: 3, dropout: 0.3 },
    },
    seed: 8,
    lines: [...vocabLines, "the kidney is pale"],
    first: 40,
  },
};

export function rankOf({ ranks }: WorkerPool): WorkerClient {
  const [first] = ranks;
  if (first === undefined) throw new Error("no rank");
  return first;
}

/** A kept worker, or a new one, for the run `name`: its log and its checkpoints are its own. */
export async function lend(
  workers: KeptWorkers,
  { launch, folder }: Folders,
  name: string,
  change: Partial<WorkerLaunch> = {},
): Promise<WorkerPool> {
  const path = join(folder, `checkpoints-${name}`);
  mkdirSync(join(path, "step-3"), { recursive: true });
  // Sockets of workers that are kept lie there on.
  const runtimeDir = join(launch.runtimeDir, name);
  mkdirSync(runtimeDir, { mode: 0o700 });
  return await workers.start({
    ...launch,
    runtimeDir,
    ranks: 1,
    runId: name,
    attempt: 0,
    logFile: join(folder, `${name}.log`),
    roots: [{ name: "checkpoints", path, writable: true }],
    env: { TOMOE_E2E: folder },
    ...change,
  });
}

/** Carries a run out: three steps, a checkpoint, two texts and two scores. */
export async function carryOut(pool: WorkerPool, kind: RunKind): Promise<RunNumbers> {
  const { spec, seed, lines, first } = kinds[kind];
  const rank = rankOf(pool);
  await rank.fitTokenizer(lines, tinySpec.base.language.vocab);
  await rank.createModel(spec, seed);
  await rank.liftModel(seed + 1);
  await rank.putTensor("volumes", volumesFile(first, 4));
  const stage = await rank.openStage(stageSpec({ seed }));
  const feed = await rank.openFeed();
  const planDigest = stage.sendPlan(sharedPlan);
  const losses: (readonly [number, number])[] = [];
  for (let step = 0; step < 3; step += 1) {
    const batch = batchOf(step, uploaded);
    await feed.send(batch);
    const { loss, gradientNorm } = await stage.step({ step, planDigest, batchDigest: digestBatch(batch) });
    losses.push([loss, gradientNorm]);
  }
  const files = await rank.saveCheckpoint({ root: "checkpoints", path: "step-3" });
  await stage.end();
  const { volumes } = batchOf(0, uploaded);
  const asked = { volumes, batching, seesImage: true, plan: sharedPlan };
  const query = {
    queryId: "q",
    volumeIndex: 0,
    prompt: "describe the scan",
    task: "report",
    choices: [],
  } as const;
  const closed = { ...query, task: "closed-vqa", choices: ["bright", "dark"] } as const;
  const texts = rank.generate({ ...asked, queries: [query], mode: "greedy", maxNewTokens: 12 });
  const scores = rank.score({ ...asked, queries: [closed], mode: "loglik-sum" });
  return {
    losses,
    files: files.map(({ name, sha256 }) => [name, sha256] as const),
    texts: await Array.fromAsync(texts, ({ text }) => text),
    logProbs: await Array.fromAsync(scores, ({ logProbs }) => [...logProbs]),
  };
}
