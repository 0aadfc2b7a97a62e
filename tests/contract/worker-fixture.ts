import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type {
  Batch,
  Batching,
  BatchVolume,
  ModelSpec,
  Phi3vBase,
  RoutingPlan,
  StageSpec,
  TensorRef,
} from "../../ts/schema/index.ts";
import { encodeTensors } from "../../ts/tensor/index.ts";
import type { CallOptions, WorkerClient, WorkerLaunch } from "../../ts/worker/index.ts";
import { createRuntimeDir, removeRuntimeDir } from "../../ts/worker/index.ts";

export const packageRoot = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const shapeDHW = [2, 24, 24] as const;
export const vocabLines = [
  "the liver is bright",
  "the spleen is dark",
  "is the liver bright or dark",
  "describe the scan",
  "yes",
  "no",
  "bright",
  "dark",
];
const taskIds = ["report", "closed-vqa", "open-vqa"] as const;

/** A whole 3D model with two experts, small enough that a step takes milliseconds. */
export const tinySpec: ModelSpec & { readonly base: Phi3vBase } = {
  base: {
    kind: "phi3v",
    vision: {
      imageSize: 24,
      patchSize: 12,
      hidden: 16,
      layers: 3,
      heads: 2,
      mlp: 32,
      blocksRead: 2,
      activation: "quick_gelu",
      normEpsilon: 1e-5,
    },
    projector: { mergeSize: 2, separators: true },
    language: {
      vocab: 320,
      hidden: 16,
      layers: 1,
      heads: 2,
      keyValueHeads: 2,
      mlp: 32,
      maxPositions: 128,
      ropeTheta: 10_000,
      initialStd: 0.02 * Math.sqrt(3072 / 16),
      normEpsilon: 1e-5,
    },
  },
  pool: { depth: 1, kind: "mean" },
  lora: {
    rank: 2,
    alpha: 4,
    targets: ["qkv_proj", "o_proj", "gate_up_proj", "down_proj"],
    initial: "kaiming-uniform",
    dropout: 0,
    visionTargets: [],
  },
  lift: { upperBlocks: 1, depthRope: true, ropeBase: 100, depth: 2 },
  moe: {
    tokenExperts: 2,
    sites: ["vision.blocks.1.mlp"],
    textGuidance: "question",
    textWidth: 4,
    tasks: taskIds,
    routerStd: 0.02,
  },
  preprocess: {
    digest: "d".repeat(64),
    windows: [{ low: -1000, high: 1000 }],
    mean: [0.5, 0.5, 0.5],
    std: [0.25, 0.25, 0.25],
  },
  facts: [{ name: "side", classes: 2 }],
  patchClasses: 3,
  words: [],
  precision: "strict",
  recompute: "none",
  compile: "none",
};

export const sharedPlan: RoutingPlan = {
  effectiveFromStep: 0,
  topK: 1,
  balanceLossWeight: 0.01,
  zLossWeight: 0,
  groups: ["shared"],
  layers: [{ site: "vision.blocks.1.mlp", biasGE: [[0, 0.125]] }],
};

/** How the tests ask for texts and scores. */
export const batching: Batching = { sequences: 256, cacheBytes: 2 ** 30 };

/** "shared" over the lifted model: experts, gate and LoRA learn from answers. */
export function stageSpec(change: Partial<StageSpec> = {}): StageSpec {
  return {
    name: "shared",
    steps: 3,
    seed: 11,
    warmupFraction: 0,
    weightDecay: 0.01,
    clipNorm: 1,
    routing: "shared",
    trains: [
      { component: "tokenExperts", learningRate: 1e-3 },
      { component: "tokenRouter", learningRate: 1e-3 },
      { component: "projector", learningRate: 1e-3 },
    ],
    objectives: [{ objective: "language", weight: 1 }],
    optimizer: { kind: "adamw", betas: [0.9, 0.98], epsilon: 1e-8, schedule: "cosine", decays: "matrices" },
    microBatch: 0,
    tooLong: "refuse",
    taskCosineEvery: 0,
    sharePrefix: false,
    ...change,
  };
}

