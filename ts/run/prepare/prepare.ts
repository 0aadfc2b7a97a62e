import { join } from "node:path";
import type { ResolvedExperiment } from "../../config/index.ts";
import { type CachedCase, casesOf } from "../../data/dataset/index.ts";
import { TomoeError } from "../../errors.ts";
import { makeFolders, type SpaceWaiter } from "../../files/index.ts";
import type { OnProgress } from "../progress.ts";
import { mirrorLine, mirrorsOf } from "./augment/mirrors.ts";
import type { CacheUse } from "./cache-use.ts";
import { certifiedScans } from "./certified.ts";
import { contractDigest, preprocessConfig } from "./contract.ts";
import { fingerprintOf, mergeFacts, tokenizerLines, wordsRead } from "./facts.ts";
import { checkSplit } from "./leak.ts";
import type { Corpus } from "./material.ts";
import { requireScored } from "./rows/scorable.ts";
import { type CachedRow, type CacheJob, cacheCases, receiptsOf } from "./shards.ts";
import { isTemplated, noValidation, type OpenedData, sourceOf } from "./sources.ts";
import { trainedOn } from "./trained-on.ts";

/** What the material of a run is made of and where. */
export interface Preparation {
  readonly resolved: ResolvedExperiment;
  /** Folder for what is made only for this run: generated datasets and cache shards. */
  readonly workDir: string;
  readonly signal: AbortSignal;
  readonly onProgress: OnProgress;
  /** Waits where the disk is full. */
  readonly space: SpaceWaiter;
  /** The cache of the project; nothing is kept in it when null or absent. */
  readonly use?: CacheUse | null;
}

/**
 * Makes everything the stages read: datasets generated or opened, every case of training and evaluation
 * cached for the worker. What a start before this one made is taken as it is.
 *
 * @throws TomoeError of the data: `DATA_*`, `PATH_NOT_FOUND`; `DATA_EMPTY` for an empty split; `DISK_FULL`,
 * `CANCELLED`.
 */
export async function prepareCorpus(job: Preparation): Promise<Corpus> {
  const { resolved, use = null, ...making } = job;
  const { config } = resolved;
  const opened = await sourceOf(config.data).open({ config, ...making, ...withIndex(use) });
  const { volumes, slices } = opened;
  const cacheDir = join(job.workDir, "cache");
  const preprocessDigest = contractDigest(resolved);
  const parts = cachedParts(opened, resolved);
  const { leakReason } = sourceOf(config.data);
  const salt = volumes.fingerprint;
  const hasTemplates = isTemplated(config.data, volumes);
  const split = {
    train: parts.train.cases,
    heldOut: [...parts.heldOut.cases, ...(parts.validation?.cases ?? [])],
    hasTemplates,
    salt,
    reason: leakReason(config.data),
  };
  // What rows show is refused before a scan is read.
  checkSplit({ ...split, scans: null });
  requireScored({ name: volumes.manifest.name, cases: volumes.cases }, config);
  await makeFolders(cacheDir, { space: making.space });
  const cache = async (part: CachedPart, isDoubted = false) =>
    await cacheCases({ ...making, use, cacheDir, preprocessDigest, ...part, isDoubted });
  const train = await cache(parts.train),
    heldOut = await cache(parts.heldOut),
    validated = parts.validation === null ? [] : await cache(parts.validation);
  const single = parts.slices === null ? [] : await cache(parts.slices);
  const scans = new Map([...train, ...heldOut, ...validated]);
  const leak = checkSplit({ ...split, scans });
  if (leak !== null) making.onProgress({ kind: "notice", text: leak.message });
  const certificate = certifiedScans(opened.certified, ["train", config.evaluation.split], scans);
  const datasets = slices === null ? [volumes] : [volumes, slices];
  const mirrors = await mirrorsOf(resolved, volumes, train);
  if (mirrors !== null) making.onProgress({ kind: "notice", text: mirrorLine(mirrors) });
  return {
    volumes,
    slices,
    cached: new Map([...train, ...heldOut, ...validated, ...single].map(plainCase)),
    cacheDir,
    ...(use === null ? {} : { rowsDir: use.rowsDir, remake: remaking(parts, cache) }),
    preprocessDigest,
    trainedOn: trainedOn({ cases: parts.train.cases, scans: digestsOf(train), hasTemplates, salt }),
    leak,
    certificate,
    mirrors,
    skipped: opened.skipped ?? null,
    receipts: await receiptsOf(heldOut),
    fingerprint: fingerprintOf(datasets),
    facts: mergeFacts(datasets),
    patchClasses: slices?.manifest.patchClasses.length ?? 0,
    words: wordsRead(config, datasets),
    // Read when a tokenizer is fitted: a base that brings its own needs no question read.
    get tokenizerLines() {
      return tokenizerLines(datasets);
    },
  };
}

