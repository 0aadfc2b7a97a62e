import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { type ResolvedExperiment, workerPreprocess } from "../../config/index.ts";
import {
  type CachedCase,
  casesOf,
  type Dataset,
  type DatasetCase,
  openDataset,
  renderPrompt,
  splitBySubject,
} from "../../data/dataset/index.ts";
import { openShard, type PreprocessConfig, preprocessDigest, type Shard } from "../../data/index.ts";
import { writePhantomDataset, writeSliceDataset } from "../../data/phantom/index.ts";
import type { JsonValue } from "../../errors.ts";
import { TomoeError } from "../../errors.ts";
import type { PatientWrite } from "../../files/index.ts";
import type { FactSpec } from "../../schema/model.ts";
import type { Receipt } from "../../schema/volume.ts";
import type { OnProgress } from "../progress.ts";
import type { Corpus } from "./material.ts";

/**
 * Cases of one cache shard: few files, and still little to build again when one is damaged. Slices are small
 * and share their stacks.
 */
const casesPerShard = { volumes: 64, slices: 1024 } as const;

/** TypeScript's half of the preprocess contract of an experiment. */
export function preprocessConfig(resolved: ResolvedExperiment): PreprocessConfig {
  const { data } = resolved.config;
  return {
    sizeDHW: data.sizeDHW,
    windowHu: data.windowHu,
    stack: data.kind === "phantom" ? "acquired" : data.stack,
  };
}

/** Digest of both halves of the preprocess contract of an experiment. */
export function contractDigest(resolved: ResolvedExperiment): string {
  return preprocessDigest(
    preprocessConfig(resolved),
    workerPreprocess(resolved.config) as unknown as JsonValue,
  );
}

interface Preparation {
  readonly resolved: ResolvedExperiment;
  /** Folder for what is made for this run alone: generated datasets and cache shards. */
  readonly workDir: string;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
  /** Waits where the disk is full. */
  readonly patiently: PatientWrite;
}

/**
 * Generates what is missing of the phantoms; a folder that is there is whole, since it is written all or
 * nothing.
 */
async function generate(
  job: Preparation,
): Promise<{ readonly volumes: Dataset; readonly slices: Dataset | null }> {
  const { data, model } = job.resolved.config;
  const { signal, onProgress, patiently } = job;
  if (data.kind === "folder") {
    const dataset = await openDataset(resolve(data.path));
    return {
      volumes:
        data.split === undefined ? dataset : splitBySubject(dataset, data.split, job.resolved.config.seed),
      slices: null,
    };
  }
  const volumesDir = join(job.workDir, "phantom-ct"),
    slicesDir = join(job.workDir, "phantom-slices");
  if (!existsSync(volumesDir)) {
    await writePhantomDataset(volumesDir, {
      seed: data.seed,
      volumes: data.volumes,
      sizeDHW: data.sizeDHW,
      signal,
      patiently,
      onProgress: ({ done, total }) => {
        onProgress({ kind: "phase", phase: "generate volumes", done, total });
      },
    });
  }
  if (data.slices > 0 && !existsSync(slicesDir)) {
    const patchSize =
      model.base.kind === "tiny-phi3v"
        ? (data.sizeDHW[1] * model.base.vision.patchSize) / model.base.vision.imageSize
        : 1;
    await writeSliceDataset(slicesDir, {
      seed: data.seed,
      slices: { train: data.slices, validation: 0 },
      sizeHW: [data.sizeDHW[1], data.sizeDHW[2]],
      patchSize,
      signal,
      patiently,
      onProgress: ({ done, total }) => {
        onProgress({ kind: "phase", phase: "generate slices", done, total });
      },
    });
  }
  return {
    volumes: await openDataset(volumesDir),
    slices: data.slices > 0 ? await openDataset(slicesDir) : null,
  };
}

interface CacheJob extends Preparation {
  readonly dataset: Dataset;
  readonly cases: readonly DatasetCase[];
  readonly config: PreprocessConfig;
  readonly cacheDir: string;
  readonly digest: string;
  readonly huGate: "refuse" | "record";
  readonly phase: string;
}

async function cacheCases(
  job: CacheJob,
  into: Map<string, CachedCase>,
  receipts: Map<string, Receipt>,
): Promise<void> {
  const { dataset, cases, onProgress, signal, patiently } = job;
  const step = casesPerShard[job.config.sizeDHW[0] === 1 ? "slices" : "volumes"];
  for (let at = 0; at < cases.length; at += step) {
    const part = cases.slice(at, at + step);
    const shard = await openShard({
      folder: job.cacheDir,
      config: job.config,
      preprocessDigest: job.digest,
      huGate: job.huGate,
      signal,
      patiently,
      cases: part.map(({ row }) => ({
        path: join(dataset.folder, row.path),
        ...(row.slice === undefined ? {} : { slice: row.slice }),
        ...(row.patchLabels === undefined ? {} : { patchLabelsPath: join(dataset.folder, row.patchLabels) }),
      })),
      onWarning: (warning) => {
        onProgress({ kind: "notice", text: warning.message });
      },
    });
    part.forEach(({ row }, index) => {
      into.set(row.case, cachedCase(shard, job.cacheDir, index));
      const receipt = shard.receipts[index];
      if (receipt !== undefined) receipts.set(row.case, receipt);
    });
    onProgress({ kind: "phase", phase: job.phase, done: at + part.length, total: cases.length });
  }
}