/** Voxels of one tiny volume: a pure function of its number. */
export function voxels(seed: number): Int16Array {
  const [depth, height, width] = shapeDHW;
  return Int16Array.from(
    { length: depth * height * width },
    (_, index) => ((index * 37 + seed * 101) % 1800) - 900,
  );
}

/** One Arrow file that holds the volumes of numbers `first`..`first + rows - 1`. */
export function volumesFile(first: number, rows: number): readonly Uint8Array[] {
  const [depth, height, width] = shapeDHW;
  const data = new Int16Array(rows * depth * height * width);
  for (let row = 0; row < rows; row += 1) data.set(voxels(first + row), row * depth * height * width);
  return encodeTensors([
    { name: "volume", dtype: "int16", rows, shape: [...shapeDHW], dimNames: ["d", "h", "w"], data },
  ]);
}

export function batchVolume(slot: number, tensor: TensorRef, row: number): BatchVolume {
  return {
    volumeId: `volume-${slot}`,
    slot,
    tensor,
    row,
    facts: { side: slot % 2 },
    hasPatchLabels: false,
    hasCaption: false,
    words: [],
    change: { mirrored: false, turnedDegrees: 0, gain: 1, shiftHu: 0 },
  };
}

/**
 * The batch of `step`: two volumes with one closed and one open question each, out of `volumes` in `tensor`.
 */
export function batchOf(
  step: number,
  tensor: TensorRef,
  slots: readonly number[] = [0, 1],
  globalVolumeCount: number = slots.length,
): Batch {
  return {
    step,
    globalVolumeCount,
    volumes: slots.map((slot) => batchVolume(slot, tensor, (step * globalVolumeCount + slot) % 4)),
    items: [
      ...slots.map((slot, index) => ({
        itemId: `s${step}-c${slot}`,
        volumeIndex: index,
        prompt: "is the liver bright or dark",
        target: slot % 2 === 0 ? "bright" : "dark",
        task: "closed-vqa" as const,
        lossWeight: 1,
      })),
      ...slots.map((slot, index) => ({
        itemId: `s${step}-o${slot}`,
        volumeIndex: index,
        prompt: "describe the scan",
        target: "the spleen is dark",
        task: "open-vqa" as const,
        lossWeight: 0.5,
      })),
    ],
  };
}

export const uploaded: TensorRef = { kind: "uploaded", uploadId: "volumes" };

/** Tokenizer, model, lift and four volumes: what every test of training and answering begins with. */
export async function prepareModel(rank: WorkerClient, options: CallOptions = {}): Promise<void> {
  await rank.fitTokenizer(vocabLines, tinySpec.base.language.vocab, options);
  await rank.createModel(tinySpec, 5, options);
  await rank.liftModel(6, options);
  await rank.dropTensor(uploaded, options);
  await rank.putTensor("volumes", volumesFile(0, 4), options);
}

/** Folders of one test file: a private runtime folder, a log, and a writable and a read-only root. */
export function makeFolders(): {
  readonly launch: Pick<
    WorkerLaunch,
    "packageRoot" | "runtimeDir" | "logFile" | "roots" | "runId" | "threads" | "device"
  >;
  readonly folder: string;
  readonly remove: () => void;
} {
  const folder = mkdtempSync(join(tmpdir(), "tomoe-contract-"));
  const runtimeDir = createRuntimeDir();
  for (const name of ["checkpoints", "cache"]) mkdirSync(join(folder, name));
  return {
    folder,
    launch: {
      packageRoot,
      runtimeDir,
      logFile: join(folder, "worker.log"),
      runId: "contract",
      threads: 1,
      device: "cpu",
      roots: [
        { name: "checkpoints", path: join(folder, "checkpoints"), writable: true },
        { name: "cache", path: join(folder, "cache"), writable: false },
      ],
    },
    remove: () => {
      removeRuntimeDir(runtimeDir);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