/** Digest of each scan by its case. */
function digestsOf(rows: ReadonlyMap<string, CachedRow>): ReadonlyMap<string, string> {
  return new Map([...rows].map(([id, { sourceDigest }]) => [id, sourceDigest]));
}

/** Where nothing is kept of a run's scans, nothing is of its rows. */
function withIndex(use: CacheUse | null): { readonly index?: null } {
  return use === null ? { index: null } : {};
}

/** What stages are told of a row: how it came to be is asked once, here. */
function plainCase([id, { volumeId, tensor, row, hasPatchLabels }]: readonly [string, CachedRow]) {
  return [id, { volumeId, tensor, row, hasPatchLabels } satisfies CachedCase] as const;
}

/** Rows of all parts once more, without believing what is known of them. */
function remaking(
  { train, heldOut, validation, slices }: CachedParts,
  cache: (part: CachedPart, isDoubted: boolean) => Promise<ReadonlyMap<string, CachedRow>>,
): () => Promise<number> {
  return async () => {
    let made = 0;
    for (const part of [train, heldOut, validation, slices]) {
      const rows = part === null ? [] : [...(await cache(part, true)).values()];
      made += rows.filter(({ isReused }) => !isReused).length;
    }
    return made;
  };
}

/** What is cached, part by part; no slices where nothing is pre-trained. */
interface CachedParts {
  readonly train: CachedPart;
  readonly heldOut: CachedPart;
  /** What is looked at while it trains; null where nothing is, and where that is what is evaluated. */
  readonly validation: CachedPart | null;
  readonly slices: CachedPart | null;
}

type CachedPart = Pick<CacheJob, "dataset" | "cases" | "config" | "huGate" | "phase">;

/** The cases that a run reads, part by part. @throws TomoeError `DATA_EMPTY` for a split without any. */
export function cachedParts({ volumes, slices }: OpenedData, resolved: ResolvedExperiment): CachedParts {
  const { evaluation, validation } = resolved.config;
  const { split } = evaluation;
  const train = casesOf(volumes, "train"),
    evaluated = casesOf(volumes, split),
    validated = casesOf(volumes, "validation");
  if (train.length === 0 || evaluated.length === 0)
    throw new TomoeError(
      "DATA_EMPTY",
      `the dataset has ${train.length} cases to train on and ${evaluated.length} to evaluate on`,
      { hint: `Fill the splits "train" and "${split}".` },
    );
  if (validation !== undefined && validated.length === 0) throw noValidation();
  const most = validation?.volumes ?? 0;
  const config = preprocessConfig(resolved);
  const ofVolumes = { dataset: volumes, config, huGate: "refuse" } as const;
  const [, height, width] = config.sizeDHW;
  return {
    train: { ...ofVolumes, cases: train, phase: "read volumes" },
    heldOut: { ...ofVolumes, cases: evaluated, phase: "read held-out volumes" },
    validation:
      validation === undefined || split === "validation"
        ? null
        : {
            ...ofVolumes,
            cases: validated.slice(0, most === 0 ? validated.length : most),
            phase: "read validation volumes",
          },
    slices: slices && {
      dataset: slices,
      cases: [...casesOf(slices, "train"), ...casesOf(slices, "validation")],
      config: { ...config, sizeDHW: [1, height, width] },
      // Shapes and loose slices are no bodies: what the HU gate would say of them is recorded.
      huGate: "record",
      phase: "read slices",
    },
  };
}