/** Where row `row` of a shard lies, as the worker is told. */
export function cachedCase(shard: Shard, cacheDir: string, row: number): CachedCase {
  const volumeId = shard.volumeIds[row];
  if (volumeId === undefined)
    throw new TomoeError("INTERNAL", `a shard of ${shard.rows} rows has no row ${row}`, {
      hint: "this is a bug of ours",
    });
  return {
    volumeId,
    row,
    hasPatchLabels: shard.patchShape !== null,
    tensor: {
      kind: "region",
      region: {
        root: "cache",
        path: relative(cacheDir, shard.path).split("\\").join("/"),
        offsetBytes: shard.offsetBytes,
        lengthBytes: shard.lengthBytes,
        crc32: shard.crc32,
        generation: 0,
      },
    },
  };
}

function mergeFacts(datasets: readonly Dataset[]): readonly FactSpec[] {
  const classes = new Map<string, readonly string[]>();
  for (const { manifest } of datasets) {
    for (const [name, names] of Object.entries(manifest.facts)) {
      const other = classes.get(name);
      if (other !== undefined && JSON.stringify(other) !== JSON.stringify(names)) {
        throw new TomoeError(
          "DATA_MANIFEST",
          `fact "${name}" has classes ${other.join(", ")} in one dataset and ${names.join(", ")} in the other`,
          { hint: "one fact has one list of classes" },
        );
      }
      classes.set(name, names);
    }
  }
  return [...classes].map(([name, names]) => ({ name, classes: names.length }));
}

function tokenizerLines(datasets: readonly Dataset[]): readonly string[] {
  const lines = new Set<string>();
  for (const dataset of datasets)
    for (const { items } of casesOf(dataset, "train"))
      for (const item of items) lines.add(renderPrompt(item)).add(item.target);
  return [...lines];
}

/**
 * Makes everything the stages read: datasets generated or opened, every case of training and evaluation
 * cached for the worker.
 *
 * @throws TomoeError of the data: `DATA_*`, `PATH_NOT_FOUND`; `DISK_FULL`, `CANCELLED`.
 */
export async function prepareCorpus(job: Preparation): Promise<Corpus> {
  const { config } = job.resolved;
  const { volumes, slices } = await generate(job);
  const cacheDir = join(job.workDir, "cache");
  const cached = new Map<string, CachedCase>(),
    receipts = new Map<string, Receipt>();
  const contract = preprocessConfig(job.resolved),
    digest = contractDigest(job.resolved);
  const train = casesOf(volumes, "train"),
    evaluated = casesOf(volumes, config.evaluation.split);
  if (train.length === 0 || evaluated.length === 0)
    throw new TomoeError(
      "DATA_EMPTY",
      `the dataset has ${train.length} cases to train on and ${evaluated.length} to evaluate on`,
      { hint: `fill the splits "train" and "${config.evaluation.split}"` },
    );
  await cacheCases(
    {
      ...job,
      dataset: volumes,
      cases: train,
      config: contract,
      cacheDir,
      digest,
      huGate: "refuse",
      phase: "read volumes",
    },
    cached,
    new Map(),
  );
  await cacheCases(
    {
      ...job,
      dataset: volumes,
      cases: evaluated,
      config: contract,
      cacheDir,
      digest,
      huGate: "refuse",
      phase: "read held-out volumes",
    },
    cached,
    receipts,
  );
  if (slices !== null) {
    // Shapes and loose slices are no bodies: there is nothing for the HU gate to judge, so what it would say
    // is recorded.
    const single: PreprocessConfig = { ...contract, sizeDHW: [1, contract.sizeDHW[1], contract.sizeDHW[2]] };
    await cacheCases(
      {
        ...job,
        dataset: slices,
        cases: casesOf(slices, "train"),
        config: single,
        cacheDir,
        digest,
        huGate: "record",
        phase: "read slices",
      },
      cached,
      new Map(),
    );
  }
  const datasets = slices === null ? [volumes] : [volumes, slices];
  return {
    volumes,
    slices,
    cached,
    cacheDir,
    preprocessDigest: digest,
    receipts,
    fingerprint: createHash("sha256")
      .update(datasets.map((dataset) => dataset.fingerprint).join("/"))
      .digest("hex"),
    facts: mergeFacts(datasets),
    patchClasses: slices?.manifest.patchClasses.length ?? 0,
    tokenizerLines: tokenizerLines(datasets),
  };
}
